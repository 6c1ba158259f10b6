//! A light client (smoldot, on Node.js): it believes no node, verifies what they say itself, and runs the
//! chain's runtime on the best and the finalized block.

use std::{
	ffi::OsStr,
	fmt,
	fs::{self, File},
	path::{Path, PathBuf},
	process::{Command as Program, Stdio},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{bail, ensure, Context, Result};
use codec::{Decode, Encode};
use medrec_chain_client::ChainClient;
use medrec_primitives::{AccessRequest, Decision, Hash, Moment};
use serde_json::{json, Value};
use sp_crypto_hashing::twox_128;
use tokio::{
	io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
	process::{Child, ChildStdin, ChildStdout, Command},
	time::timeout,
};

use crate::{
	host::Host,
	json::{list, member, number, text},
	node_command,
	wait::until,
};

/// The client's sources.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/light-client");

/// How long one answer may take: a block's runtime may have to be fetched and compiled for it, and peers
/// found anew.
const ANSWER: Duration = Duration::from_secs(90);

/// How long it may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// The client's program with what it needs of npm, in a folder of its own, so that the sources stay clean.
#[derive(Clone, Debug)]
pub struct Installed {
	folder: PathBuf,
	/// Node.js, by its path.
	node: PathBuf,
}

impl Installed {
	/// Install it in a new folder inside that one.
	pub fn install(folder: &Path) -> Result<Self> {
		let folder = folder.join("light-client");
		fs::create_dir_all(&folder)?;
		for file in ["package.json", "package-lock.json", "chain-head.mjs", "light-client.mjs"] {
			fs::copy(Path::new(SOURCES).join(file), folder.join(file))?;
		}
		run("npm", ["ci", "--no-audit", "--no-fund"], &folder)?;
		let node = run("node", ["-p", "process.execPath"], &folder)?;
		Ok(Self { node: node.trim().into(), folder })
	}
}

/// Run a program to its end; gives what it printed.
fn run<S: AsRef<OsStr>>(
	program: &str,
	arguments: impl IntoIterator<Item = S>,
	folder: &Path,
) -> Result<String> {
	let output = Program::new(program)
		.args(arguments)
		.current_dir(folder)
		.output()
		.with_context(|| format!("{program} is not installed: cargo xtask setup"))?;
	let complaint = String::from_utf8_lossy(&output.stderr);
	ensure!(output.status.success(), "{program}: {}\n{complaint}", output.status);
	Ok(String::from_utf8(output.stdout)?)
}

/// Where a light client begins.
#[derive(Clone, Debug)]
pub struct Start(Value);

impl Start {
	/// At the genesis block of a chain: the name of a preset, or the path of a chain spec.
	pub async fn at_genesis(chain: &str) -> Result<Self> {
		let spec = node_command::succeed(["export-chain-spec", "--raw", "--chain", chain]).await?;
		let spec: Value = serde_json::from_str(&spec)?;
		Ok(Self(json!({ "chainSpec": spec })))
	}

	/// At a checkpoint, as the node's `export-checkpoint` prints it.
	pub fn at_checkpoint(printed: &str) -> Result<Self> {
		Ok(Self(serde_json::from_str(printed).context("a checkpoint is JSON")?))
	}

	/// At the checkpoint that the last final block in a node's database is. The node has to be stopped.
	pub async fn at_last_final_block(chain: &str, base_path: &Path) -> Result<Self> {
		let base_path = base_path.to_str().context("a path is text")?;
		let export = ["export-checkpoint", "--chain", chain, "--base-path", base_path];
		Self::at_checkpoint(&node_command::succeed(export).await?)
	}
}

/// A block that a light client has verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
	/// Its hash.
	pub hash: Hash,
	/// Its height.
	pub number: u32,
	/// Version of its runtime.
	pub spec_version: u32,
}

/// What a light client knows of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
	/// The best block; `None` until it has found the head of the chain.
	pub best: Option<Block>,
	/// The finalized block.
	pub finalized: Option<Block>,
}

/// The same asked of two blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnBoth<T> {
	/// The best block, and what it answered.
	pub best: (Block, T),
	/// The finalized block, and what it answered.
	pub finalized: (Block, T),
}

/// How a light client decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// What both blocks allow, or the reason why one of them does not, the best block's first.
	Decided(Decision),
	/// The finalized block is older than the chain says that it may be: nobody decides on it.
	Stale {
		/// Its age.
		age: Duration,
		/// The limit.
		limit: Duration,
	},
	/// No peer gave what a decision needs, so there is none. So it is for a while after peers said what it
	/// could not verify: it leaves them alone.
	Unanswered,
}

/// No peer answered a light client.
#[derive(Debug)]
pub struct Unanswered {
	client: String,
	why: String,
}

impl fmt::Display for Unanswered {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(formatter, "{} does not know: {}", self.client, self.why)
	}
}

