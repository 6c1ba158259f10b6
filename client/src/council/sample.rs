//! A council for tests: four seats, at block 1000.

use super::{Council, Words};
use medrec_chain_client::{
	rpc_api::{
		AuthorityInfo, BlockRef, CouncilInfo, MotionInfo, OffenderInfo, PendingChangeInfo, VoteInfo,
	},
	Runtime,
};
use medrec_primitives::{AccountId, AuthorityChange, Hash, Majority, ParticipantId};

const NAMES: [&str; 5] = [
	"Mercy Hospital",
	"Lakeside Clinic",
	"Northgate Hospital",
	"Harbour Practice",
	"Hillside Surgery",
];

/// `authorities.add_authority(4)`, `registrar.suspend(3)` and `grandpa.note_stalled(30, 900)`, encoded.
const ADD_HILLSIDE: &[u8] = &[23, 0, 4 << 2];
const SUSPEND_HARBOUR: &[u8] = &[20, 9, 3 << 2];
const NOTE_STALLED: &[u8] = &[11, 2, 30, 0, 0, 0, 132, 3, 0, 0];

/// Nothing is open.
pub(crate) fn idle() -> Council {
	let seats = NAMES.iter().take(4).zip(0..).map(|(name, participant)| AuthorityInfo {
		participant,
		account: account(participant),
		name: (*name).to_owned(),
	});
	let info = CouncilInfo {
		block: BlockRef { hash: Hash::repeat_byte(1), number: 1_000 },
		seats: seats.collect(),
		motions: Vec::new(),
		changes: Vec::new(),
		offenders: Vec::new(),
	};
	let names = (0..).zip(NAMES.map(str::to_owned)).collect();
	let words = Words { names, block_time: 2_000 };
	Council { info, words, runtime: Runtime::built_in(Hash::zero(), 1, 1).unwrap() }
}

pub(crate) fn account(participant: ParticipantId) -> AccountId {
	AccountId::new([participant as u8; 32])
}

/// A motion to add Hillside Surgery, which Mercy Hospital proposed, with these votes.
pub(crate) fn motion(id: u32, votes: &[(ParticipantId, bool)]) -> MotionInfo {
	MotionInfo {
		id,
		proposer: 0,
		call: ADD_HILLSIDE.to_vec().into(),
		majority: Majority::MoreThanHalf,
		is_outdated: false,
		opened: 900,
		closes: 1_000 + 4 * 1_800,
		votes: votes
			.iter()
			.map(|(participant, approve)| VoteInfo { participant: *participant, approve: *approve })
			.collect(),
	}
}

/// Motions in every standing, changes and offenders.
pub(crate) fn busy() -> Council {
	let mut council = idle();
	let suspend = SUSPEND_HARBOUR.to_vec();
	council.info.motions = vec![
		motion(3, &[(0, true), (2, true), (3, false)]),
		MotionInfo { call: suspend.into(), ..motion(4, &[(0, true), (1, true), (2, true)]) },
		MotionInfo {
			call: NOTE_STALLED.to_vec().into(),
			majority: Majority::TwoThirds,
			..motion(5, &[(0, true), (1, false), (3, false)])
		},
		MotionInfo { closes: 1_000, ..motion(6, &[]) },
		MotionInfo { is_outdated: true, ..motion(7, &[(0, true)]) },
		MotionInfo { call: vec![20, 4].into(), ..motion(8, &[(0, true)]) },
	];
	council.info.changes = vec![
		PendingChangeInfo {
			participant: 3,
			change: AuthorityChange::Removal,
			due: 1_020,
			objectors: vec![1],
		},
		PendingChangeInfo {
			participant: 4,
			change: AuthorityChange::Addition,
			due: 990,
			objectors: Vec::new(),
		},
	];
	let offender = OffenderInfo { participant: 1, session: 12, reported: 950, forgiven: None };
	council.info.offenders =
		vec![offender, OffenderInfo { participant: 2, forgiven: Some(14), ..offender }];
	council
}
