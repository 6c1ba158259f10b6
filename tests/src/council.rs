//! Decisions of the provider council.

use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use medrec_chain_client::{
	api::council::events::{Enacted, Proposed},
	calls, AgendaCall, Certification, ChainClient,
};
use medrec_primitives::ParticipantId;
use medrec_protocol::{account::AccountKey, application::Application, signature::Scheme};

use crate::provider::Provider;

/// To admit a provider as it applied.
pub fn certify(application: &Application) -> AgendaCall {
	AgendaCall::Certify(Certification {
		account: application.account.clone(),
		name: application.name.clone(),
		endpoint: application.endpoint.clone(),
		encryption_key: application.encryption_key,
		gatekeeper_key: application.gatekeeper_key,
	})
}

/// To give a provider authority.
pub fn add_authority(participant: ParticipantId) -> AgendaCall {
	AgendaCall::AddAuthority(participant)
}

/// Have the first of some providers propose, the others approve, and enact what they decided.
pub async fn decide(chain: &ChainClient, call: AgendaCall, members: &[Provider]) -> Result<()> {
	let keys = members
		.iter()
		.map(|member| AccountKey::from_secret_uri(&member.secret(), Scheme::Sr25519))
		.collect::<Result<Vec<_>, _>>()?;
	let (proposer, others) = keys.split_first().context("somebody has to propose")?;
	let proposal = calls::propose_motion(call);
	let proposed = chain.submit(&proposal, proposer).await?.in_block().await?;
	let motion =
		proposed.find::<Proposed>().context("a motion that was proposed has a number")?.motion;
	try_join_all(others.iter().map(|key| async move {
		let vote = calls::vote(motion, true);
		chain.submit(&vote, key).await?.in_block().await
	}))
	.await?;
	let close = calls::close(motion);
	let closed = chain.submit(&close, proposer).await?.in_block().await?;
	let enacted = closed.find::<Enacted>();
	ensure!(enacted.is_some(), "motion {motion} was not enacted: {:?}", closed.event_names());
	Ok(())
}
