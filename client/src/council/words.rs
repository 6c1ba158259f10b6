//! What the council decides on, in words.

use super::ParameterName;
use crate::{clock, gatekeeper::printable, terms, ClientError};
use medrec_chain_client::{AgendaCall, MotionCall, Parameter};
use medrec_primitives::{AuthorityChange, Moment, ParticipantId, ParticipantKind};
use medrec_protocol::account::fingerprint;
use serde::Serialize;
use std::collections::BTreeMap;

/// What words need that the chain knows: names, and how long a block takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
	/// Names of providers.
	pub names: BTreeMap<ParticipantId, String>,
	/// Time between blocks, milliseconds.
	pub block_time: Moment,
}

/// Something to compare before one votes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
	/// What it is.
	pub name: &'static str,
	/// What it is set to.
	pub value: String,
}

/// Blocks of a duration, which has to be whole blocks.
pub(crate) fn blocks_of(milliseconds: Moment, block_time: Moment) -> Result<u32, ClientError> {
	let block_time = block_time.max(1);
	if !milliseconds.is_multiple_of(block_time) {
		return Err(ClientError::Usage(format!(
			"{} are no whole blocks of {}",
			clock::span(milliseconds),
			clock::span(block_time)
		)));
	}
	u32::try_from(milliseconds / block_time)
		.map_err(|_| ClientError::Usage("so many blocks are too long a time".to_owned()))
}

impl Words {
	/// Name of a provider; the number of any other participant.
	pub fn name(&self, participant: ParticipantId) -> String {
		match self.names.get(&participant) {
			Some(name) => printable(name),
			None => format!("participant {participant}"),
		}
	}

	/// Names of providers, separated by commas.
	pub fn list(&self, participants: impl IntoIterator<Item = ParticipantId>) -> String {
		let names: Vec<_> = participants.into_iter().map(|id| self.name(id)).collect();
		names.join(", ")
	}

	/// Name and number, where the number is what is decided about.
	fn name_and_number(&self, participant: ParticipantId) -> String {
		match self.names.get(&participant) {
			Some(name) => format!("{} (participant {participant})", printable(name)),
			None => format!("participant {participant}"),
		}
	}

	/// How long so many blocks take.
	pub fn span(&self, blocks: u32) -> String {
		clock::span(Moment::from(blocks).saturating_mul(self.block_time))
	}

	/// The same, with the blocks.
	fn span_and_blocks(&self, blocks: u32) -> String {
		let unit = if blocks == 1 { "block" } else { "blocks" };
		format!("{} ({blocks} {unit})", self.span(blocks))
	}

	/// What a motion asks for, in one line.
	pub fn motion(&self, call: &MotionCall, bytes: &[u8]) -> String {
		match call {
			MotionCall::Known(call) => self.call(call),
			MotionCall::Unknown { name: Some((pallet, call)) } => {
				format!("{}.{} {}", printable(pallet), printable(call), hex(bytes))
			},
			MotionCall::Unknown { name: None } => format!("an unknown call {}", hex(bytes)),
		}
	}

	/// The same for a call of the agenda.
	pub fn call(&self, call: &AgendaCall) -> String {
		match call {
			AgendaCall::Certify(it) => {
				format!("certify {} at {}", printable(&it.name), printable(&it.endpoint))
			},
			AgendaCall::Suspend(participant) => {
				format!("suspend {}", self.name_and_number(*participant))
			},
			AgendaCall::Reinstate(participant) => {
				format!("reinstate {}", self.name_and_number(*participant))
			},
			AgendaCall::SetPurposes(kind, purposes) if purposes.is_empty() => {
				format!("let {} claim no purpose", plural(*kind))
			},
			AgendaCall::SetPurposes(kind, purposes) => {
				format!("let {} claim {} only", plural(*kind), terms::list(purposes.names()))
			},
			AgendaCall::AddAuthority(participant) => {
				format!("add {} as an authority", self.name(*participant))
			},
			AgendaCall::RemoveAuthority(participant) => {
				format!("remove {} as an authority", self.name(*participant))
			},
			AgendaCall::SetSessionLength(blocks) => {
				format!("have sessions last {}", self.span_and_blocks(*blocks))
			},
			AgendaCall::SetMinimumAuthorities(1) => "keep at least 1 authority".to_owned(),
			AgendaCall::SetMinimumAuthorities(authorities) => {
				format!("keep at least {authorities} authorities")
			},
			AgendaCall::SetRemovalDelay(blocks) => {
				format!("give {} for objections to a change", self.span_and_blocks(*blocks))
			},
			AgendaCall::Forgive(participant) => {
				format!("forgive {}, which then validates again", self.name(*participant))
			},
			AgendaCall::SetParameter(parameter) => self.parameter(*parameter),
			AgendaCall::AuthorizeUpgrade(hash) => format!("authorize the runtime upgrade {hash:?}"),
			AgendaCall::NoteStalled { delay, best_finalized } => format!(
				"note that finality has stalled: new finality authorities {} after their announcement, from block {best_finalized} on",
				self.span_and_blocks(*delay)
			),
		}
	}

