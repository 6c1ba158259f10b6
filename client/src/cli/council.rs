//! `medrec council ...`

use super::{
	account::ProviderAccount,
	council_text as text,
	proposal::{self, Proposal},
	Invocation,
};
use crate::{
	council::{self, Code, Council, Member},
	gatekeeper::printable,
	ClientError,
};
use clap::{Subcommand, ValueEnum};
use medrec_chain_client::{rpc_api::AuthorityInfo, ChainClient, MotionCall};
use medrec_primitives::ParticipantId;
use medrec_protocol::identity::Identity;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A proposal is voted on until enough approve; then any member closes it, which does what it says. What it
takes, more than half of the seats or two thirds, is fixed by the chain. `medrec council status` shows
what is open and what to do next; docs/governance.md explains the rest.")]
pub enum CouncilCommand {
	/// Show who votes, and with which account. Needs no key.
	Members,
	/// Show every open proposal, what waits for objections, and who equivocated. Needs no key.
	Status,
	/// Put something to the vote, and approve of it.
	Propose {
		#[command(flatten)]
		account: ProviderAccount,
		#[command(subcommand)]
		proposal: Proposal,
	},
	/// Vote on a proposal, or change your vote.
	Vote {
		/// Number of the proposal.
		id: u32,
		/// Your vote.
		vote: Vote,
		#[command(flatten)]
		account: ProviderAccount,
	},
	/// Count the votes on a proposal, and have done what follows.
	Close {
		/// Number of the proposal.
		id: u32,
		#[command(flatten)]
		account: ProviderAccount,
	},
	/// Take back what you proposed.
	Rescind {
		/// Number of the proposal.
		id: u32,
		#[command(flatten)]
		account: ProviderAccount,
	},
	/// Set the runtime that the council authorized. Needs no key: the code speaks for itself.
	ApplyUpgrade {
		/// The code that was proposed.
		#[arg(long, value_name = "FILE")]
		wasm: PathBuf,
	},
	/// Object to a decided addition, removal or suspension of an authority, before it takes effect.
	Object {
		/// Number of the provider that is to be added, removed or suspended.
		participant: ParticipantId,
		#[command(flatten)]
		account: ProviderAccount,
	},
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Vote {
	/// Approve.
	Yes,
	/// Disapprove.
	No,
}

pub async fn run(invocation: &Invocation, command: CouncilCommand) -> Result<(), ClientError> {
	let Invocation { format, console, progress, .. } = invocation;
	match command {
		CouncilCommand::Members => {
			let council = look(invocation).await?;
			format.print(&council.info.seats, |seats| text::members(seats))
		},
		CouncilCommand::Status => {
			let overview = look(invocation).await?.overview();
			format.print(&overview, text::status)
		},
		CouncilCommand::Propose { account, proposal } => {
			let acting = Acting::open(invocation, &account).await?;
			propose(invocation, &acting, proposal).await
		},
		CouncilCommand::Vote { id, vote, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let motion = acting.council.motion(id)?;
			let approve = vote == Vote::Yes;
			progress.note(&text::motion(&motion));
			let word = if approve { "yes" } else { "no" };
			console.confirm(&format!("Vote {word} on #{id}?"))?;
			let voted = council::vote(&acting.member(invocation), &motion, approve).await?;
			format.print(&voted, text::voted)
		},
		CouncilCommand::Close { id, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let motion = acting.council.motion(id)?;
			progress.note(&text::motion(&motion));
			console.confirm(&format!("Close #{id}?"))?;
			let closed = council::close(&acting.member(invocation), &motion).await?;
			format.print(&closed, text::closed)
		},
		CouncilCommand::Rescind { id, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let motion = acting.council.motion(id)?;
			console.confirm(&format!("Take #{id} back: {}?", motion.words))?;
			let rescinded = council::rescind(&acting.member(invocation), &motion).await?;
			format.print(&rescinded, text::rescinded)
		},
		CouncilCommand::ApplyUpgrade { wasm } => {
			let code = Code::read(&wasm)?;
			let chain = invocation.chain().await?;
			council::ensure_authorized(&chain, &code).await?;
			console.confirm(&format!(
				"Set the runtime {:?}, which the council authorized?",
				code.hash
			))?;
			let wait_for_finality = invocation.settings.wait_for_finality;
			let upgraded =
				council::apply_upgrade(&chain, &**progress, wait_for_finality, code).await?;
			format.print(&upgraded, text::upgraded)
		},
		CouncilCommand::Object { participant, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let change = acting.council.change(participant)?;
			console.confirm(&format!("Object to the decision to {}?", change.words))?;
			let objected = council::object(&acting.member(invocation), &change).await?;
			format.print(&objected, text::objected)
		},
	}
}

/// What everybody may see.
async fn look(invocation: &Invocation) -> Result<Council, ClientError> {
	let chain = invocation.chain().await?;
	invocation.progress.step("asking what the council does");
	let council = Council::read(&chain).await?;
	invocation.progress.finish();
	Ok(council)
}

/// A member at work, and what it sees.
struct Acting {
	chain: ChainClient,
	identity: Identity,
	council: Council,
	seat: AuthorityInfo,
}

impl Acting {
	async fn open(invocation: &Invocation, account: &ProviderAccount) -> Result<Self, ClientError> {
		let identity = invocation.provider_account(account)?;
		let chain = invocation.chain().await?;
		let council = Council::read(&chain).await?;
		let seat = council.seat_of(&identity.account_id())?.clone();
		Ok(Self { chain, identity, council, seat })
	}

	fn member<'a>(&'a self, invocation: &'a Invocation) -> Member<'a> {
		Member {
			chain: &self.chain,
			progress: &*invocation.progress,
			wait_for_finality: invocation.settings.wait_for_finality,
			account_key: &self.identity.account_key,
			seat: self.seat.clone(),
		}
	}
}

async fn propose(
	invocation: &Invocation,
	acting: &Acting,
	proposal: Proposal,
) -> Result<(), ClientError> {
	let call = proposal::call(proposal, &acting.council, &acting.chain).await?;
	let known = MotionCall::Known(call.clone());
	let words = acting.council.words.motion(&known, &[]);
	let details = acting.council.words.details(&known);
	let at_once_with = acting.council.at_once_with(&known);
	invocation.progress.note(&text::proposal(&words, &details, at_once_with));
	let name = printable(&acting.seat.name);
	invocation.console.confirm(&format!("Propose this as {name}?"))?;
	let proposed = council::propose(&acting.member(invocation), call).await?;
	invocation.format.print(&proposed, text::proposed)
}
