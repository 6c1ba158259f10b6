//! Saying which of a provider's people asks.

use crate::{clock, identities::Acting, ClientError, Workspace};
use medrec_primitives::{GatekeeperKey, Moment, ParticipantId};
use medrec_protocol::{
	session::SessionKeyId,
	staff::{SignedStaffCredential, StaffCredential},
};
use serde::Serialize;

/// The session of a viewer at a provider's gatekeeper.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
	/// What a staff credential has to name.
	pub session_key: SessionKeyId,
	/// The provider that is asked.
	pub provider: ParticipantId,
	/// Its name.
	pub provider_name: String,
	/// Who asks.
	pub participant: ParticipantId,
	/// When the session is over.
	pub until: Moment,
	/// What was taken for it.
	pub staff: Option<StaffCredential>,
}

/// The session at a provider's gatekeeper: a kept one that still holds, else a new one.
pub async fn session_key(
	workspace: &Workspace,
	acting: &Acting,
	provider: ParticipantId,
) -> Result<SessionView, ClientError> {
	let gatekeeper = workspace.gatekeeper(provider).await?;
	let session = workspace.session(acting, &gatekeeper)?;
	Ok(SessionView {
		session_key: session.key.id(),
		provider,
		provider_name: gatekeeper.name().to_owned(),
		participant: acting.id(),
		until: session.delegation.delegation.until,
		staff: session.staff.map(|staff| staff.credential),
	})
}

/// Take a staff credential that a provider issued: requests of its session carry it from then on. One that
/// a gatekeeper would refuse is not taken.
pub async fn take_staff_credential(
	workspace: &Workspace,
	staff: &SignedStaffCredential,
) -> Result<(), ClientError> {
	let refused = |error: medrec_protocol::staff::StaffError| ClientError::Usage(error.to_string());
	let provider = workspace.provider(staff.credential.provider).await?;
	let key: Option<&GatekeeperKey> = provider.provider.as_ref().map(|info| &info.gatekeeper_key.0);
	let key = key.ok_or_else(|| {
		ClientError::Usage(format!("participant {} is no provider of this chain", provider.id))
	})?;
	staff.verify(key).map_err(refused)?;
	staff.credential.check().map_err(refused)?;
	staff.credential.check_time(clock::now(), 0).map_err(refused)?;
	workspace.keep_staff_credential(staff.clone())
}
