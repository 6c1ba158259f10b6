//! What a member does, and what came of it.

use super::{ChangeView, Council, Member, MotionView, Standing};
use crate::{clock, ClientError};
use medrec_chain_client::{
	api::{authorities::events as authorities, council::events as council},
	calls, AgendaCall, Inclusion,
};
use medrec_primitives::ParticipantId;
use serde::Serialize;

/// A vote was cast, or a motion put to the vote; how it stands now.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Voted {
	/// Whether the caller approves.
	pub approve: bool,
	/// The motion.
	pub motion: MotionView,
	/// Height of the block that it is in.
	pub block: u32,
}

/// A motion was taken back.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rescinded {
	/// Its number.
	pub id: u32,
	/// What it asked for.
	pub words: String,
	/// Height of the block that it is in.
	pub block: u32,
}

/// What came of closing a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
	/// What it asked for is done, or decided and waits for objections.
	Enacted,
	/// Too many disapproved.
	Rejected,
	/// Its time was over.
	Expired,
	/// The runtime no longer took its call for what it was.
	Outdated,
}

/// A motion was closed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Closed {
	/// Its number.
	pub id: u32,
	/// What it asked for.
	pub words: String,
	/// What came of it.
	pub outcome: Outcome,
	/// Yes votes.
	pub yes: u32,
	/// No votes.
	pub no: u32,
	/// Seats.
	pub seats: u32,
	/// What is decided and waits for objections.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub waits: Option<ChangeView>,
	/// Height of the block that it is in.
	pub block: u32,
}

/// The caller objected to a change.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Objected {
	/// What was decided.
	pub words: String,
	/// The provider.
	pub participant: ParticipantId,
	/// Whether it is called off by that.
	pub is_called_off: bool,
	/// Objections, the caller's among them.
	pub objections: u32,
	/// Objections that call it off.
	pub needed: u32,
	/// Height of the block that it is in.
	pub block: u32,
}

/// An event that a transaction always causes.
fn event<E>(found: Option<E>, inclusion: &Inclusion) -> Result<E, ClientError> {
	found.ok_or_else(|| {
		ClientError::Failed(format!(
			"block {} does not say what the transaction did; look with `medrec council status`",
			inclusion.block.number
		))
	})
}

/// Put a call to the vote, and approve of it.
pub async fn propose(member: &Member<'_>, call: AgendaCall) -> Result<Voted, ClientError> {
	let call = calls::propose_motion(call);
	let inclusion = member.submit("propose", &call).await?;
	let id = event(inclusion.find::<council::Proposed>(), &inclusion)?.motion;
	standing_of(member, id, true, &inclusion).await
}

/// Vote on a motion, or change one's vote.
pub async fn vote(
	member: &Member<'_>,
	motion: &MotionView,
	approve: bool,
) -> Result<Voted, ClientError> {
	if motion.standing == Standing::Expired {
		return Err(ClientError::Failed(format!(
			"the time for #{} is over; it can only be cleared away, with `medrec council close {0}`",
			motion.id
		)));
	}
	let call = calls::vote(motion.id, approve);
	let inclusion = member.submit("vote", &call).await?;
	standing_of(member, motion.id, approve, &inclusion).await
}

async fn standing_of(
	member: &Member<'_>,
	id: u32,
	approve: bool,
	inclusion: &Inclusion,
) -> Result<Voted, ClientError> {
	let motion = Council::read(member.chain).await?.motion(id)?;
	Ok(Voted { approve, motion, block: inclusion.block.number })
}

/// Take the caller's own motion back.
pub async fn rescind(member: &Member<'_>, motion: &MotionView) -> Result<Rescinded, ClientError> {
	if motion.proposer != member.seat.participant {
		return Err(ClientError::Denied(format!(
			"#{} was proposed by {}, and only who proposed takes back; you can vote no",
			motion.id, motion.proposer_name
		)));
	}
	let call = calls::rescind(motion.id);
	let inclusion = member.submit("rescind", &call).await?;
	let block = inclusion.block.number;
	Ok(Rescinded { id: motion.id, words: motion.words.clone(), block })
}

/// Count the votes on a motion, and have done what follows.
pub async fn close(member: &Member<'_>, motion: &MotionView) -> Result<Closed, ClientError> {
	if motion.standing == Standing::Open {
		return Err(ClientError::Failed(format!(
			"#{} cannot be closed yet: {} of {} yes, {} no of {} seats; it is open for another {}",
			motion.id,
			motion.yes,
			motion.needed,
			motion.no,
			motion.seats,
			clock::span(motion.closes_in)
		)));
	}
	let call = calls::close(motion.id);
	let inclusion =
		member.submit("close", &call).await.map_err(|error| still_open(error, motion))?;
	let outcome = if inclusion.find::<council::Enacted>().is_some() {
		Some(Outcome::Enacted)
	} else if inclusion.find::<council::Rejected>().is_some() {
		Some(Outcome::Rejected)
	} else if inclusion.find::<council::Expired>().is_some() {
		Some(Outcome::Expired)
	} else {
		inclusion.find::<council::Outdated>().map(|_| Outcome::Outdated)
	};
	let outcome = event(outcome, &inclusion)?;
	let waits = match inclusion.find::<authorities::ChangeDecided>() {
		Some(decided) => Some(Council::read(member.chain).await?.change(decided.participant)?),
		None => None,
	};
	let MotionView { id, yes, no, seats, .. } = *motion;
	let words = motion.words.clone();
	Ok(Closed { id, words, outcome, yes, no, seats, waits, block: inclusion.block.number })
}

/// A call that the chain could not make leaves the motion as it was.
fn still_open(error: ClientError, motion: &MotionView) -> ClientError {
	match error {
		ClientError::Failed(text) if motion.standing == Standing::Carried => {
			ClientError::Failed(format!(
				"{text}\n#{} stays open for another {}; close it again when nothing stands against it any more",
				motion.id,
				clock::span(motion.closes_in)
			))
		},
		error => error,
	}
}

/// Object to what is decided of a provider.
pub async fn object(member: &Member<'_>, change: &ChangeView) -> Result<Objected, ClientError> {
	let call = calls::object(change.participant);
	let inclusion = member.submit("object", &call).await?;
	let objections = u32::try_from(change.objectors.len()).unwrap_or(u32::MAX).saturating_add(1);
	Ok(Objected {
		words: change.words.clone(),
		participant: change.participant,
		is_called_off: inclusion.find::<authorities::ChangeRefused>().is_some(),
		objections,
		needed: change.needed,
		block: inclusion.block.number,
	})
}
