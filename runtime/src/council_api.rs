//! What the runtime API says of the council.

use alloc::vec::Vec;
use medrec_primitives::ParticipantId;
use medrec_runtime_api::{Council, Offender, OpenMotion, PendingChange, Seat, Vote};
use pallet_authorities::{Authorities, Changes, Offenders};
use pallet_council::{Agenda, Motion, MotionId, Motions};

use crate::{configs::CouncilAgenda, Runtime};

/// Everything that somebody needs who votes, or watches the votes.
pub(crate) fn council() -> Council {
	// Bounded by `MaxMotions`.
	let mut motions: Vec<_> =
		Motions::<Runtime>::iter().map(|(id, motion)| open_motion(id, motion)).collect();
	motions.sort_unstable_by_key(|motion| motion.id);
	Council {
		seats: Authorities::<Runtime>::get()
			.into_iter()
			.map(|(participant, account)| Seat { participant, account, name: name(participant) })
			.collect(),
		motions,
		changes: Changes::<Runtime>::get()
			.into_iter()
			.map(|pending| PendingChange {
				participant: pending.participant,
				change: pending.change,
				due: pending.due,
				objectors: pending.objectors.into_inner(),
			})
			.collect(),
		offenders: Offenders::<Runtime>::get()
			.into_iter()
			.map(|offender| Offender {
				participant: offender.participant,
				session: offender.session,
				reported: offender.reported,
				forgiven: offender.forgiven,
			})
			.collect(),
	}
}

fn open_motion(id: MotionId, motion: Motion<Runtime>) -> OpenMotion {
	let item = motion.decode_call().and_then(|call| CouncilAgenda::item(&call).ok());
	OpenMotion {
		id,
		proposer: motion.proposer,
		// As when it is closed: of the two majorities the stricter one holds.
		majority: item.map_or(motion.majority, |item| motion.majority.max(item.majority)),
		is_outdated: item.is_none(),
		call: motion.call.into_inner(),
		opened: motion.opened,
		closes: motion.closes,
		votes: motion
			.votes
			.into_iter()
			.map(|(participant, approve)| Vote { participant, approve })
			.collect(),
	}
}

fn name(provider: ParticipantId) -> Vec<u8> {
	pallet_registrar::Providers::<Runtime>::get(provider)
		.map(|provider| provider.name.into_inner())
		.unwrap_or_default()
}
