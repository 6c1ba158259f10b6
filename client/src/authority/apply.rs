//! Applying to be admitted.

use super::{provider::vacant_nonce, Operations};
use crate::{
	application::{self, Application},
	store::files,
	workspace::provider_name,
	ClientError,
};
use medrec_primitives::{GatekeeperKey, ParticipantStatus};
use medrec_protocol::{account, identity::Identity};
use serde::Serialize;
use std::{
	io::ErrorKind,
	path::{Path, PathBuf},
};

/// What a provider wants to be on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired<'a> {
	/// Its name.
	pub name: &'a str,
	/// Origin of its gatekeeper.
	pub endpoint: &'a str,
	/// Key with which its gatekeeper signs answers.
	pub gatekeeper_key: GatekeeperKey,
}

/// An application that was written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
	/// The file.
	pub file: PathBuf,
	/// Its content.
	pub application: Application,
	/// The account's fingerprint, which the sponsor compares over another channel.
	pub fingerprint: String,
	/// Names of the providers that can sponsor it.
	pub sponsors: Vec<String>,
}

impl Operations<'_> {
	/// Refuse what the chain would refuse now: an account that is somebody's, a name that is taken.
	async fn check_vacant(&self, identity: &Identity, name: &str) -> Result<(), ClientError> {
		let instead =
			"an applicant's account is nobody's yet. `medrec authority status` says how far it is";
		vacant_nonce(self.chain, &identity.account_id(), instead).await?;
		// Names are compared without ASCII case.
		let bears = |provider: &_| {
			provider_name(provider).is_some_and(|taken| taken.eq_ignore_ascii_case(name))
		};
		if let Some(provider) = self.chain.providers().await?.iter().find(|info| bears(info)) {
			return Err(ClientError::Usage(format!(
				"provider {} is called so already; choose another name",
				provider.id
			)));
		}
		Ok(())
	}
}

/// Sign an application for the chain of the node, and write it into a file; all of it, or nothing. A file
/// that is there already stays as it is unless `overwrite` is set.
pub async fn apply(
	operations: Operations<'_>,
	identity: &Identity,
	desired: &Desired<'_>,
	file: &Path,
	overwrite: bool,
) -> Result<Applied, ClientError> {
	let genesis = operations.chain.genesis();
	let Desired { name, endpoint, gatekeeper_key } = *desired;
	let application = application::sign(identity, genesis, name, endpoint, gatekeeper_key)
		.map_err(|unfit| ClientError::Usage(unfit.to_string()))?;
	operations.progress.step("asking the node who is on the chain");
	operations.check_vacant(identity, name).await?;
	let (authorities, providers) =
		futures::try_join!(operations.chain.authorities(), operations.chain.providers())?;
	operations.progress.finish();

	let mut json = serde_json::to_vec_pretty(&application)
		.map_err(|error| ClientError::Failed(error.to_string()))?;
	json.push(b'\n');
	files::write(file, &json, overwrite).map_err(|error| match error.source.kind() {
		ErrorKind::AlreadyExists => ClientError::Usage(format!(
			"{} is there already, and was left as it is; --force replaces it",
			file.display()
		)),
		_ => ClientError::Failed(error.to_string()),
	})?;
	let active = |participant| {
		providers.iter().any(|provider| {
			provider.id == participant && provider.status == ParticipantStatus::Active
		})
	};
	Ok(Applied {
		file: file.to_owned(),
		fingerprint: account::fingerprint(&application.account),
		application,
		sponsors: authorities
			.into_iter()
			.filter(|authority| active(authority.participant))
			.map(|authority| crate::gatekeeper::printable(&authority.name))
			.collect(),
	})
}
