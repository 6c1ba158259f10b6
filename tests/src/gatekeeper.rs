//! A gatekeeper beside its database.

use std::{
	fs,
	net::TcpListener,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Command, Output},
	time::Duration,
};

use anyhow::{bail, Context, Result};
use medrec_chain_client::calls;
use medrec_protocol::{account::AccountKey, signature::Scheme};
use serde_json::Value;

use crate::{
	exposition, host::Host, network::Node, process::Process, provider::Provider, wait::until,
};

/// How long a gatekeeper may take to be ready.
const START: Duration = Duration::from_secs(120);

/// Name that the staff's commands give.
const STAFF: &str = "reception";

/// A provider's gatekeeper: its folder, and its process while it runs.
#[derive(Debug)]
pub struct Gatekeeper {
	/// Whose it is.
	pub provider: Provider,
	/// Origin that clients see.
	pub origin: String,
	/// Address of metrics and health.
	pub admin: String,
	host: Host,
	folder: PathBuf,
	/// Its configuration, without what was added to it.
	configuration: String,
	process: Option<Process>,
}

/// A port that was free a moment ago. Someone else may take it before it is used; then the start fails
/// and says so.
pub fn free_port() -> Result<u16> {
	Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Write a file that its owner alone may read.
pub fn write_secret(path: &Path, secret: &str) -> Result<()> {
	fs::write(path, format!("{secret}\n"))?;
	Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

impl Gatekeeper {
	/// Write the configuration, make the databases, and put the endpoint on the chain. It runs on its
	/// node's host.
	pub async fn set_up(provider: Provider, node: &Node, folder: &Path) -> Result<Self> {
		Self::set_up_with(provider, node, folder, "").await
	}

	/// The same, with these lines at the end of the configuration.
	pub async fn set_up_with(
		provider: Provider,
		node: &Node,
		folder: &Path,
		more: &str,
	) -> Result<Self> {
		let folder = folder.join(format!("gatekeeper-{}", provider.key.to_lowercase()));
		fs::create_dir_all(&folder)?;
		let (port, admin_port) = (free_port()?, free_port()?);
		let origin = format!("http://127.0.0.1:{port}");
		let host = node.host.clone();
		let admin = format!("{}:{admin_port}", host.operator);
		write_secret(&folder.join("operator.key"), &provider.operator_secret())?;
		write_secret(&folder.join("gatekeeper.key"), &provider.gatekeeper_secret())?;
		let configuration = format!(
			"listen = \"127.0.0.1:{port}\"\n\
			 admin_listen = \"{admin}\"\n\
			 public_origin = \"{origin}\"\n\
			 provider = {}\n\
			 node = \"{}\"\n\
			 data_dir = \"data\"\n\
			 operator_key_file = \"operator.key\"\n\
			 gatekeeper_key_file = \"gatekeeper.key\"\n",
			provider.participant,
			node.local_url()?
		);
		let gatekeeper =
			Self { provider, origin, admin, host, folder, configuration, process: None };
		gatekeeper.configure(more)?;
		gatekeeper.staff(&["init"])?;

		let key = AccountKey::from_secret_uri(&provider.secret(), Scheme::Sr25519)?;
		let chain = node.chain().await?;
		chain
			.submit(&calls::set_endpoint(&gatekeeper.origin), &key)
			.await?
			.finalized()
			.await
			.with_context(|| format!("{} could not set its endpoint", provider.name))?;
		Ok(gatekeeper)
	}

	/// Write the configuration again, with these lines at its end. It counts from the next start.
	pub fn configure(&self, more: &str) -> Result<()> {
		Ok(fs::write(self.config_file(), format!("{}{more}", self.configuration))?)
	}

	/// Its configuration file.
	pub fn config_file(&self) -> PathBuf {
		self.folder.join("gatekeeper.toml")
	}

	fn command(&self) -> Result<Command> {
		let mut command = self.host.command("medrec-gatekeeper")?;
		command.env_remove("MEDREC_GATEKEEPER_CONFIG").arg("--config").arg(self.config_file());
		Ok(command)
	}

	fn output(&self, arguments: &[&str]) -> Result<Output> {
		self.command()?
			.args(["--json"])
			.args(arguments)
			.env("MEDREC_STAFF", STAFF)
			.output()
			.context("cannot run medrec-gatekeeper")
	}

	/// Run a command of the provider's staff; gives what it printed, as JSON.
	pub fn staff(&self, arguments: &[&str]) -> Result<Value> {
		let output = self.output(arguments)?;
		if !output.status.success() {
			bail!(
				"medrec-gatekeeper {} of {}: {}",
				arguments.join(" "),
				self.provider.name,
				String::from_utf8_lossy(&output.stderr).trim()
			);
		}
		if output.stdout.trim_ascii().is_empty() {
			return Ok(Value::Null);
		}
		serde_json::from_slice(&output.stdout)
			.with_context(|| format!("medrec-gatekeeper {} printed no JSON", arguments.join(" ")))
	}

	/// Import the records that the project makes for `mercy` or `lakeside`, under this local patient id.
	pub fn import_sample(&self, sample: &str, patient: &str) -> Result<()> {
		let out = self.folder.join(format!("sample-{sample}-{patient}"));
		let out = out.to_str().context("a path is text")?;
		self.staff(&["sample", "--provider", sample, "--patient", patient, out])?;
		self.staff(&["import", out])?;
		Ok(())
	}

	/// Start the server and wait until it is ready.
	pub async fn start(&mut self) -> Result<()> {
		let mut command = self.command()?;
		command.arg("serve");
		let log = self.folder.join("gatekeeper.log");
		let name = format!("gatekeeper of {}", self.provider.name);
		let mut process = Process::start(&name, &mut command, &log)?;
		let admin = self.admin.clone();
		let ready =
			until("the gatekeeper", START, async || Ok(is_ready(&admin).await?.then_some(())));
		let result = ready.await;
		process.ensure_running()?;
		result?;
		self.process = Some(process);
		Ok(())
	}

	/// Stop the server.
	pub fn stop(&mut self) -> Result<()> {
		self.process.take().map_or(Ok(()), Process::stop)
	}

	/// Kill the server as a power cut would.
	pub fn kill(&mut self) -> Result<()> {
		self.process.take().map_or(Ok(()), Process::kill)
	}

	/// Id of its process, while it runs.
	pub fn process_id(&self) -> Option<u32> {
		self.process.as_ref().map(Process::id)
	}
}

/// Whether `/readyz` answers with success.
async fn is_ready(admin: &str) -> Result<bool> {
	Ok(exposition::get(admin, "/readyz").await?.split(' ').nth(1) == Some("200"))
}
