//! Who uses the command line, for the log.

use crate::{
	audit::{Event, EventKind},
	server::intake,
};
use clap::Args;
use medrec_primitives::RelationshipId;

/// Longest name.
const MAX_NAME: usize = 100;

/// Who does this.
#[derive(Debug, Args)]
pub struct Staff {
	/// Who does this, for the log; the user's name on this machine if it is not given.
	#[arg(long = "staff", value_name = "NAME", env = "MEDREC_STAFF")]
	name: Option<String>,
}

impl Staff {
	/// The name.
	pub fn name(&self) -> anyhow::Result<String> {
		let name = self
			.name
			.clone()
			.or_else(|| std::env::var("USER").ok())
			.map(|name| name.trim().to_owned())
			.filter(|name| !name.is_empty());
		let Some(name) = name else {
			anyhow::bail!("say who you are with --staff NAME; it goes into the log");
		};
		if name.len() > MAX_NAME || name.chars().any(char::is_control) {
			anyhow::bail!("--staff takes one line of at most {MAX_NAME} bytes");
		}
		Ok(name)
	}
}

/// What staff do, for the log.
pub fn event(
	kind: EventKind,
	staff: &str,
	relationship: Option<RelationshipId>,
	detail: String,
) -> Event {
	Event {
		at: intake::now(),
		kind,
		staff: Some(staff.to_owned()),
		relationship,
		detail: Some(detail),
	}
}
