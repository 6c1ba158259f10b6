//! Looking at records that a patient granted.

use super::inbox::{known, usual_purpose, GrantedView};
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
	/// Under which grant; by default the newest that fits, of those that hold.
	pub tag: Option<Tag>,
	/// Which types of records; by default those of the grant.
	pub types: Option<RecordTypes>,
}

/// The records of a relationship that the viewer may see, under one of the grants of the `inbox`. Without
/// one the question is asked all the same: the provider decides, not this program.
pub async fn records(
	workspace: &Workspace,
	acting: &Acting,
	inbox: &[GrantedView],
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
	let gatekeeper = workspace.gatekeeper(provider).await?;
	let session = workspace.session(acting, &gatekeeper)?;
	let holds = |tag: &Tag| inbox.iter().any(|grant| grant.tag == *tag && grant.holds);
	let opening = choose(known(workspace, acting), holds, request, clock::now())?;
	let purpose = purpose(usual_purpose(acting, &session), request, opening.as_ref());
	let types = request.types.unwrap_or_else(|| match &opening {
		Some(opening) => granted_types(opening, purpose),
		None => RecordTypes::ALL,
	});

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

/// The grant that was asked for; else the newest of those that fit best: one that holds before one that does
/// not (which the gatekeeper refuses, and says why), then one that allows what is asked.
fn choose(
	known: Vec<KeptOpening>,
	holds: impl Fn(&Tag) -> bool,
	request: &Request,
	now: Moment,
) -> Result<Option<Opening>, ClientError> {
	let mut fitting = known.into_iter().filter(|kept| kept.relationship == request.relationship);
	if let Some(tag) = request.tag {
		let chosen = fitting.find(|kept| kept.tag() == tag).ok_or_else(|| {
			ClientError::Usage(format!(
				"the grant {tag} is not known here; `medrec viewer inbox` fetches what waits for you"
			))
		})?;
		return Ok(Some(chosen.opening));
	}
	let purposes = request.purpose.map_or(Purposes::NONE, Purposes::from);
	let types = request.types.unwrap_or(RecordTypes::NONE);
	let allows = |kept: &KeptOpening| {
		let current = kept.opening.terms.rules.iter().filter(|rule| rule.not_after > now);
		let for_purpose: Vec<_> = current.filter(|rule| rule.purposes.contains(purposes)).collect();
		(!for_purpose.is_empty(), for_purpose.iter().any(|rule| rule.types.contains(types)))
	};
	// The newest come first, and of equals the last is taken.
	let best = fitting.rev().max_by_key(|kept| (holds(&kept.tag()), allows(kept)));
	Ok(best.map(|kept| kept.opening))
}

/// The purpose that was asked for; else the usual one, unless the grant is only for another.
fn purpose(usual: Purpose, request: &Request, opening: Option<&Opening>) -> Purpose {
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
			policy: None,
		}
	}

	fn request(relationship: RelationshipId) -> Request {
		Request { relationship, provider: None, purpose: None, tag: None, types: None }
	}

	fn chosen(known: &[KeptOpening], request: &Request, now: Moment) -> Option<u8> {
		choose(known.to_vec(), |_| true, request, now).unwrap().map(|opening| opening.salt[0])
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
		assert_eq!(chosen(&known, &request(9), NOW), Some(3));
		let for_treatment = Request { purpose: Some(Purpose::Treatment), ..request(9) };
		assert_eq!(chosen(&known, &for_treatment, NOW), Some(4));
		// A grant that is over is still shown to the gatekeeper, which says so.
		assert_eq!(chosen(&known, &request(9), NOW + 5), Some(1));
		assert_eq!(chosen(&known, &request(7), NOW), None);

		let tag = known[3].tag();
		let by_tag = Request { tag: Some(tag), ..request(9) };
		assert_eq!(chosen(&known, &by_tag, NOW), Some(4));
		let elsewhere = Request { tag: Some(tag), ..request(8) };
		assert!(choose(known, |_| true, &elsewhere, NOW).is_err());
	}

	#[test]
	fn a_grant_that_holds_goes_before_a_newer_one_that_was_revoked() {
		let treatment = Purposes::TREATMENT;
		let known: Vec<_> = [1, 2, 3].map(|salt| kept(9, NOW + 1, treatment, salt)).into();
		let under = |holding: &[usize], request: &Request| {
			let tags: Vec<_> = holding.iter().map(|at| known[*at].tag()).collect();
			let opening = choose(known.clone(), |tag| tags.contains(tag), request, NOW).unwrap();
			opening.map(|opening| opening.salt[0])
		};
		assert_eq!(under(&[1, 2], &request(9)), Some(2));
		assert_eq!(under(&[2], &request(9)), Some(3));
		assert_eq!(under(&[], &request(9)), Some(1), "none holds: the newest");
		// Who names a grant gets it, whether it holds or not.
		let by_tag = Request { tag: Some(known[0].tag()), ..request(9) };
		assert_eq!(under(&[2], &by_tag), Some(1));
	}

	#[test]
	fn of_grants_that_hold_one_that_allows_the_wanted_types_is_used() {
		let mut conditions = kept(9, NOW + 1, Purposes::TREATMENT, 2);
		conditions.opening.terms.rules[0].types = RecordTypes::CONDITIONS;
		let known = [kept(9, NOW + 1, Purposes::TREATMENT, 1), conditions];
		let wanted = Request { types: Some(RecordTypes::CONDITIONS), ..request(9) };
		assert_eq!(chosen(&known, &wanted, NOW), Some(2));
		let neither = Request { types: Some(RecordTypes::ALL), ..request(9) };
		assert_eq!(chosen(&known, &neither, NOW), Some(1));
	}
}
