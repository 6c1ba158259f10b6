//! What operators rely on: the commands and units of the deployment guide, the metrics, and that dashboard
//! and alert rules ask for metrics that there are.

use std::{
	collections::BTreeSet,
	fs,
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};

use anyhow::{ensure, Result};
use medrec_chain_client::{ChainError, MedrecApiClient};
use medrec_primitives::Purpose;
use medrec_tests::{
	consortium::{
		exec_start, Consortium, Member, Peering, NAMES, NODE_UNIT, PRIVATE, STALENESS_LIMIT,
	},
	exposition::{scrape, selectors, value, Sample, Selector},
	programs,
	wait::until,
};
use serde_json::{json, Value};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// How long something may take to show in the metrics.
const NOTICE: Duration = Duration::from_secs(90);

fn file(path: &str) -> PathBuf {
	Path::new(REPOSITORY).join(path)
}

fn text(path: &str) -> String {
	fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Expressions of the alert rules, each with the line that it stands in.
fn rule_expressions() -> Vec<String> {
	let rules = text("deploy/prometheus/alerts.yml");
	let found: Vec<_> = rules
		.lines()
		.filter_map(|line| line.trim().strip_prefix("expr: "))
		.map(str::to_owned)
		.collect();
	let alerts = rules.lines().filter(|line| line.trim().starts_with("- alert:")).count();
	assert_eq!(found.len(), alerts, "an expression does not stand in one line");
	assert!(alerts > 0);
	found
}

/// Expressions of the dashboard.
fn dashboard_expressions() -> Vec<String> {
	fn collect(value: &Value, found: &mut Vec<String>) {
		match value {
			Value::Object(fields) => {
				for (name, value) in fields {
					match value.as_str() {
						Some(text) if name == "expr" => found.push(text.to_owned()),
						// `label_values(METRIC, LABEL)`
						Some(text) if name == "query" && text.starts_with("label_values(") => {
							let argument = text.trim_start_matches("label_values(");
							found.extend(argument.split(',').next().map(str::to_owned));
						},
						_ => collect(value, found),
					}
				}
			},
			Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
			_ => {},
		}
	}
	let dashboard = serde_json::from_str(&text("deploy/grafana/medrec.json")).expect("JSON");
	let mut found = Vec::new();
	collect(&dashboard, &mut found);
	assert!(!found.is_empty());
	found
}

/// Does what makes the node export the series that come with use: requests, among them refused ones.
async fn use_rpc(member: &Member) -> Result<()> {
	let chain = member.chain().await?;
	let refused: Result<Value, _> =
		chain.request("author_submitExtrinsic", vec!["0x00".into()]).await;
	ensure!(refused.is_err(), "an extrinsic of one byte was taken");
	chain.rpc().await?.authorities().await?;
	Ok(())
}

/// Whether there is a series that is asked for. That of panics begins with the first one: there it is enough
/// that the metric has the label.
fn is_exported(selector: &Selector, samples: &[Sample]) -> bool {
	let mut selector = selector.clone();
	if selector.name == "substrate_tasks_ended_total" {
		for matcher in &mut selector.matchers {
			if matcher.value == "panic" {
				matcher.value = "finished".into();
			}
		}
	}
	samples.iter().any(|sample| selector.selects(sample))
}

/// A metric that neither dashboard nor rules would find is a gap that shows when it is needed most.
async fn dashboard_and_rules_find_their_metrics(member: &Member) -> Result<()> {
	let asked: Vec<Selector> = rule_expressions()
		.iter()
		.chain(&dashboard_expressions())
		.flat_map(|expression| selectors(expression))
		// What Prometheus itself says about a scrape.
		.filter(|selector| selector.name != "up")
		.collect();
	until("everything that dashboard and rules ask for", NOTICE, async || {
		let samples = scrape(&member.metrics).await?;
		let missing: BTreeSet<_> = asked
			.iter()
			.filter(|selector| !is_exported(selector, &samples))
			.map(|selector| format!("{selector:?}"))
			.collect();
		ensure!(missing.is_empty(), "not exported: {missing:#?}");
		Ok(Some(()))
	})
	.await
}

async fn a_healthy_network_looks_healthy(members: &[Member]) -> Result<()> {
	for member in members {
		member.becomes("medrec_access_available", |value| value == 1.0).await?;
		member.becomes("medrec_is_authority", |value| value == 1.0).await?;
		member.becomes("medrec_authorities", |value| value == NAMES.len() as f64).await?;
		member.becomes("substrate_sync_peers", |value| value >= 3.0).await?;
		member
			.becomes("medrec_clock_difference_seconds", |value| (-0.5..3.0).contains(&value))
			.await?;
		// Each provider's turns are told apart, and a node knows which are its own.
		for name in NAMES {
			let own = name == member.name;
			let authored =
				format!("medrec_slots_authored_total{{provider=\"{name}\",own=\"{own}\"}}");
			member.becomes(&authored, |value| value >= 1.0).await?;
		}
	}
	Ok(())
}

/// An open node takes a stranger as a peer, the private one does not.
async fn private_peering_keeps_a_stranger_out(network: &Consortium, folder: &Path) -> Result<()> {
	let mut stranger = network.start_stranger(&folder.join("stranger")).await?;
	let others = network.members.len() as f64 - 1.0;
	for (number, member) in network.members.iter().enumerate() {
		let wanted = if number == PRIVATE { others } else { others + 1.0 };
		member.becomes("substrate_sync_peers", |peers| peers == wanted).await?;
	}
	stranger.becomes("substrate_sync_peers", |peers| peers == others).await?;
	stranger.stop()
}

/// Both the metric and JSON-RPC say why nothing is decided.
async fn says_why_it_does_not_decide(member: &Member) -> Result<()> {
	member.becomes("medrec_finality_lag_seconds", |value| value > STALENESS_LIMIT as f64).await?;
	member.becomes("medrec_access_available", |value| value == 0.0).await?;
	member
		.becomes("medrec_access_unavailable{reason=\"finalityStale\"}", |value| value == 1.0)
		.await?;
	member.becomes("medrec_finality_lag_blocks", |value| value >= 3.0).await?;
	let chain = member.chain().await?;
	let question = json!({
		"actor": 0, "onBehalfOf": 0, "relationship": 0, "purpose": Purpose::Treatment
	});
	let error = chain.request::<Value>("medrec_checkAccess", vec![question]).await.unwrap_err();
	let told = format!("{error:?}");
	ensure!(told.contains("-32010") && told.contains("finalityStale"), "{told}");
	Ok(())
}

#[tokio::test]
async fn a_consortium_is_set_up_watched_and_loses_nodes() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut network =
		Consortium::start(folder.path(), Peering::Named).await.expect("the guide's commands work");
	let (watcher, silent) = (&network.members[0], &network.members[3]);

	// What may go to the world behind a TLS proxy holds nothing that changes the node.
	let chain = watcher.chain().await.unwrap();
	let unsafe_call = chain.request::<Value>("author_rotateKeys", Vec::new()).await;
	assert!(matches!(unsafe_call, Err(ChainError::OperatorOnly { .. })), "{unsafe_call:?}");
	let identity: String = chain.request("system_localPeerId", Vec::new()).await.unwrap();
	assert_eq!(identity, watcher.peer_id());

	use_rpc(watcher).await.unwrap();
	a_healthy_network_looks_healthy(&network.members).await.unwrap();
	dashboard_and_rules_find_their_metrics(watcher).await.unwrap();

	private_peering_keeps_a_stranger_out(&network, folder.path()).await.unwrap();

	// One of four is lost: its slots are missed, and finality goes on.
	let missed = format!("medrec_slots_missed_total{{provider=\"{}\"}}", silent.name);
	let before = value(&scrape(&watcher.metrics).await.unwrap(), &missed).expect("the series");
	network.members[3].kill().unwrap();
	let watcher = &network.members[0];
	watcher.becomes(&missed, |now| now >= before + 2.0).await.unwrap();
	watcher.becomes("medrec_access_available", |value| value == 1.0).await.unwrap();

	// Two of four are lost: finality stops.
	network.members[2].kill().unwrap();
	says_why_it_does_not_decide(&network.members[0]).await.unwrap();

	// Both come back, and all is well without a hand.
	for number in [2, 3] {
		network.start_member(number).await.unwrap();
	}
	network.finalizes().await.expect("finality goes on");
	for member in &network.members {
		member.becomes("medrec_access_available", |value| value == 1.0).await.unwrap();
	}
	for member in &mut network.members {
		member.stop().expect("the node ends when asked");
	}
}

