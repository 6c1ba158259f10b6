//! What patients read.

use crate::{
	clock,
	gatekeeper::printable,
	narrowing, output,
	patient::{
		self, AmendmentView, Done, GrantMade, GrantView, Joining, LogLine, News, RelationshipView,
		Revoked,
	},
	records::Record,
	terms, ClientError,
};
use medrec_primitives::{RelationshipRole, RelationshipStatus, Terms};
use medrec_protocol::{
	access_log::Interaction, amendments::AmendmentState, notifications::NotificationKind,
};

pub fn joining(joining: &Joining) -> String {
	match (joining.relationship, joining.participant) {
		(Some(relationship), Some(participant)) => format!(
			"You are with {} now: relationship {relationship}, as participant {participant}.",
			joining.provider_name
		),
		_ => format!(
			"{} has your consent. When staff have confirmed the fingerprint {}, you are enrolled.",
			joining.provider_name, joining.fingerprint
		),
	}
}

pub fn relationships(views: &[RelationshipView]) -> String {
	if views.is_empty() {
		return "You have no relationship yet; redeem a provider's code with `medrec patient join`."
			.to_owned();
	}
	output::table(
		["id", "with", "records of", "status", "since", "you are"],
		views.iter().map(|view| {
			let whose = match view.role {
				RelationshipRole::Patron => "you",
				RelationshipRole::Steward => "them",
			};
			[
				view.relationship.to_string(),
				view.counterparty_name.clone(),
				whose.to_owned(),
				status(view),
				clock::for_people(view.since),
				format!("participant {}", view.participant),
			]
		}),
	)
}

fn status(view: &RelationshipView) -> String {
	match (view.status, view.status.proposer()) {
		(RelationshipStatus::Active, _) => "active",
		(RelationshipStatus::Ended, _) => "ended",
		(_, Some(proposer)) if proposer == view.role => "proposed by you",
		_ => "proposed to you",
	}
	.to_owned()
}

pub fn done(what: &str, done: &Done) -> String {
	format!("Relationship {} is {what}, in block {}.", done.relationship, done.block)
}

pub fn grants_made(made: &[GrantMade]) -> String {
	made.iter()
		.map(|made| {
			let GrantMade { provider_name, relationship, .. } = made;
			match made.block {
				Some(block) => format!(
					"Granted at {provider_name} (relationship {relationship}), in block {block}.\n  To take it back: medrec patient revoke {}\n",
					patient::short(&made.tag)
				),
				None if matches!(made.problem, Some(ClientError::Uncertain(_))) => format!(
					"Whether it is granted at {provider_name} (relationship {relationship}) is not known.\n  If `medrec patient grants` shows {tag}, it is; hand it over with: medrec patient share {tag}\n",
					tag = patient::short(&made.tag)
				),
				None => format!("Not granted at {provider_name} (relationship {relationship}).\n"),
			}
		})
		.collect()
}

pub fn grants(grants: &[GrantView]) -> String {
	if grants.is_empty() {
		return "Nothing is granted.".to_owned();
	}
	output::table(
		["grant", "at", "to", "what", "until"],
		grants.iter().map(|grant| {
			let (what, until) = match &grant.terms {
				Some(terms) => (what(grant, terms), clock::for_people(terms::end(terms))),
				None => (
					"not known here".to_owned(),
					format!("{} at the latest", clock::for_people(grant.expiry_day.end())),
				),
			};
			[
				patient::short(&grant.tag),
				format!("{} ({})", grant.provider_name, grant.relationship),
				grant.grantee.map_or_else(|| "?".to_owned(), |id| format!("participant {id}")),
				what,
				if grant.over { format!("{until} (over)") } else { until },
			]
		}),
	)
}

fn what(grant: &GrantView, terms: &Terms) -> String {
	let mut text = terms::describe(terms);
	if let Some(policy) = &grant.policy {
		let lines = narrowing::describe(&policy.narrowing).join("; ");
		text.push_str(&format!(" (version {}): {lines}", policy.version));
	}
	text
}

