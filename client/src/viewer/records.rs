//! Looking at records that a patient granted.

use super::inbox::{default_purpose, known};
use crate::{
	clock,
	identities::Acting,
	records::{self, Record, Source},
	store::KeptOpening,
	workspace::asking,
	ClientError, Workspace,
};
use medrec_primitives::{
	Moment, Opening, ParticipantId, Purpose, Purposes, RecordTypes, RelationshipId, Tag,
};

/// What to look at.
#[derive(Clone, Debug)]
pub struct Request {
	/// The relationship that the records belong to.
	pub relationship: RelationshipId,
	/// The provider that holds them; the relationship's steward if not given.
	pub provider: Option<ParticipantId>,
	/// What for; by default what the grant and the viewer's kind suggest.
	pub purpose: Option<Purpose>,
	/// Under which grant; by default the newest that fits.
	pub tag: Option<Tag>,
	/// Which types of records; by default those of the grant.
	pub types: Option<RecordTypes>,
}

/// The records of a relationship that the viewer may see. Without a grant that is known here the question
/// is asked all the same: the provider decides, not this program.
pub async fn records(
	workspace: &Workspace,
	acting: &Acting,
	request: &Request,
) -> Result<Vec<Record>, ClientError> {
	let provider = match request.provider {
		Some(provider) => provider,
		None => {
			workspace
				.chain
				.relationship(request.relationship)
				.await?
				.ok_or_else(|| {
					ClientError::Usage(format!(
						"there is no relationship {} on this chain",
						request.relationship
					))
				})?
				.relationship
				.steward
		},
	};
	let opening = choose(known(workspace, acting), request, clock::now())?;
	let purpose = purpose(acting, request, opening.as_ref());
	let types = request.types.unwrap_or_else(|| match &opening {
		Some(opening) => granted_types(opening, purpose),
		None => RecordTypes::ALL,
	});

	let gatekeeper = workspace.gatekeeper(provider).await?;
	let session = workspace.session(acting, &gatekeeper)?;
	let mut context = workspace.context(acting, &gatekeeper, Some(request.relationship), purpose);
	context.opening = opening;
	let source = Source {
		provider: gatekeeper.provider(),
		name: gatekeeper.name(),
		relationship: request.relationship,
	};
	let mut found = Vec::new();
	for resource_type in records::resource_types(types) {
		workspace.progress.step(&format!("{}: {resource_type}", gatekeeper.name()));
		let page = gatekeeper.search(asking(&session, &context), resource_type).await;
		let page = match page {
			Ok(page) => page,
			Err(error) => {
				workspace.progress.finish();
				return Err(error.into());
			},
		};
		found.extend(page.into_iter().map(|resource| Record::read(source, resource)));
	}
	workspace.progress.finish();
	found.retain(|record| record.may_be_of(types));
	records::sort(&mut found);
	Ok(found)
}

/// The grant that was asked for, else the newest that is not over, else the newest.
fn choose(
	known: Vec<KeptOpening>,
	request: &Request,
	now: Moment,
) -> Result<Option<Opening>, ClientError> {
	let fitting: Vec<_> =
		known.into_iter().filter(|kept| kept.relationship == request.relationship).collect();
	if let Some(tag) = request.tag {
		let chosen = fitting.into_iter().find(|kept| kept.tag() == tag).ok_or_else(|| {
			ClientError::Usage(format!(
				"the grant {tag} is not known here; `medrec viewer inbox` fetches what waits for you"
			))
		})?;
		return Ok(Some(chosen.opening));
	}
	let usable = |kept: &&KeptOpening| {
		kept.opening.terms.rules.iter().any(|rule| {
			let wanted = request.purpose.map_or(Purposes::NONE, Purposes::from);
			rule.not_after > now && rule.purposes.contains(wanted)
		})
	};
	let chosen = fitting.iter().find(usable).or_else(|| fitting.first());
	Ok(chosen.map(|kept| kept.opening.clone()))
}

/// The purpose that was asked for; else the kind's usual one, unless the grant is only for another.
fn purpose(acting: &Acting, request: &Request, opening: Option<&Opening>) -> Purpose {
	let usual = default_purpose(acting.participant.kind);
	request.purpose.unwrap_or_else(|| {
		let granted = opening
			.map(|opening| {
				opening
					.terms
					.rules
					.iter()
					.fold(Purposes::NONE, |all, rule| all.union(rule.purposes))
			})
			.unwrap_or_default();
		if granted.contains(usual.into()) {
			return usual;
		}
		Purpose::ALL
			.into_iter()
			.find(|purpose| granted.contains((*purpose).into()))
			.unwrap_or(usual)
	})
}

fn granted_types(opening: &Opening, purpose: Purpose) -> RecordTypes {
	opening
		.terms
		.rules
		.iter()
		.filter(|rule| rule.purposes.contains(purpose.into()))
		.fold(RecordTypes::NONE, |all, rule| all.union(rule.types))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{Hash, Labels, Rule, Terms};

	const NOW: Moment = 1_000_000;

	fn kept(
		relationship: RelationshipId,
		until: Moment,
		purposes: Purposes,
		salt: u8,
	) -> KeptOpening {
		let rule = Rule {
			types: RecordTypes::MEDICATIONS,
			labels: Labels::NONE,
			purposes,
			not_before: 0,
			not_after: until,
		};
		let terms = Terms { vocabulary: 1, rules: vec![rule].try_into().unwrap(), policy: None };
		KeptOpening {
			genesis: Hash::zero(),
			provider: 1,
			relationship,
			opening: Opening { grantee: 3, terms, salt: [salt; 32] },
		}
	}

	fn request(relationship: RelationshipId) -> Request {
		Request { relationship, provider: None, purpose: None, tag: None, types: None }
	}

	fn salt(of: Option<Opening>) -> Option<u8> {
		of.map(|opening| opening.salt[0])
	}

	#[test]
	fn the_newest_grant_that_is_not_over_is_used() {
		let treatment = Purposes::TREATMENT;
		let known = vec![
			kept(9, NOW, treatment, 1),
			kept(8, NOW + 1, treatment, 2),
			kept(9, NOW + 1, Purposes::PAYMENT, 3),
			kept(9, NOW + 1, treatment, 4),
		];
		assert_eq!(salt(choose(known.clone(), &request(9), NOW).unwrap()), Some(3));
		let for_treatment = Request { purpose: Some(Purpose::Treatment), ..request(9) };
		assert_eq!(salt(choose(known.clone(), &for_treatment, NOW).unwrap()), Some(4));
		// A grant that is over is still shown to the gatekeeper, which says so.
		assert_eq!(salt(choose(known.clone(), &request(9), NOW + 5).unwrap()), Some(1));
		assert_eq!(salt(choose(known.clone(), &request(7), NOW).unwrap()), None);

		let tag = known[3].tag();
		let by_tag = Request { tag: Some(tag), ..request(9) };
		assert_eq!(salt(choose(known.clone(), &by_tag, NOW).unwrap()), Some(4));
		let elsewhere = Request { tag: Some(tag), ..request(8) };
		assert!(choose(known, &elsewhere, NOW).is_err());
	}
}