/// Every flag that the guide and the units use is one that the program has.
#[tokio::test]
async fn the_guides_commands_have_the_flags_that_they_use() {
	let guide = text("docs/deployment.md");
	let mut commands: Vec<Vec<String>> = Vec::new();
	let mut in_shell = false;
	for line in guide.replace("\\\n", " ").lines() {
		if line.starts_with("```") {
			in_shell = line.trim_end() == "```sh";
		} else if in_shell {
			let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
			let program = words.iter().position(|word| {
				["medrec-node", "medrec-gatekeeper", "medrec"]
					.contains(&word.rsplit('/').next().unwrap_or(""))
			});
			commands.extend(program.map(|start| words[start..].to_vec()));
		}
	}
	assert!(commands.len() > 10, "the guide has lost its commands: {commands:?}");
	commands.push(exec_start(&fs::read_to_string(NODE_UNIT).unwrap()).unwrap());
	commands.push(exec_start(&text("deploy/systemd/medrec-gatekeeper.service")).unwrap());
	commands.push(
		["medrec-node".to_owned()]
			.into_iter()
			.chain(text("deploy/systemd/node.env").split(['"', ' ']).map(str::to_owned))
			.collect(),
	);

	for command in commands {
		let program = programs::find(command[0].rsplit('/').next().unwrap()).unwrap();
		// `key generate`, `serve`: words before the first flag that name a subcommand.
		let mut named: Vec<&str> = Vec::new();
		let mut help = help_of(&program, &named);
		for word in command[1..].iter().take_while(|word| word.as_str() != "|") {
			if word.starts_with("--") {
				let flag = word.split('=').next().unwrap();
				assert!(
					help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
						.any(|it| it == flag),
					"{} {} has no {flag}: {command:?}",
					program.display(),
					named.join(" ")
				);
			} else if is_subcommand(&help, word) {
				named.push(word);
				help = help_of(&program, &named);
			}
		}
	}
}

