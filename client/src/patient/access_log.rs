//! Who looked at a patient's records.

use super::{Merged, Mine};
use crate::{workspace::asking, ClientError, Workspace};
use medrec_primitives::Purpose;
use medrec_protocol::access_log::{AccessLogEntry, AccessOutcome};
use serde::Serialize;

/// An entry with the names that belong to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
	/// Name of the provider whose gatekeeper wrote it.
	pub provider_name: String,
	/// Who asked: `you`, a provider's name, or a number.
	pub actor_name: String,
	/// The entry.
	#[serde(flatten)]
	pub entry: AccessLogEntry,
}

impl LogLine {
	/// How it ended, for people.
	pub fn outcome(&self) -> String {
		match &self.entry.outcome {
			AccessOutcome::Allowed { .. } => "allowed".to_owned(),
			AccessOutcome::Denied { reason } => format!("denied: {reason:?}"),
			AccessOutcome::Withheld { reason } => {
				format!("withheld: {}", crate::gatekeeper::printable(reason))
			},
			AccessOutcome::Failed => "failed".to_owned(),
		}
	}
}

/// The newest entries of some of her relationships, newest first, at most `limit` from each.
pub async fn access_log(
	workspace: &Workspace,
	relationships: &[Mine],
	limit: usize,
) -> Result<Merged<LogLine>, ClientError> {
	let mut merged = Merged::default();
	for mine in relationships {
		let name = workspace.name_of(mine.entry.steward).await?;
		workspace.progress.step(&format!("asking {name} who looked"));
		merged.add(name, of_one(workspace, mine, limit).await);
	}
	workspace.progress.finish();
	merged.found.sort_by_key(|line: &LogLine| std::cmp::Reverse(line.entry.at));
	Ok(merged)
}

async fn of_one(
	workspace: &Workspace,
	mine: &Mine,
	limit: usize,
) -> Result<Vec<LogLine>, ClientError> {
	let gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let relationship = mine.entry.relationship;
	let context =
		workspace.context(&mine.acting, &gatekeeper, Some(relationship), Purpose::Personal);
	let entries = gatekeeper.access_log(asking(&session, &context), relationship, limit).await?;
	let mut lines = Vec::with_capacity(entries.len());
	for entry in entries {
		let actor_name = if entry.actor == mine.acting.id() {
			"you".to_owned()
		} else {
			workspace.name_of(entry.actor).await?
		};
		lines.push(LogLine { provider_name: gatekeeper.name().to_owned(), actor_name, entry });
	}
	Ok(lines)
}
