//! Decisions of the provider council.

use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use medrec_chain_client::{
	api::{
		self,
		runtime_types::{
			bounded_collections::bounded_vec::BoundedVec, medrec_runtime::RuntimeCall,
			pallet_authorities::pallet::Call as AuthoritiesCall,
			pallet_registrar::pallet::Call as RegistrarCall,
		},
	},
	ChainClient,
};
use medrec_primitives::ParticipantId;
use medrec_protocol::{account::AccountKey, application::Application, signature::Scheme};

use crate::provider::Provider;

/// To admit a provider as it applied.
pub fn certify(application: &Application) -> RuntimeCall {
	let account: [u8; 32] = application.account.clone().into();
	RuntimeCall::Registrar(RegistrarCall::certify {
		account: account.into(),
		name: BoundedVec(application.name.clone().into_bytes()),
		endpoint: BoundedVec(application.endpoint.clone().into_bytes()),
		encryption_key: application.encryption_key,
		gatekeeper_key: application.gatekeeper_key,
	})
}

/// To give a provider authority.
pub fn add_authority(participant: ParticipantId) -> RuntimeCall {
	RuntimeCall::Authorities(AuthoritiesCall::add_authority { participant })
}

/// Have the first of some providers propose, the others approve, and enact what they decided.
pub async fn decide(chain: &ChainClient, call: RuntimeCall, members: &[Provider]) -> Result<()> {
	let keys = members
		.iter()
		.map(|member| AccountKey::from_secret_uri(&member.secret(), Scheme::Sr25519))
		.collect::<Result<Vec<_>, _>>()?;
	let (proposer, others) = keys.split_first().context("somebody has to propose")?;
	let proposal = api::tx().council().propose(call);
	let proposed = chain.submit(&proposal, proposer).await?.in_block().await?;
	let motion = proposed
		.find::<api::council::events::Proposed>()
		.context("a motion that was proposed has a number")?
		.motion;
	try_join_all(others.iter().map(|key| async move {
		let vote = api::tx().council().vote(motion, true);
		chain.submit(&vote, key).await?.in_block().await
	}))
	.await?;
	let close = api::tx().council().close(motion);
	let closed = chain.submit(&close, proposer).await?.in_block().await?;
	let enacted = closed.find::<api::council::events::Enacted>();
	ensure!(enacted.is_some(), "motion {motion} was not enacted: {:?}", closed.event_names());
	Ok(())
}