impl std::error::Error for Unanswered {}

/// What functions of the runtime's API answered on a block, and the values of storage keys in its state.
#[derive(Debug)]
struct Read {
	block: Block,
	calls: Vec<Vec<u8>>,
	values: Vec<Vec<u8>>,
}

impl Block {
	/// From what the client prints of a block.
	fn from_printed(printed: &Value) -> Result<Self> {
		Ok(Self {
			hash: serde_json::from_value(member(printed, "/hash")?.clone())?,
			number: u32::try_from(number(printed, "/number")?)?,
			spec_version: u32::try_from(number(printed, "/specVersion")?)?,
		})
	}
}

impl Read {
	/// From what the client prints of a block that was read from.
	fn from_printed(printed: &Value) -> Result<Self> {
		let encoded = |pointer: &str| -> Result<Vec<Vec<u8>>> {
			list(printed, pointer)?.iter().map(|value| bytes(text(value, "")?)).collect()
		};
		Ok(Self {
			block: Block::from_printed(printed)?,
			calls: encoded("/calls")?,
			values: encoded("/values")?,
		})
	}

	/// The answer to the call of that index.
	fn call<T: Decode>(&self, at: usize) -> Result<T> {
		decode(self.calls.get(at))
	}
}

/// A value as the runtime encodes it.
fn decode<T: Decode>(encoded: Option<&Vec<u8>>) -> Result<T> {
	let encoded = encoded.context("an answer to each question")?;
	Ok(T::decode(&mut encoded.as_slice())?)
}

/// A running light client. It ends when this value is dropped, and when the starting process dies in any
/// other way, because its standard input then does.
#[derive(Debug)]
pub struct LightClient {
	name: String,
	child: Child,
	questions: ChildStdin,
	answers: Lines<BufReader<ChildStdout>>,
	asked: u64,
	log: PathBuf,
}

impl LightClient {
	/// Start a light client at a host. It knows the chain from `start`, and of its peers the addresses
	/// `nodes` (`/ip4/…/tcp/…/p2p/…`, or the same with `/ws`). Its log is `NAME.log` in that folder.
	pub fn start(
		installed: &Installed,
		name: &str,
		host: &Host,
		folder: &Path,
		start: &Start,
		nodes: &[String],
	) -> Result<Self> {
		let mut start = start.clone();
		start.0["chainSpec"]["bootNodes"] = json!(nodes);
		let file = folder.join(format!("{name}.start.json"));
		fs::write(&file, start.0.to_string())?;
		let log = folder.join(format!("{name}.log"));
		let node = installed.node.to_str().context("the path of Node.js is text")?;
		let mut command = Command::from(host.command(node)?);
		command
			.arg(installed.folder.join("light-client.mjs"))
			.arg(&file)
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.stderr(File::create(&log)?)
			// Ctrl-C in a terminal is for the starting process alone.
			.process_group(0)
			.kill_on_drop(true);
		let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
		let questions = child.stdin.take().context("its standard input is a pipe")?;
		let answers = child.stdout.take().context("its standard output is a pipe")?;
		let answers = BufReader::new(answers).lines();
		Ok(Self { name: name.to_owned(), child, questions, answers, asked: 0, log })
	}

	/// Everything that it logged so far.
	pub fn log(&self) -> String {
		let bytes = fs::read(&self.log).unwrap_or_default();
		String::from_utf8_lossy(&bytes).into_owned()
	}

	/// The end of its log, for messages.
	fn last_words(&self) -> String {
		let log = self.log();
		let lines: Vec<_> = log.lines().collect();
		lines[lines.len().saturating_sub(15)..].join("\n")
	}

