//! What the council does, for people.

use crate::{
	clock,
	council::{
		ChangeView, Closed, Detail, MotionView, Objected, OffenderView, Outcome, Overview,
		Rescinded, SeatView, Standing, Upgraded, Voted,
	},
	gatekeeper::printable,
	output,
};

pub fn members(seats: &[SeatView]) -> String {
	output::table(
		["participant", "provider", "account"],
		seats.iter().map(|seat| {
			[seat.participant.to_string(), printable(&seat.name), seat.account.to_string()]
		}),
	)
}

pub fn status(overview: &Overview) -> String {
	let Overview { block, seats, motions, changes, offenders } = overview;
	let mut parts = vec![format!("{} seats, at block {}.", seats.len(), block.number)];
	if motions.is_empty() {
		parts.push("No proposal is open. `medrec council propose` makes one.".to_owned());
	}
	for motion in motions {
		parts.push(format!("{}\n{}", self::motion(motion), next_step(motion)));
	}
	if !changes.is_empty() {
		let list: Vec<_> = changes.iter().map(change).collect();
		parts.push(format!("Decided, waiting for objections:\n\n{}", list.join("\n\n")));
	}
	if !offenders.is_empty() {
		let list: Vec<_> = offenders.iter().map(offender).collect();
		parts.push(format!("Found voting for two things at once:\n\n{}", list.join("\n\n")));
	}
	parts.join("\n\n")
}

/// A line with what is asked for and how it stands, and below it what there is to know.
pub fn motion(motion: &MotionView) -> String {
	let MotionView { id, words, yes, no, needed, .. } = motion;
	let left = clock::span(motion.closes_in);
	let count = format!("{yes} of {needed} yes");
	let stands = match motion.standing {
		Standing::Open => format!("{count}, closes in {left}"),
		Standing::Carried => format!("{count}, can be closed, expires in {left}"),
		Standing::Lost => format!("{count}, {no} no: it cannot be carried any more"),
		Standing::Expired => format!("{count}, its time is over"),
		Standing::Outdated => "outdated by an upgrade of the runtime".to_owned(),
	};
	let votes: Vec<_> = motion
		.votes
		.iter()
		.map(|vote| format!("{}: {}", vote.name, if vote.approve { "yes" } else { "no" }))
		.collect();
	let votes = if votes.is_empty() { "nobody has voted".to_owned() } else { votes.join(", ") };
	let mut lines = vec![format!("#{id} {words}: {stands}")];
	lines.push(format!("   {votes}; proposed by {}", motion.proposer_name));
	lines.extend(further(&motion.details, motion.at_once_with));
	lines.join("\n")
}

/// What else there is to know before one proposes or votes.
fn further(details: &[Detail], at_once_with: Option<u32>) -> Vec<String> {
	let mut lines: Vec<_> =
		details.iter().map(|Detail { name, value }| format!("   {name}: {value}")).collect();
	if let Some(votes) = at_once_with {
		lines.push(format!(
			"   takes effect at once if {votes} have said yes when it is closed; with fewer it waits for objections"
		));
	}
	lines
}

fn next_step(motion: &MotionView) -> String {
	let id = motion.id;
	match motion.standing {
		Standing::Open => {
			let missing = motion.needed.saturating_sub(motion.yes);
			format!("   {missing} more to say yes: medrec council vote {id} yes")
		},
		Standing::Carried => format!("   to have it done: medrec council close {id}"),
		Standing::Lost | Standing::Expired => {
			format!("   to clear it away: medrec council close {id}")
		},
		Standing::Outdated => {
			format!("   to clear it away: medrec council close {id}; then propose it anew")
		},
	}
}

fn change(change: &ChangeView) -> String {
	let ChangeView { words, participant, due, due_in, objectors, needed, .. } = change;
	let when = if *due_in == 0 {
		"takes effect with the next session".to_owned()
	} else {
		format!("takes effect in {} (first session from block {due} on)", clock::span(*due_in))
	};
	let objections = match objectors.as_slice() {
		[] => format!("0 of {needed} objections that call it off"),
		names => {
			format!("{} of {needed} objections that call it off: {}", names.len(), names.join(", "))
		},
	};
	format!("{words}: {when}\n   {objections}\n   to object: medrec council object {participant}")
}

fn offender(view: &OffenderView) -> String {
	let OffenderView { name, offender } = view;
	let found =
		format!("{name} in session {}, reported in block {}", offender.session, offender.reported);
	match offender.forgiven {
		Some(session) => format!("{found}: forgiven in session {session}"),
		None => format!(
			"{found}: it makes no blocks, as far as enough others are left, until it is forgiven\n   once the cause is found: medrec council propose forgive {}",
			offender.participant
		),
	}
}

/// What is about to be proposed.
pub fn proposal(words: &str, details: &[Detail], at_once_with: Option<u32>) -> String {
	let mut lines = vec![format!("To be put to the vote: {words}.")];
	lines.extend(further(details, at_once_with));
	lines.join("\n")
}

pub fn proposed(voted: &Voted) -> String {
	let motion = &voted.motion;
	format!(
		"Proposed as #{} in block {}; you have said yes.\n\n{}\n{}",
		motion.id,
		voted.block,
		self::motion(motion),
		next_step(motion)
	)
}

pub fn voted(voted: &Voted) -> String {
	let motion = &voted.motion;
	format!(
		"You have said {} to #{} in block {}.\n\n{}\n{}",
		if voted.approve { "yes" } else { "no" },
		motion.id,
		voted.block,
		self::motion(motion),
		next_step(motion)
	)
}

pub fn closed(closed: &Closed) -> String {
	let Closed { id, words, outcome, yes, no, seats, waits, block } = closed;
	let what = match (outcome, waits) {
		(Outcome::Enacted, None) => format!("is done: {words} ({yes} of {seats} said yes)"),
		(Outcome::Enacted, Some(_)) => {
			format!("is decided: {words} ({yes} of {seats} said yes)")
		},
		(Outcome::Rejected, _) => format!("is rejected: {words} ({no} of {seats} said no)"),
		(Outcome::Expired, _) => format!("has expired: {words}"),
		(Outcome::Outdated, _) => {
			format!("was outdated by an upgrade of the runtime: {words}; propose it anew")
		},
	};
	let mut text = format!("#{id} {what}. Block {block}.");
	if let Some(waits) = waits {
		text.push_str(&format!("\n\n{}", change(waits)));
	}
	text
}

pub fn rescinded(rescinded: &Rescinded) -> String {
	let Rescinded { id, words, block } = rescinded;
	format!("#{id} is taken back: {words}. Block {block}.")
}

pub fn upgraded(upgraded: &Upgraded) -> String {
	let Upgraded { code_hash, block } = upgraded;
	format!(
		"The runtime {code_hash:?} is set in block {block}; the next block runs it. `medrec chain status` shows its version."
	)
}

pub fn objected(objected: &Objected) -> String {
	let Objected { words, is_called_off, objections, needed, block, .. } = objected;
	if *is_called_off {
		format!("You object, and it is called off: {words}. Block {block}.")
	} else {
		format!(
			"You object to: {words}. Block {block}.\n{objections} of {needed} objections that call it off."
		)
	}
}

#[cfg(test)]
mod tests;
