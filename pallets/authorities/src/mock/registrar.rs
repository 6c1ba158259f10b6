//! A registrar that is a table.

use super::Authorities;
use frame_support::parameter_types;
use medrec_primitives::{
	AccountId, AccountRole, AuthorityHolders, Caller, EncryptionKey, Majority, ParticipantId,
	ParticipantKind, ParticipantStatus, Participants, Party, Relinquished, Suspensions,
};
use sp_runtime::{DispatchError, DispatchResult};
use std::collections::BTreeMap;

parameter_types! {
	/// The registrar's table.
	pub static Registrar: BTreeMap<ParticipantId, Party> = BTreeMap::new();
	/// Accounts that participants moved to, in the order in which they did.
	pub static Moves: Vec<(ParticipantId, AccountId)> = vec![];
}

/// The account of a participant.
pub fn account_of(participant: ParticipantId) -> AccountId {
	let mut bytes = [0; 32];
	// From the end, so that accounts are not in the order of their participants.
	bytes[..8].copy_from_slice(&(u64::MAX - participant).to_be_bytes());
	bytes.into()
}

/// The operator account of a provider.
pub fn operator_of(participant: ParticipantId) -> AccountId {
	let mut bytes: [u8; 32] = account_of(participant).into();
	bytes[31] = 1;
	bytes.into()
}

/// The accounts of participants, in the order of those.
pub fn accounts_of(participants: &[ParticipantId]) -> Vec<AccountId> {
	participants.iter().copied().map(account_of).collect()
}

/// The account that a participant moves to when it moves for this time.
pub fn moved_account_of(participant: ParticipantId, times: u8) -> AccountId {
	let mut bytes: [u8; 32] = account_of(participant).into();
	bytes[30] = times;
	bytes.into()
}

/// The registrar as a table.
pub struct TableOfParticipants;

impl Suspensions for TableOfParticipants {
	fn suspend(participant: ParticipantId) -> DispatchResult {
		Self::set_status(participant, ParticipantStatus::Suspended);
		Ok(())
	}
}

impl TableOfParticipants {
	/// Set a participant's standing.
	pub fn set_status(participant: ParticipantId, status: ParticipantStatus) {
		Registrar::mutate(|table| {
			if let Some(party) = table.get_mut(&participant) {
				party.status = status;
			}
		});
	}

	/// Move a participant to another account, as the registrar does.
	pub fn rotate(participant: ParticipantId) -> DispatchResult {
		let old = Self::account(participant).ok_or(DispatchError::Other("nobody"))?;
		let times = Moves::get().iter().filter(|(mover, _)| *mover == participant).count() as u8;
		let new = moved_account_of(participant, times + 1);
		Moves::mutate(|moves| moves.push((participant, new.clone())));
		Authorities::account_rotated(participant, &old, &new)
	}

	/// Suspend a provider, as the registrar does when the council decides it.
	pub fn decide_suspension(participant: ParticipantId, majority: Majority) -> DispatchResult {
		if Authorities::relinquish(participant, majority)? == Relinquished::Now {
			Self::set_status(participant, ParticipantStatus::Suspended);
		}
		Ok(())
	}

	/// Enter a participant.
	pub fn enter(participant: ParticipantId, kind: ParticipantKind, status: ParticipantStatus) {
		Registrar::mutate(|table| {
			table.insert(participant, Party { participant, kind, status });
		});
	}
}

impl Participants<AccountId> for TableOfParticipants {
	fn caller(account: &AccountId) -> Option<Caller> {
		Registrar::get().values().find_map(|party| {
			let is_operator = operator_of(party.participant) == *account;
			let is_its = Self::account(party.participant).as_ref() == Some(account);
			(is_operator || is_its).then_some(Caller {
				participant: party.participant,
				kind: party.kind,
				status: party.status,
				is_operator,
			})
		})
	}

	fn party(participant: ParticipantId) -> Option<Party> {
		Registrar::get().get(&participant).copied()
	}

	fn account(participant: ParticipantId) -> Option<AccountId> {
		Self::party(participant)?;
		let moves = Moves::get();
		let last = moves.into_iter().rev().find(|(mover, _)| *mover == participant);
		Some(last.map_or_else(|| account_of(participant), |(_, account)| account))
	}

	fn encryption_key(participant: ParticipantId) -> Option<EncryptionKey> {
		Self::party(participant).map(|_| [participant as u8; 32])
	}

	fn owner(account: &AccountId) -> Option<ParticipantId> {
		let mover = Moves::get().into_iter().find(|(_, moved_to)| moved_to == account);
		mover.map(|(participant, _)| participant).or_else(|| {
			Registrar::get()
				.into_keys()
				.find(|id| account_of(*id) == *account || operator_of(*id) == *account)
		})
	}

	fn role(account: &AccountId) -> AccountRole {
		match Self::caller(account) {
			Some(caller) if caller.is_operator => AccountRole::Operator,
			Some(caller) => caller.kind.into(),
			None => AccountRole::Vacant,
		}
	}

	fn register(
		_: AccountId,
		_: ParticipantKind,
		_: EncryptionKey,
	) -> Result<ParticipantId, DispatchError> {
		Err(DispatchError::Other("this pallet registers nobody"))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_participant(_: AccountId, kind: ParticipantKind) -> ParticipantId {
		let participant = 1_000 + Registrar::get().len() as u64;
		Self::enter(participant, kind, ParticipantStatus::Active);
		participant
	}
}
