//! `medrec council ...`

use super::{
	council_text as text,
	proposal::{self, Proposal},
	Invocation,
};
use crate::{
	council::{self, provider_account, Council, Member},
	ClientError, Workspace,
};
use clap::{Args, Subcommand, ValueEnum};
use medrec_chain_client::{AgendaCall, ChainClient, MotionCall};
use medrec_primitives::ParticipantId;

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
	/// Object to a decided addition, removal or suspension of an authority, before it takes effect.
	Object {
		/// Number of the provider that is to be added, removed or suspended.
		participant: ParticipantId,
		#[command(flatten)]
		account: ProviderAccount,
	},
}

/// Whose vote it is.
#[derive(Debug, Args)]
pub struct ProviderAccount {
	/// Where the provider's account is below the key's 12 words, such as //hospital. By default it is the
	/// account of the words themselves.
	#[arg(
		long = "path",
		env = "MEDREC_ACCOUNT_PATH",
		value_name = "PATH",
		default_value = "",
		hide_default_value = true
	)]
	path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Vote {
	/// Approve.
	Yes,
	/// Disapprove.
	No,
}

pub async fn run(invocation: &Invocation, command: CouncilCommand) -> Result<(), ClientError> {
	match command {
		CouncilCommand::Members => {
			let council = look(invocation).await?;
			invocation.format.print(&council.info.seats, |seats| text::members(seats))
		},
		CouncilCommand::Status => {
			let overview = look(invocation).await?.overview();
			invocation.format.print(&overview, text::status)
		},
		CouncilCommand::Propose { account, proposal } => {
			let acting = Acting::open(invocation, &account).await?;
			let call = proposal::call(proposal, &acting.council, &acting.workspace.chain).await?;
			propose(invocation, &acting, call).await
		},
		CouncilCommand::Vote { id, vote, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let motion = acting.council.motion(id)?;
			let approve = vote == Vote::Yes;
			invocation.progress.note(&text::motion(&motion));
			let word = if approve { "yes" } else { "no" };
			invocation.console.confirm(&format!("Vote {word} on #{id}?"))?;
			let voted =
				council::vote(&acting.workspace, &acting.member, &motion, approve).await?;
			invocation.format.print(&voted, text::voted)
		},
		CouncilCommand::Close { id, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let motion = acting.council.motion(id)?;
			invocation.progress.note(&text::motion(&motion));
			invocation.console.confirm(&format!("Close #{id}?"))?;
			let closed = council::close(&acting.workspace, &acting.member, &motion).await?;
			invocation.format.print(&closed, text::closed)
		},
		CouncilCommand::Rescind { id, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let motion = acting.council.motion(id)?;
			invocation.console.confirm(&format!("Take #{id} back: {}?", motion.words))?;
			let rescinded = council::rescind(&acting.workspace, &acting.member, &motion).await?;
			invocation.format.print(&rescinded, text::rescinded)
		},
		CouncilCommand::Object { participant, account } => {
			let acting = Acting::open(invocation, &account).await?;
			let change = acting.council.change(participant)?;
			invocation.console.confirm(&format!("Object to the decision to {}?", change.words))?;
			let objected = council::object(&acting.workspace, &acting.member, &change).await?;
			invocation.format.print(&objected, text::objected)
		},
	}
}

/// What everybody may see.
async fn look(invocation: &Invocation) -> Result<Council, ClientError> {
	invocation.progress.step(&format!("asking {}", invocation.settings.node));
	let chain = ChainClient::connect(&invocation.settings.node).await?;
	let council = Council::read(&chain).await?;
	invocation.progress.finish();
	Ok(council)
}

/// A member at work.
struct Acting {
	workspace: Workspace,
	member: Member,
	council: Council,
}

impl Acting {
	async fn open(
		invocation: &Invocation,
		account: &ProviderAccount,
	) -> Result<Self, ClientError> {
		let workspace = invocation.workspace().await?;
		let account_key = provider_account(&workspace.key, &account.path)?;
		let council = Council::read(&workspace.chain).await?;
		let member = council.member(account_key)?;
		Ok(Self { workspace, member, council })
	}
}

async fn propose(
	invocation: &Invocation,
	acting: &Acting,
	call: AgendaCall,
) -> Result<(), ClientError> {
	let known = MotionCall::Known(call.clone());
	let words = acting.council.words.call(&call);
	let details = acting.council.words.details(&known);
	let at_once_with = acting.council.at_once_with(&known);
	invocation.progress.note(&text::proposal(&words, &details, at_once_with));
	invocation.console.confirm(&format!("Propose this as {}?", acting.member.seat.name))?;
	let proposed = council::propose(&acting.workspace, &acting.member, call).await?;
	invocation.format.print(&proposed, text::proposed)
}
