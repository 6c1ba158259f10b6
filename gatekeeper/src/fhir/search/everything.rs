//! `Patient/$everything`: what is asked of all types at once (FHIR R4, operation Patient-everything).

use super::{
	encode_url,
	rejection::{invalid, Rejection},
	value_of, Condition, Parameters, Position, SearchQuery, Sort, COUNT, CURSOR, FORMAT,
};
use crate::fhir::{
	date::{Interval, Prefix},
	ResourceType,
};

const SINCE: &str = "_since";
const TYPE: &str = "_type";

/// An operation that is understood completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EverythingQuery {
	patient: Option<String>,
	parameters: Vec<(String, String)>,
	types: Vec<ResourceType>,
	since: Option<Interval>,
	count: u16,
	start: Place,
}

/// Where a page begins: in a type, and there after a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
	/// The type.
	pub resource_type: ResourceType,
	/// After which of its resources; `None` for its first one.
	pub after: Option<Position>,
}

impl EverythingQuery {
	/// Understand the query part of `Patient/ID/$everything`, or of `Patient/$everything`, which is
	/// about the one patient whose records are asked for.
	///
	/// Errors are the client's: status 400.
	pub fn parse(patient: Option<&str>, query: &str) -> Result<Self, Rejection> {
		let Parameters { all, cursor, count } = Parameters::split(query)?;
		let known = [SINCE, TYPE, COUNT, FORMAT];
		if let Some((name, _)) = all.iter().find(|(name, _)| !known.contains(&name.as_str())) {
			return Err(Rejection::of_operation("$everything", &known, name));
		}
		let twice = |wanted: &str| all.iter().filter(|(name, _)| name == wanted).count() > 1;
		if let Some(name) = [SINCE, TYPE].into_iter().find(|name| twice(name)) {
			return Err(invalid(name, "this parameter stands once"));
		}
		let since = value_of(&all, SINCE)
			.map(|text| Interval::parse(text).map_err(|error| invalid(SINCE, error)))
			.transpose()?;
		let types = match value_of(&all, TYPE) {
			Some(list) => types(list)?,
			None => ResourceType::ALL.to_vec(),
		};
		if count == 0 {
			return Err(invalid(COUNT, "a page of $everything holds at least one resource"));
		}
		let start = match cursor {
			Some(cursor) => Place::decode(&cursor, patient, &all)
				.filter(|place| types.contains(&place.resource_type))
				.ok_or_else(|| {
					invalid(CURSOR, "not the next link of this; begin anew without it")
				})?,
			None => Place {
				resource_type: types.first().copied().unwrap_or(ResourceType::Patient),
				after: None,
			},
		};
		let patient = patient.map(str::to_owned);
		Ok(Self { patient, parameters: all, types, since, count, start })
	}

	/// Resources on a page, at least one.
	pub fn count(&self) -> u16 {
		self.count
	}

	/// Where this page begins.
	pub fn start(&self) -> &Place {
		&self.start
	}

	/// The type after this one.
	pub fn type_after(&self, resource_type: ResourceType) -> Option<ResourceType> {
		let place = self.types.iter().position(|known| *known == resource_type)?;
		self.types.get(place + 1).copied()
	}

	/// The search that finds up to `count` resources of a place's type, after it.
	pub fn search(&self, place: &Place, count: u16) -> SearchQuery {
		let patient = self.patient.clone().map(|patient| Condition::Patient(vec![patient]));
		let since =
			self.since.map(|since| Condition::LastUpdated(vec![(Prefix::GreaterOrEqual, since)]));
		SearchQuery {
			resource_type: place.resource_type,
			parameters: Vec::new(),
			conditions: patient.into_iter().chain(since).collect(),
			sort: Sort::default(),
			count,
			after: place.after.clone(),
			now: 0,
		}
	}

	/// The place to which the cursor leads that a search of [`Self::search`] gave.
	pub fn place_after(&self, resource_type: ResourceType, cursor: &str) -> Option<Place> {
		let after = Position::decode(cursor, resource_type, &[])?;
		Some(Place { resource_type, after: Some(after) })
	}

	/// URL of the page that was asked for.
	pub fn url(&self, base: &str) -> String {
		let first = self.start.after.is_none()
			&& self.types.first().is_none_or(|first| *first == self.start.resource_type);
		match first {
			true => encode_url(&self.path(base), &self.parameters, None),
			false => self.url_of_page(base, &self.start),
		}
	}

	/// URL of the page that begins at a place.
	pub fn url_of_page(&self, base: &str, place: &Place) -> String {
		let cursor = place.encode(self.patient.as_deref(), &self.parameters);
		encode_url(&self.path(base), &self.parameters, Some(&cursor))
	}

	fn path(&self, base: &str) -> String {
		match &self.patient {
			Some(patient) => format!("{base}/Patient/{patient}/$everything"),
			None => format!("{base}/Patient/$everything"),
		}
	}
}

fn types(list: &str) -> Result<Vec<ResourceType>, Rejection> {
	let named: Vec<ResourceType> = list
		.split(',')
		.map(|name| {
			name.parse().map_err(|error| invalid(TYPE, format_args!("`{name}` is {error}")))
		})
		.collect::<Result<_, _>>()?;
	// In the order of all, each once, whatever the order that they are named in.
	Ok(ResourceType::ALL.iter().copied().filter(|known| named.contains(known)).collect())
}
