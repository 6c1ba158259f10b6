//! `staff-credential`.

use super::{
	output,
	staff::{event, Staff},
};
use crate::{
	audit::EventKind,
	config::Config,
	server::{intake, open_store, Opened},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use medrec_primitives::{Moment, Purpose, Purposes};
use medrec_protocol::{
	format_moment,
	session::SessionKeyId,
	staff::{Pseudonym, Role, SignedStaffCredential, StaffCredential as Credential},
};
use std::path::PathBuf;

const HOUR: Moment = 3_600_000;

/// By how much a credential begins in the past, for gatekeepers whose clock is behind.
const HEAD_START: Moment = 60_000;

/// Hours of a shift.
const DEFAULT_HOURS: u8 = 8;

#[derive(Debug, Subcommand)]
pub enum StaffCredential {
	/// Sign a credential for a member of staff, with which the log of whoever is asked says who looked.
	Issue(Issue),
}

#[derive(Debug, Args)]
pub struct Issue {
	/// What others call the member of staff: letters, digits, `.`, `_` and `-`. Keep a list of who is who.
	#[arg(long, value_name = "NAME")]
	pseudonym: Pseudonym,
	/// What she is: physician, nurse, pharmacist, therapist, records, billing, researcher or
	/// administration.
	#[arg(long)]
	role: Role,
	/// The session key that it goes with; `medrec viewer session-key` shows it.
	#[arg(long, value_name = "KEY")]
	session_key: SessionKeyId,
	/// What she may ask for, such as `treatment,emergency`; what the configuration gives her role if it is
	/// not given.
	#[arg(long, value_name = "PURPOSES", value_delimiter = ',', value_parser = purpose)]
	purposes: Vec<Purpose>,
	/// Hours for which it holds, at most 24.
	#[arg(long, default_value_t = DEFAULT_HOURS, value_parser = clap::value_parser!(u8).range(1..=24))]
	hours: u8,
	/// Where to write it.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
	#[command(flatten)]
	staff: Staff,
}

fn purpose(name: &str) -> Result<Purpose, String> {
	let named = |purpose: &Purpose| Purposes::named(name) == Some(Purposes::from(*purpose));
	Purpose::ALL.into_iter().find(named).ok_or_else(|| {
		let names: Vec<_> = Purposes::ALL.names().collect();
		format!("there is no purpose `{name}`; there are {}", names.join(", "))
	})
}

impl StaffCredential {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let Self::Issue(issue) = self;
		issue.run(config, json).await
	}
}

impl Issue {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let purposes = self.claimed(config)?;
		let Opened { genesis, store, audit, key } = open_store(config).await?;
		let from = intake::now().saturating_sub(HEAD_START);
		let credential = Credential {
			genesis,
			provider: config.provider,
			pseudonym: self.pseudonym,
			role: self.role,
			purposes,
			session_key: self.session_key,
			from,
			until: from.saturating_add(Moment::from(self.hours).saturating_mul(HOUR)),
		};
		let member = credential.member();
		let until = credential.until;
		let detail =
			format!("{member}, for {}, until {}", credential.session_key, format_moment(until));
		let signed = credential.sign(&key)?;
		// Before it is handed out: afterwards it could not be taken back.
		audit.record(event(EventKind::StaffCredentialIssued, &staff, None, detail)).await?;
		store.close().await;
		write(&self.out, &signed)?;
		output::fields(
			json,
			&[
				("file", self.out.display().to_string().into()),
				("pseudonym", member.pseudonym.to_string().into()),
				("role", member.role.name().into()),
				("purposes", purposes.names().collect::<Vec<_>>().join(", ").into()),
				("until", output::time(until)),
			],
		)
	}

	/// The purposes that were asked for, if the role may claim them.
	fn claimed(&self, config: &Config) -> anyhow::Result<Purposes> {
		let of_role = config.staff.purposes_of(self.role);
		let asked = self.purposes.iter().map(|purpose| Purposes::from(*purpose));
		let claimed = asked.reduce(Purposes::union).unwrap_or(of_role);
		let names = of_role.names().collect::<Vec<_>>().join(", ");
		anyhow::ensure!(
			of_role.contains(claimed),
			"the role {} may claim no other purposes than: {names}; `[staff.purposes]` in the \
			 configuration says what roles may claim",
			self.role
		);
		anyhow::ensure!(!claimed.is_empty(), "the role {} may claim nothing", self.role);
		Ok(claimed)
	}
}

fn write(path: &std::path::Path, signed: &SignedStaffCredential) -> anyhow::Result<()> {
	let text = serde_json::to_string_pretty(signed)?;
	std::fs::write(path, format!("{text}\n"))
		.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn purposes_are_read_by_their_names() {
		for known in Purpose::ALL {
			let name: String = Purposes::from(known).names().collect();
			assert_eq!(purpose(&name), Ok(known));
		}
		assert!(purpose("fun").unwrap_err().contains("treatment, payment"));
		assert!(purpose("").is_err());
	}
}