	async fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
		self.asked += 1;
		let question = json!({ "id": self.asked, "method": method, "params": params });
		let answered = timeout(ANSWER, async {
			self.questions.write_all(format!("{question}\n").as_bytes()).await?;
			self.answers.next_line().await
		});
		let line = match answered.await {
			Ok(Ok(Some(line))) => line,
			Ok(Ok(None)) => bail!("{} ended:\n{}", self.name, self.last_words()),
			Ok(Err(error)) => bail!("{} ended ({error}):\n{}", self.name, self.last_words()),
			Err(_) => bail!("{} does not answer:\n{}", self.name, self.last_words()),
		};
		let mut answer: Value = serde_json::from_str(&line)?;
		ensure!(answer["id"] == self.asked, "{} answered something else: {line}", self.name);
		if let Some(error) = answer["error"].as_str() {
			if answer["unanswered"] == true {
				return Err(Unanswered { client: self.name.clone(), why: error.to_owned() }.into());
			}
			bail!("{} does not know: {error}", self.name);
		}
		Ok(answer["result"].take())
	}

	/// What it knows of the chain.
	pub async fn status(&mut self) -> Result<Status> {
		let printed = self.ask("status", Value::Null).await?;
		let block = |pointer: &str| match member(&printed, pointer)? {
			Value::Null => Ok(None),
			block => Block::from_printed(block).map(Some),
		};
		Ok(Status { best: block("/best")?, finalized: block("/finalized")? })
	}

	/// Wait until it knows a block of that height or above as final. Gives the highest.
	pub async fn finalizes(&mut self, number: u32, limit: Duration) -> Result<Block> {
		let what = format!("{} to know block {number} as final", self.name);
		let reached = until(&what, limit, async || {
			Ok(self.status().await?.finalized.filter(|block| block.number >= number))
		})
		.await;
		reached.with_context(|| format!("the end of its log:\n{}", self.last_words()))
	}

	/// Ask functions of the runtime's API and storage keys of both blocks.
	async fn read(&mut self, calls: &[(&str, Vec<u8>)], keys: &[Vec<u8>]) -> Result<OnBoth<Read>> {
		let calls: Vec<_> = calls.iter().map(|(name, args)| json!([name, hex(args)])).collect();
		let keys: Vec<_> = keys.iter().map(|key| hex(key)).collect();
		let answer = self.ask("read", json!({ "calls": calls, "keys": keys })).await?;
		let read = |pointer: &str| -> Result<_> {
			let read = Read::from_printed(member(&answer, pointer)?)?;
			Ok((read.block, read))
		};
		Ok(OnBoth { best: read("/best")?, finalized: read("/finalized")? })
	}

	/// Run a function of the runtime's API, with encoded arguments, on the best and the finalized block.
	pub async fn call(&mut self, function: &str, arguments: Vec<u8>) -> Result<OnBoth<Vec<u8>>> {
		let OnBoth { best, finalized } = self.read(&[(function, arguments)], &[]).await?;
		let first = |(block, read): (Block, Read)| {
			let answer = read.calls.into_iter().next().context("an answer to each question")?;
			Ok::<_, anyhow::Error>((block, answer))
		};
		Ok(OnBoth { best: first(best)?, finalized: first(finalized)? })
	}

	/// The same, and compare with what a full node answers on the same two blocks.
	pub async fn agrees(
		&mut self,
		chain: &ChainClient,
		function: &str,
		arguments: Vec<u8>,
	) -> Result<OnBoth<Vec<u8>>> {
		let encoded = hex(&arguments);
		let read = self.call(function, arguments).await?;
		for (block, own) in [&read.best, &read.finalized] {
			let question = vec![json!(function), json!(encoded), json!(block.hash)];
			let theirs = until("the node to know the light client's block", ANSWER, async || {
				Ok(Some(chain.request::<String>("state_call", question.clone()).await?))
			})
			.await?;
			ensure!(
				bytes(&theirs)? == *own,
				"{function} on block {}: {} by {}, {theirs} by the node",
				block.number,
				hex(own),
				self.name
			);
		}
		Ok(read)
	}

	/// Decide a question: allowed only if both blocks allow it, and not decided if the finalized block is
	/// older than the chain says that it may be.
	pub async fn check_access(&mut self, request: &AccessRequest) -> Result<Verdict> {
		let now = now()?;
		let calls = [
			("MedrecApi_check_access", (request, now).encode()),
			("MedrecApi_staleness_limit", Vec::new()),
		];
		let time = [twox_128(b"Timestamp"), twox_128(b"Now")].concat();
		let read = match self.read(&calls, &[time]).await {
			Err(error) if error.is::<Unanswered>() => return Ok(Verdict::Unanswered),
			read => read?,
		};
		let OnBoth { best: (_, best), finalized: (_, finalized) } = read;
		let age = now.saturating_sub(decode(finalized.values.first())?);
		let limit: Moment = finalized.call(1)?;
		if age > limit {
			let [age, limit] = [age, limit].map(Duration::from_millis);
			return Ok(Verdict::Stale { age, limit });
		}
		let (best, finalized): (Decision, Decision) = (best.call(0)?, finalized.call(0)?);
		let denied_by_finalized = best.is_allowed() && !finalized.is_allowed();
		Ok(Verdict::Decided(if denied_by_finalized { finalized } else { best }))
	}

	/// Have it end, and wait until it has.
	pub async fn stop(self) -> Result<()> {
		let Self { name, mut child, questions, .. } = self;
		drop(questions);
		let status = timeout(GRACE, child.wait()).await;
		let status = status.with_context(|| format!("{name} does not end"))??;
		ensure!(status.success(), "{name} ended with {status}");
		Ok(())
	}
}

/// Milliseconds since 1970.
fn now() -> Result<Moment> {
	Ok(Moment::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

fn hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn bytes(digits: &str) -> Result<Vec<u8>> {
	Ok(hex::decode(digits.trim_start_matches("0x"))?)
}
