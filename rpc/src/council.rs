//! What a block's runtime says of the council, as the answer of `medrec_council`.

use medrec_rpc_api::{
	AuthorityInfo, BlockRef, CouncilInfo, MotionInfo, OffenderInfo, PendingChangeInfo, VoteInfo,
};
use medrec_runtime_api::{Council, Offender, OpenMotion, PendingChange, Seat};

pub(crate) fn answer(block: BlockRef, council: Council) -> CouncilInfo {
	CouncilInfo {
		block,
		seats: council.seats.into_iter().map(seat).collect(),
		motions: council.motions.into_iter().map(motion).collect(),
		changes: council.changes.into_iter().map(change).collect(),
		offenders: council.offenders.into_iter().map(offender).collect(),
	}
}

fn seat(Seat { participant, account, name }: Seat) -> AuthorityInfo {
	let name = String::from_utf8_lossy(&name).into_owned();
	AuthorityInfo { participant, account, name }
}

fn motion(motion: OpenMotion) -> MotionInfo {
	let OpenMotion { id, proposer, call, majority, is_outdated, opened, closes, votes } = motion;
	let votes = votes
		.into_iter()
		.map(|vote| VoteInfo { participant: vote.participant, approve: vote.approve })
		.collect();
	MotionInfo { id, proposer, call: call.into(), majority, is_outdated, opened, closes, votes }
}

fn change(pending: PendingChange) -> PendingChangeInfo {
	let PendingChange { participant, change, due, objectors } = pending;
	PendingChangeInfo { participant, change, due, objectors }
}

fn offender(offender: Offender) -> OffenderInfo {
	let Offender { participant, session, reported, forgiven } = offender;
	OffenderInfo { participant, session, reported, forgiven }
}