	fn parameter(&self, parameter: Parameter) -> String {
		let value = match parameter {
			Parameter::ParticipantQuota(value) => {
				value.map(|number| format!("{number} transactions in 10 min"))
			},
			Parameter::ProviderQuota(value) => {
				value.map(|number| format!("{number} transactions of an account in 10 min"))
			},
			Parameter::StalenessLimit(value) => value.map(clock::span),
			Parameter::MotionDuration(value) => value.map(|blocks| self.span_and_blocks(blocks)),
		};
		format!(
			"set the parameter {} {}",
			ParameterName::of(parameter).text(),
			value.map_or("back to its default".to_owned(), |value| format!("to {value}"))
		)
	}

	/// What else there is to compare before one votes: names and values.
	pub fn details(&self, call: &MotionCall) -> Vec<Detail> {
		let detail = |name, value| Detail { name, value };
		match call {
			MotionCall::Known(AgendaCall::Certify(it)) => vec![
				detail("account", it.account.to_string()),
				detail("fingerprint", fingerprint(&it.account)),
				detail("encryption key", hex(&it.encryption_key)),
				detail("gatekeeper key", hex(&it.gatekeeper_key)),
			],
			MotionCall::Known(AgendaCall::AuthorizeUpgrade(_)) => {
				vec![detail("compare with", "b2sum -l 256 FILE".to_owned())]
			},
			MotionCall::Known(_) => Vec::new(),
			MotionCall::Unknown { .. } => vec![detail(
				"beware",
				"this program does not know the call; vote only if you know what its bytes mean"
					.to_owned(),
			)],
		}
	}

	/// What is decided of a provider, in words.
	pub fn change(&self, participant: ParticipantId, change: AuthorityChange) -> String {
		match change {
			AuthorityChange::Addition => self.call(&AgendaCall::AddAuthority(participant)),
			AuthorityChange::Removal => self.call(&AgendaCall::RemoveAuthority(participant)),
			AuthorityChange::Suspension => format!("suspend {}", self.name(participant)),
		}
	}
}

const fn plural(kind: ParticipantKind) -> &'static str {
	match kind {
		ParticipantKind::Patient => "patients",
		ParticipantKind::Provider => "providers",
		ParticipantKind::Delegate => "delegates",
		ParticipantKind::Insurer => "insurers",
		ParticipantKind::Researcher => "researchers",
		ParticipantKind::Other => "participants of the kind `other`",
	}
}

