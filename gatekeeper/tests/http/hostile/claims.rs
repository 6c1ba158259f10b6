//! What a well-signed request claims: its delegation and its context.

use super::mutation::{forged, Mutation};
use crate::support::{
	forge::key_id,
	world::{account, ALICE_AT_LAKESIDE, BOB, BOB_AT_MERCY},
};
use medrec_gatekeeper::server::intake::now;
use serde_json::{json, Value};

const DAY: u64 = 86_400_000;

pub fn of_delegation() -> Vec<Mutation> {
	vec![
		forged(
			"a delegation for another gatekeeper",
			|forge| forge.delegation.gatekeeper = "https://lakeside.example".into(),
			401,
			"delegation-for-another-gatekeeper",
		),
		forged(
			"a delegation for another chain",
			|forge| forge.delegation.chain = format!("0x{}", "77".repeat(32)),
			401,
			"delegation-for-another-chain",
		),
		forged(
			"a delegation that is over",
			|forge| {
				forge.delegation.from = now() - 3_600_000;
				forge.delegation.until = now() - 1;
			},
			401,
			"delegation-expired",
		),
		forged(
			"a delegation that begins later",
			|forge| forge.delegation.from = now() + 600_000,
			401,
			"delegation-not-yet-valid",
		),
		forged(
			"a delegation for more than a day",
			|forge| forge.delegation.until = forge.delegation.from + DAY + 1,
			400,
			"delegation-malformed",
		),
		forged(
			"a delegation signed by another account",
			|forge| forge.delegation.account = account(BOB),
			401,
			"delegation-signature-invalid",
		),
		forged(
			"a delegation whose scheme is another",
			|forge| forge.delegation.scheme = Some("ed25519".into()),
			401,
			"delegation-signature-invalid",
		),
		forged(
			"a delegation of a later epoch",
			|forge| forge.delegation.epoch = 1,
			401,
			"delegation-epoch-over",
		),
		forged(
			"a delegation with another line",
			|forge| forge.delegation.appendix = "\nUse: everything".into(),
			400,
			"delegation-malformed",
		),
		forged(
			"a delegation to another key",
			|forge| forge.delegation.session_key = key_id(&[3; 32]),
			401,
			"delegation-for-another-key",
		),
		forged(
			"a delegation that is none",
			|forge| forge.delegation_header = Some("AAAA".into()),
			400,
			"delegation-malformed",
		),
		forged(
			"a delegation of another participant",
			|forge| forge.delegation.participant = BOB,
			401,
			"actor-not-delegated",
		),
		forged(
			"a participant that there is not",
			|forge| {
				forge.delegation.participant = 999;
				forge.context["actor"] = json!(999);
				forge.context["onBehalfOf"] = json!(999);
			},
			401,
			"participant-unknown",
		),
	]
}

pub fn of_context() -> Vec<Mutation> {
	let context = |name: &'static str, field: &'static str, value: Value, status, code| {
		forged(name, move |forge| forge.context[field] = value.clone(), status, code)
	};
	let other_chain = json!(format!("0x{}", "77".repeat(32)));
	vec![
		context("another chain", "genesis", other_chain, 401, "context-for-another-chain"),
		context("another provider", "audience", json!(1), 401, "context-for-another-gatekeeper"),
		context("another actor", "actor", json!(BOB), 401, "actor-not-delegated"),
		context("on behalf of another", "onBehalfOf", json!(BOB), 403, "not-allowed"),
		context("an unknown field", "more", json!(1), 400, "context-malformed"),
		context("a purpose that is none", "purpose", json!("fun"), 400, "context-malformed"),
		context(
			"an emergency without reason",
			"purpose",
			json!("emergency"),
			400,
			"context-malformed",
		),
		context("a reason without emergency", "emergency", json!("x"), 400, "context-malformed"),
		context("a purpose of others", "purpose", json!("treatment"), 403, "not-allowed"),
		context(
			"someone else's relationship",
			"relationship",
			json!(BOB_AT_MERCY),
			403,
			"not-allowed",
		),
		context(
			"a relationship elsewhere",
			"relationship",
			json!(ALICE_AT_LAKESIDE),
			403,
			"not-allowed",
		),
		context(
			"a relationship that there is not",
			"relationship",
			json!(7_777),
			403,
			"not-allowed",
		),
		context(
			"a block that there is not",
			"includeBlock",
			json!(format!("0x{}", "99".repeat(32))),
			503,
			"required-block-absent",
		),
		forged(
			"no relationship",
			|forge| {
				forge.context.as_object_mut().unwrap().remove("relationship");
			},
			400,
			"relationship-missing",
		),
		forged(
			"a context that is none",
			|forge| forge.context_header = Some("AAAA".into()),
			400,
			"context-malformed",
		),
	]
}