fn help_of(program: &Path, subcommand: &[&str]) -> String {
	let output = Command::new(program).args(subcommand).arg("--help").output().expect("it runs");
	assert!(output.status.success(), "{} {subcommand:?} --help", program.display());
	String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a help lists a word under its commands.
fn is_subcommand(help: &str, word: &str) -> bool {
	help.lines()
		.skip_while(|line| *line != "Commands:")
		.skip(1)
		.take_while(|line| !line.is_empty())
		.any(|line| line.starts_with("  ") && line.split_whitespace().next() == Some(word))
}

/// Whether a program is there; tells that what needs it is left out, if not.
fn is_there(program: &str, without: &str) -> bool {
	let there = Command::new(program).arg("--version").output().is_ok();
	if !there {
		eprintln!("{program} is not installed: {without} is left out");
	}
	there
}

fn check(command: &mut Command) {
	let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
	assert!(
		output.status.success(),
		"{command:?}: {}\n{}{}",
		output.status,
		String::from_utf8_lossy(&output.stdout),
		String::from_utf8_lossy(&output.stderr)
	);
}

#[test]
fn prometheus_understands_rules_and_configuration() {
	// What can be seen without its own tool: every expression asks for something.
	for expression in rule_expressions().iter().chain(&dashboard_expressions()) {
		assert!(!selectors(expression).is_empty(), "{expression}");
	}
	if is_there("promtool", "checking the rules") {
		for what in [
			["check", "rules", "alerts.yml"],
			["check", "config", "prometheus.yml"],
			["test", "rules", "alerts.test.yml"],
		] {
			check(Command::new("promtool").args(what).current_dir(file("deploy/prometheus")));
		}
	}
}

/// The units are as tight as `systemd-analyze security` can tell: 0 is all that there is, 10 is nothing.
#[test]
fn systemd_understands_the_units_and_finds_them_hardened() {
	let folder = tempfile::tempdir().unwrap();
	for program in ["medrec-node", "medrec-gatekeeper"] {
		let unit = text(&format!("deploy/systemd/{program}.service"));
		for line in ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="] {
			assert!(unit.lines().any(|it| it == line), "{program}.service has no {line}");
		}
		let built = programs::find(program).unwrap().display().to_string();
		let unit = unit.replace(&format!("/usr/local/bin/{program}"), &built);
		fs::write(folder.path().join(format!("{program}.service")), unit).unwrap();
	}
	if is_there("systemd-analyze", "checking the units") {
		for program in ["medrec-node", "medrec-gatekeeper"] {
			let unit = folder.path().join(format!("{program}.service"));
			check(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit));
			check(
				Command::new("systemd-analyze")
					.args(["security", "--offline=yes", "--threshold=20"])
					.arg(&unit),
			);
		}
	}
}
