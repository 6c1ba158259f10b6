//! `/v1/openings`.

use crate::{
	access::{decide, logged_target},
	audit::{Conclusion, Intent, Outcome, Ruling},
	auth::{authenticate, Authenticated},
	fhir::IssueType,
	policies,
	server::{body, intake, Answer, Code, Exchange, Gatekeeper, Refusal},
	staff,
	store::{Deposit, InvalidOpeningCursor, OpeningCursor, OpeningError},
};
use axum::{extract::State, http::StatusCode, Extension};
use medrec_primitives::{Allowed, Basis, RecordTypes, VisibleList};
use medrec_protocol::{
	access_log::Interaction,
	openings::{DepositedOpening, OpeningList, PatronCopy, WaitingOpening},
	response::DecisionBlocks,
};
use std::sync::Arc;
use url::form_urlencoded;

/// Openings on a page.
const PAGE: u32 = 500;

/// `POST /v1/openings`: the patron deposits an opening whose tag is in the best block. Depositing the
/// same tag again replaces what is there.
pub async fn deposit(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	let opening: DepositedOpening = body::json(&exchange)?;
	if who.request.context.relationship != Some(opening.relationship) {
		return Err(Refusal::malformed(
			Code::RelationshipMismatch,
			"medrec-context and the body name different relationships",
		));
	}
	let access = decide(&gatekeeper, &exchange, &who, Interaction::Deposit).await?;
	if let Some(policy) = &opening.policy {
		let (relationship, grantee) = (opening.relationship, opening.grantee);
		let account = &who.actor.account;
		if let Err(misfit) = policies::check(&gatekeeper, policy, relationship, grantee, account) {
			return Err(access.fail(&gatekeeper, misfit.into(), misfit.to_string()).await);
		}
	}
	let grants = match gatekeeper.node.grants(opening.relationship, None).await {
		Ok(grants) => grants,
		Err(error) => {
			let reason = error.to_string();
			return Err(access.fail(&gatekeeper, error.into(), reason).await);
		},
	};
	if !grants.iter().any(|grant| grant.tag == opening.tag) {
		let refusal = Refusal::new(
			Code::TagAbsent,
			IssueType::Conflict,
			"this tag is not in the best block; grant first, wait for the block, then deposit",
		);
		return Err(access.fail(&gatekeeper, refusal, "the tag is not on the chain".into()).await);
	}
	let deposit = Deposit {
		relationship: opening.relationship,
		tag: opening.tag,
		grantee: opening.grantee,
		sealed_to_grantee: opening.sealed_to_grantee.clone(),
		sealed_to_patron: opening.sealed_to_patron.clone(),
		policy: opening.policy.clone(),
	};
	if let Err(error) = gatekeeper.store.deposit_opening(deposit, intake::now()).await {
		let reason = error.to_string();
		return Err(access.fail(&gatekeeper, refuse(error), reason).await);
	}
	access.conclude(&gatekeeper, &exchange, StatusCode::CREATED, &[]).await?;
	Ok(Answer { status: StatusCode::CREATED, ..Answer::json(&opening)? })
}

/// `GET /v1/openings[?after=CURSOR]`: with a relationship in the context, the copies of its patron, all
/// of them; without one, what waits for the asker as grantee, by pages.
pub async fn list(
	State(gatekeeper): State<Arc<Gatekeeper>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let who = authenticate(&gatekeeper, &exchange).await?;
	let after = after(exchange.query())?;
	match (who.request.context.relationship, after) {
		(Some(_), None) => patron_copies(&gatekeeper, &exchange, &who).await,
		(Some(_), Some(_)) => {
			let text = "copies of a patron come on one page, without `after`";
			Err(Refusal::malformed(Code::ParameterUnknown, text).at("http.after"))
		},
		(None, after) => waiting(&gatekeeper, &exchange, &who, after).await,
	}
}

/// The one parameter that there is.
fn after(query: &str) -> Result<Option<OpeningCursor>, Refusal> {
	let mut after = None;
	for (name, value) in form_urlencoded::parse(query.as_bytes()) {
		if name != "after" {
			return Err(Refusal::malformed(Code::ParameterUnknown, "this path takes `after`"));
		}
		let invalid =
			|text: String| Refusal::malformed(Code::ParameterInvalid, text).at("http.after");
		let cursor: OpeningCursor =
			value.parse().map_err(|error: InvalidOpeningCursor| invalid(error.to_string()))?;
		if after.replace(cursor).is_some() {
			return Err(invalid("each parameter stands once".to_owned()));
		}
	}
	Ok(after)
}

