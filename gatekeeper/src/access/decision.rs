//! What an authenticated participant may see, asked from the chain and written into the log before
//! anything is read.

use super::rule::{rule, Circumstances, Ruled};
use crate::{
	audit::{Conclusion, Intent, OpenIntent, Outcome, Ruling},
	auth::{too_many, Authenticated},
	policies,
	records::{LocalPatientId, RecordError, StoredResource, Visibility},
	server::{intake, Code, Exchange, Gatekeeper, Refusal},
	staff,
};
use axum::http::StatusCode;
use medrec_primitives::{Allowed, Decision, Hash, ParticipantId, RecordTypes, RelationshipId};
use medrec_protocol::{
	access_log::{Interaction, ResourceReference},
	policy::Narrowing,
	response::DecisionBlocks,
};
use medrec_rpc_api::{AccessAnswer, CheckAccess};
use std::{sync::Arc, time::Instant};

/// Longest part of a request's target that the log keeps, bytes.
const MAX_LOGGED_TARGET: usize = 1_024;

/// An access that the chain allows and the log knows of. It has to be concluded.
#[derive(Debug)]
#[must_use = "the outcome of an access belongs into the log"]
pub struct Access {
	/// Whose records.
	pub patient: LocalPatientId,
	/// The relationship.
	pub relationship: RelationshipId,
	/// Why, and how much.
	pub allowed: Allowed,
	/// What the grant's policy leaves to be seen, if it has one.
	policy: Option<Arc<Narrowing>>,
	/// Record types that local holds withhold.
	held: RecordTypes,
	blocks: DecisionBlocks,
	intent: OpenIntent,
}

/// Decide on a request, and log the decision.
///
/// Refused alike (`not-allowed`): a relationship that does not exist, is another provider's, or is not
/// bound to a patient here, and whatever the chain denies. A member of staff who claims a purpose that is
/// not hers is told so (`staff-purpose-not-allowed`), if nothing else is in the way. Who is refused too
/// often within a minute is told so (`too-many-requests`), which the log does not hold.
pub async fn decide(
	gatekeeper: &Gatekeeper,
	exchange: &Exchange,
	who: &Authenticated,
	interaction: Interaction,
) -> Result<Access, Refusal> {
	let context = &who.request.context;
	let relationship = context.relationship.ok_or_else(|| {
		Refusal::malformed(Code::RelationshipMissing, "medrec-context names no relationship")
	})?;
	let Some(binding) = gatekeeper.store.binding(relationship).await? else {
		gatekeeper.metrics.denied("NotBound");
		count_denial(gatekeeper, context.actor, relationship)?;
		return Err(Refusal::not_allowed());
	};
	let question = CheckAccess {
		actor: context.actor,
		on_behalf_of: context.on_behalf_of,
		relationship,
		purpose: context.purpose,
		opening: context.opening.clone(),
		include_block: context.include_block,
	};
	let (answer, on_chain) = futures::try_join!(
		gatekeeper.node.check_access(question),
		gatekeeper.node.relationship(relationship, None),
	)?;
	let AccessAnswer { decision, best, finalized } = answer;
	let blocks = DecisionBlocks { best: best.hash, finalized: finalized.hash };
	let policy = match (&decision, &context.opening) {
		(Decision::Allowed(Allowed { policy: Some(hash), .. }), Some(opening)) => {
			policies::named(gatekeeper, relationship, opening, hash).await?
		},
		_ => None,
	};
	// Read after the chain's answer, so that what staff do counts as late as it can.
	let (frozen, holds) = futures::try_join!(
		gatekeeper.store.is_frozen(&binding.local_patient),
		gatekeeper.store.holds_in_force(relationship, intake::now()),
	)?;
	let misuse = staff::misuse(&gatekeeper.config.staff, &who.request);
	let Ruled { ruling, held, holds, told } = rule(
		decision,
		&Circumstances {
			binding: &binding,
			on_chain: on_chain.map(|info| info.relationship).as_ref(),
			provider: gatekeeper.config.provider,
			actor: context.actor,
			on_behalf_of: context.on_behalf_of,
			interaction,
			has_policy: policy.is_some(),
			frozen,
			misuse: misuse.as_deref(),
			holds: &holds,
		},
	);
	if !matches!(ruling, Ruling::Allowed(_)) {
		gatekeeper.metrics.denied(&name_of(&ruling));
		count_denial(gatekeeper, context.actor, relationship)?;
	}

	let intent = Intent {
		at: intake::now(),
		relationship: Some(relationship),
		actor: context.actor,
		on_behalf_of: context.on_behalf_of,
		session_key: Some(who.request.session_key),
		staff: who.staff(),
		purpose: context.purpose,
		emergency: context.emergency.clone(),
		interaction,
		request: logged_target(exchange),
		tag: context.opening.as_ref().map(|opening| opening.tag(&gatekeeper.genesis, relationship)),
		ruling: ruling.clone(),
		holds,
		blocks: Some(blocks),
	};
	let intent = gatekeeper.audit.begin(intent).await?;
	match ruling {
		Ruling::Allowed(allowed) => {
			let patient = binding.local_patient;
			Ok(Access { patient, relationship, allowed, policy, held, blocks, intent })
		},
		Ruling::Denied { .. } | Ruling::Withheld { .. } => {
			let outcome = outcome(StatusCode::FORBIDDEN, Conclusion::Answered, &[]);
			gatekeeper.audit.finish(intent, outcome).await?;
			// Neither blocks nor receipt: the answer is that to a relationship which does not exist.
			Err(match misuse {
				Some(reason) if told => staff::refuse_purpose(reason),
				_ => Refusal::not_allowed(),
			})
		},
	}
}