pub(super) fn hex(bytes: &[u8]) -> String {
	let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
	format!("0x{digits}")
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_chain_client::Certification;
	use medrec_primitives::{AccountId, Hash, Purposes};

	fn words() -> Words {
		let names = [(7, "Mercy Hospital".to_owned()), (8, "Bad\u{1b}[2J Name".to_owned())];
		Words { names: names.into(), block_time: 2_000 }
	}

	#[test]
	fn everything_that_is_decided_on_has_words() {
		let certification = Certification {
			account: AccountId::new([1; 32]),
			name: "Hillside Surgery\n".into(),
			endpoint: "https://hillside.example".into(),
			encryption_key: [2; 32],
			gatekeeper_key: [3; 32],
		};
		let insurer = ParticipantKind::Insurer;
		let both = Purposes::PAYMENT.union(Purposes::RESEARCH);
		let cases = [
			(
				AgendaCall::Certify(certification.clone()),
				"certify Hillside Surgery at https://hillside.example",
			),
			(AgendaCall::Suspend(7), "suspend Mercy Hospital (participant 7)"),
			(AgendaCall::Suspend(99), "suspend participant 99"),
			(AgendaCall::Reinstate(7), "reinstate Mercy Hospital (participant 7)"),
			(AgendaCall::SetPurposes(insurer, both), "let insurers claim payment and research only"),
			(
				AgendaCall::SetPurposes(ParticipantKind::Other, Purposes::NONE),
				"let participants of the kind `other` claim no purpose",
			),
			(AgendaCall::AddAuthority(7), "add Mercy Hospital as an authority"),
			(AgendaCall::RemoveAuthority(8), "remove Bad[2J Name as an authority"),
			(AgendaCall::SetSessionLength(300), "have sessions last 10 min (300 blocks)"),
			(AgendaCall::SetMinimumAuthorities(3), "keep at least 3 authorities"),
			(AgendaCall::SetMinimumAuthorities(1), "keep at least 1 authority"),
			(
				AgendaCall::SetRemovalDelay(43_200),
				"give 1 d (43200 blocks) for objections to a change",
			),
			(AgendaCall::Forgive(7), "forgive Mercy Hospital, which then validates again"),
			(
				AgendaCall::SetParameter(Parameter::ParticipantQuota(Some(30))),
				"set the parameter participant-quota to 30 transactions in 10 min",
			),
			(
				AgendaCall::SetParameter(Parameter::ProviderQuota(Some(3000))),
				"set the parameter provider-quota to 3000 transactions of an account in 10 min",
			),
			(
				AgendaCall::SetParameter(Parameter::StalenessLimit(Some(45_000))),
				"set the parameter staleness-limit to 45 s",
			),
			(
				AgendaCall::SetParameter(Parameter::MotionDuration(Some(1))),
				"set the parameter motion-duration to 2 s (1 block)",
			),
			(
				AgendaCall::SetParameter(Parameter::MotionDuration(None)),
				"set the parameter motion-duration back to its default",
			),
			(
				AgendaCall::NoteStalled { delay: 30, best_finalized: 1200 },
				"note that finality has stalled: new finality authorities 1 min (30 blocks) after their announcement, from block 1200 on",
			),
		];
		for (call, expected) in cases {
			assert_eq!(words().call(&call), expected);
		}
		let hash = Hash::repeat_byte(0xab);
		assert_eq!(
			words().call(&AgendaCall::AuthorizeUpgrade(hash)),
			format!("authorize the runtime upgrade 0x{}", "ab".repeat(32))
		);
		// What a certification binds is there to be compared.
		let details = words().details(&MotionCall::Known(AgendaCall::Certify(certification)));
		let names: Vec<_> = details.iter().map(|detail| detail.name).collect();
		assert_eq!(names, ["account", "fingerprint", "encryption key", "gatekeeper key"]);
		assert_eq!(details[2].value, format!("0x{}", "02".repeat(32)));
	}

	#[test]
	fn unknown_calls_are_shown_as_they_are() {
		let name = Some(("Balances".to_owned(), "burn".to_owned()));
		let unknown = MotionCall::Unknown { name };
		assert_eq!(words().motion(&unknown, &[9, 8, 7]), "Balances.burn 0x090807");
		let nameless = MotionCall::Unknown { name: None };
		assert_eq!(words().motion(&nameless, &[9]), "an unknown call 0x09");
		assert_eq!(words().details(&nameless)[0].name, "beware");
	}

	#[test]
	fn decided_changes_have_words() {
		for (change, expected) in [
			(AuthorityChange::Addition, "add Mercy Hospital as an authority"),
			(AuthorityChange::Removal, "remove Mercy Hospital as an authority"),
			(AuthorityChange::Suspension, "suspend Mercy Hospital"),
		] {
			assert_eq!(words().change(7, change), expected);
		}
	}
}