async fn patron_copies(
	gatekeeper: &Gatekeeper,
	exchange: &Exchange,
	who: &Authenticated,
) -> Result<Answer, Refusal> {
	let access = decide(gatekeeper, exchange, who, Interaction::Openings).await?;
	let stored = match gatekeeper.store.openings_of_relationship(access.relationship).await {
		Ok(stored) => stored,
		Err(error) => {
			let reason = error.to_string();
			return Err(access.fail(gatekeeper, error.into(), reason).await);
		},
	};
	let mut list = OpeningList::default();
	for stored in stored {
		list.deposited.push(PatronCopy {
			provider: gatekeeper.config.provider,
			relationship: stored.deposit.relationship,
			grantee: stored.deposit.grantee,
			tag: stored.deposit.tag,
			sealed: stored.deposit.sealed_to_patron,
			policy: stored.deposit.policy,
		});
	}
	access.conclude(gatekeeper, exchange, StatusCode::OK, &[]).await?;
	Answer::json(&list)
}

async fn waiting(
	gatekeeper: &Gatekeeper,
	exchange: &Exchange,
	who: &Authenticated,
	after: Option<OpeningCursor>,
) -> Result<Answer, Refusal> {
	// No relationship, so no decision; but a stale node may have given a stale epoch.
	let blocks = gatekeeper.node.probe().await?;
	let blocks = DecisionBlocks { best: blocks.best.hash, finalized: blocks.finalized.hash };
	let context = &who.request.context;
	if context.actor != context.on_behalf_of {
		return Err(Refusal::not_allowed());
	}
	let misuse = staff::misuse(&gatekeeper.config.staff, &who.request);
	let intent = Intent {
		at: intake::now(),
		relationship: None,
		actor: context.actor,
		on_behalf_of: context.on_behalf_of,
		session_key: Some(who.request.session_key),
		staff: who.staff(),
		purpose: context.purpose,
		emergency: context.emergency.clone(),
		interaction: Interaction::Openings,
		request: logged_target(exchange),
		tag: None,
		ruling: match &misuse {
			Some(reason) => Ruling::Withheld { reason: reason.clone() },
			// Who holds the grantee's key may fetch what is sealed to it; nothing else is shown.
			None => Ruling::Allowed(Allowed {
				basis: Basis::Grant,
				visible: VisibleList::new(),
				policy: None,
			}),
		},
		holds: Vec::new(),
		blocks: Some(blocks),
	};
	let intent = gatekeeper.audit.begin(intent).await?;
	if let Some(reason) = misuse {
		gatekeeper.audit.finish(intent, outcome(StatusCode::FORBIDDEN)).await?;
		return Err(staff::refuse_purpose(reason));
	}
	let mut list = OpeningList::default();
	// One more than the page holds tells whether there is another page.
	let mut stored =
		gatekeeper.store.openings_for_grantee(context.actor, after, PAGE.saturating_add(1)).await?;
	if stored.len() > PAGE as usize {
		stored.truncate(PAGE as usize);
		list.next = stored.last().map(|last| last.cursor().to_string());
	}
	for stored in stored {
		list.waiting.push(WaitingOpening {
			provider: gatekeeper.config.provider,
			relationship: stored.deposit.relationship,
			tag: stored.deposit.tag,
			sealed: stored.deposit.sealed_to_grantee,
		});
	}
	let receipt = gatekeeper.audit.finish(intent, outcome(StatusCode::OK)).await?;
	exchange.set_blocks(blocks);
	exchange.set_receipt(receipt);
	Answer::json(&list)
}

/// An answer without records.
fn outcome(status: StatusCode) -> Outcome {
	Outcome {
		at: intake::now(),
		status: status.as_u16(),
		conclusion: Conclusion::Answered,
		types: RecordTypes::NONE,
		resources: Vec::new(),
	}
}

fn refuse(error: OpeningError) -> Refusal {
	match error {
		OpeningError::Store(error) => error.into(),
		OpeningError::TooMany | OpeningError::TooManyForGrantee => {
			Refusal::new(Code::TooManyOpenings, IssueType::TooLong, error.to_string())
		},
	}
}