/// Count a denial: in the patient's log each is an entry, and nobody may fill that. Relationships that
/// do not exist count alike.
fn count_denial(
	gatekeeper: &Gatekeeper,
	actor: ParticipantId,
	relationship: RelationshipId,
) -> Result<(), Refusal> {
	let now = Instant::now();
	let of_actor = gatekeeper.denials.take(actor, now);
	of_actor.and_then(|()| gatekeeper.denials_in.take((actor, relationship), now)).map_err(|wait| {
		gatekeeper.metrics.denied_unlogged();
		too_many(wait)
	})
}

fn name_of(ruling: &Ruling) -> String {
	match ruling {
		Ruling::Denied { reason } => format!("{reason:?}"),
		_ => "Withheld".to_owned(),
	}
}

/// Method and target of a request, as the log keeps them.
pub fn logged_target(exchange: &Exchange) -> String {
	let head = exchange.head();
	let target = head.uri.path_and_query().map_or("", |target| target.as_str());
	// Targets are ASCII, so every index is a boundary.
	let target = target.get(..MAX_LOGGED_TARGET).unwrap_or(target);
	format!("{} {target}", head.method)
}

fn outcome(status: StatusCode, conclusion: Conclusion, resources: &[StoredResource]) -> Outcome {
	Outcome {
		at: intake::now(),
		status: status.as_u16(),
		conclusion,
		types: resources
			.iter()
			.fold(RecordTypes::NONE, |types, resource| types.union(resource.record_types)),
		resources: resources
			.iter()
			.map(|resource| ResourceReference {
				resource_type: resource.resource_type.name().to_owned(),
				id: resource.id.clone(),
				version: resource.version.clone(),
			})
			.collect(),
	}
}

impl Access {
	/// How much of the patient's records the decision lets through.
	pub fn visibility(&self) -> Visibility {
		Visibility::of(&self.allowed, self.policy.clone()).without(self.held)
	}

	/// Hash of the finalized block that the decision was made on.
	pub fn finalized(&self) -> Hash {
		self.blocks.finalized
	}

	/// Log what is about to be answered; the answer carries the receipt. Must come before it leaves.
	pub async fn conclude(
		self,
		gatekeeper: &Gatekeeper,
		exchange: &Exchange,
		status: StatusCode,
		resources: &[StoredResource],
	) -> Result<(), Refusal> {
		let outcome = outcome(status, Conclusion::Answered, resources);
		let receipt = gatekeeper.audit.finish(self.intent, outcome).await?;
		gatekeeper.metrics.served(resources.len());
		exchange.set_blocks(self.blocks);
		exchange.set_receipt(receipt);
		Ok(())
	}

	/// Log that nothing is answered, because something failed.
	pub async fn fail(self, gatekeeper: &Gatekeeper, refusal: Refusal, reason: String) -> Refusal {
		let conclusion = Conclusion::Failed { reason };
		match gatekeeper.audit.finish(self.intent, outcome(refusal.status, conclusion, &[])).await {
			Ok(_) => refusal,
			Err(error) => error.into(),
		}
	}

	/// As [`Self::fail`], for records that could not be read.
	pub async fn fail_reading(self, gatekeeper: &Gatekeeper, error: RecordError) -> Refusal {
		let entry = self.intent.id();
		match &error {
			// A resource's name can be a patient's number, which the audit log alone may hold.
			RecordError::Inconsistent { reason, .. } => {
				tracing::error!(%entry, reason, "a record does not fit its row")
			},
			_ => tracing::error!(%entry, %error, "records cannot be read"),
		}
		let reason = error.to_string();
		self.fail(gatekeeper, error.into(), reason).await
	}
}