pub fn revoked(revoked: &[Revoked]) -> String {
	if revoked.is_empty() {
		return "Nothing was revoked.".to_owned();
	}
	revoked
		.iter()
		.map(|revoked| {
			let tag = patient::short(&revoked.tag);
			match revoked.block {
				Some(block) => format!("Revoked {tag}, from block {block} on.\n"),
				None => format!("{tag} was gone already.\n"),
			}
		})
		.collect()
}

pub fn records(records: &[Record]) -> String {
	if records.is_empty() {
		return "No records.".to_owned();
	}
	let mut text = output::table(
		["date", "type", "what", "details", "provider"],
		records.iter().map(|record| {
			[
				record.day(),
				record.resource_type.clone(),
				record.title.clone(),
				record.detail.clone(),
				record.provider_name.clone(),
			]
		}),
	);
	let trends = output::trends(records);
	if !trends.is_empty() {
		text.push_str("\n\n");
		text.push_str(&output::fields(
			trends.iter().map(|trend| (trend.title.as_str(), trend.line())),
		));
	}
	let noun = if records.len() == 1 { "record" } else { "records" };
	text.push_str(&format!("\n{} {noun}", records.len()));
	text
}

pub fn access_log(lines: &[LogLine]) -> String {
	if lines.is_empty() {
		return "Nobody looked.".to_owned();
	}
	output::table(
		["when", "at", "who", "did", "for", "result"],
		lines.iter().map(|line| {
			[
				clock::for_people(line.entry.at),
				line.provider_name.clone(),
				who(line),
				interaction(line),
				format!("{:?}", line.entry.purpose).to_lowercase(),
				line.outcome(),
			]
		}),
	)
}

/// Who asked, and which of its people, where the request said so.
fn who(line: &LogLine) -> String {
	match &line.entry.staff {
		Some(staff) => format!("{}: {staff}", line.actor_name),
		None => line.actor_name.clone(),
	}
}

pub fn news(news: &News) -> String {
	let what = match news.kind {
		NotificationKind::Begin => "watched from now on",
		NotificationKind::Records => "records are new or changed: medrec patient records",
		NotificationKind::Access => "somebody looked: medrec patient access-log",
		NotificationKind::Proposal => "a proposal waits: medrec patient relationships",
		NotificationKind::Amendment => "staff answered: medrec patient amendments",
		NotificationKind::Gap => "some news are not kept any more: look at everything",
	};
	let News { provider_name, relationship, at, .. } = news;
	format!("{}  {provider_name} ({relationship})  {what}", clock::for_people(*at))
}

pub fn amendments(views: &[AmendmentView]) -> String {
	if views.is_empty() {
		return "You asked for no correction.".to_owned();
	}
	output::table(
		["asked", "at", "record", "element", "should be", "state", "answer"],
		views.iter().map(|view| {
			let request = &view.amendment.request;
			let proposed = request.proposed.as_ref();
			[
				clock::for_people(view.amendment.requested_at),
				format!("{} ({})", view.provider_name, view.relationship),
				printable(&format!("{}/{}", request.resource_type, request.id)),
				printable(request.element.as_str()),
				printable(proposed.map_or("nothing", |value| value.as_raw().get())),
				match view.amendment.state {
					AmendmentState::HandedOver => "handed over",
					state => state.name(),
				}
				.to_owned(),
				printable(view.amendment.answer.as_deref().unwrap_or_default()),
			]
		}),
	)
}

fn interaction(line: &LogLine) -> String {
	let entry = &line.entry;
	match entry.interaction {
		Interaction::Read | Interaction::Search => {
			let types: Vec<_> = entry.types.names().collect();
			match entry.resource_count {
				0 => "asked for records".to_owned(),
				count => format!("saw {count} records: {}", types.join(", ")),
			}
		},
		Interaction::AccessLog => "read this log".to_owned(),
		Interaction::Openings => "listed grants".to_owned(),
		Interaction::Deposit => "deposited a grant".to_owned(),
		Interaction::Amendment => "asked for a correction".to_owned(),
		Interaction::Amendments => "listed corrections".to_owned(),
		Interaction::Notifications => "waited for news".to_owned(),
	}
}
