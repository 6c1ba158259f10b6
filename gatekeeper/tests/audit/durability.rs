//! A process that is killed in the middle of its work has lost nothing that it acknowledged.

use super::*;
use medrec_gatekeeper::{
	audit::{Event, EventKind, Evidence},
	store::{EnrolmentId, EnrolmentStatus, NewCode, NonceError, MAX_PAGE},
};
use sha2::{Digest, Sha256};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection};
use std::{
	collections::HashSet,
	io::{BufRead, BufReader, Write},
	process::{Command, Stdio},
};

/// Set in the process that is killed: the folder of its store.
const FOLDER: &str = "MEDREC_TEST_KILLED_FOLDER";

/// This test, by which the process that is killed is started.
const TEST: &str = "durability::kill_under_load_loses_nothing_that_was_acknowledged";

const WORKERS: u64 = 24;

fn session_key(worker: u64) -> String {
	format!("session key of worker {worker}")
}

#[test]
fn kill_under_load_loses_nothing_that_was_acknowledged() {
	if let Some(folder) = std::env::var_os(FOLDER) {
		return work_until_killed(Path::new(&folder));
	}
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut receipts = Vec::new();
	let mut nonces = Vec::new();
	let mut codes = Vec::new();
	// Killed at different points of its life, each time on what the one before left.
	for acknowledgements in [1, 40, 450, 7, 250, 1_000] {
		let lines = kill_after(folder.path(), acknowledgements);
		assert!(lines.len() >= acknowledgements);
		for line in lines {
			match line.split_once(' ') {
				Some(("receipt", receipt)) => {
					receipts.push(Receipt::from_header_value(receipt).expect("a receipt"))
				},
				Some(("nonce", nonce)) => nonces.push(nonce.to_owned()),
				Some(("code", code)) => codes.push(code.to_owned()),
				_ => panic!("no acknowledgement: {line}"),
			}
		}
		runtime().block_on(check(folder.path(), &receipts, &nonces, &codes));
	}
	assert!(receipts.len() > 500, "{} receipts", receipts.len());
}

fn runtime() -> tokio::runtime::Runtime {
	tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Start a process that works, kill it (SIGKILL) after so many acknowledgements, and return all that
/// it had given by then.
fn kill_after(folder: &Path, acknowledgements: usize) -> Vec<String> {
	let mut child = Command::new(std::env::current_exe().expect("this test has a file"))
		.args(["--exact", TEST, "--nocapture"])
		.env(FOLDER, folder)
		.stdout(Stdio::piped())
		.stderr(Stdio::inherit())
		.spawn()
		.expect("this test starts again");
	let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
	let mut lines = Vec::new();
	let mut killed = false;
	loop {
		let mut line = String::new();
		if output.read_line(&mut line).expect("readable") == 0 {
			break;
		}
		// A line that the kill cut short was not given.
		if let Some(line) = line.strip_suffix('\n').filter(|line| is_acknowledgement(line)) {
			lines.push(line.to_owned());
		}
		if lines.len() == acknowledgements && !killed {
			child.kill().expect("it is running");
			killed = true;
		}
	}
	let status = child.wait().expect("it ends");
	assert!(killed && !status.success(), "it ended by itself: {status}");
	lines
}

/// The test harness prints lines of its own.
fn is_acknowledgement(line: &str) -> bool {
	["receipt ", "nonce ", "code "].iter().any(|what| line.starts_with(what))
}

async fn check(folder: &Path, receipts: &[Receipt], nonces: &[String], codes: &[String]) {
	let log = open_at(folder).await;
	check_codes(&log, codes).await;
	let evidence = Evidence { receipts: receipts.to_vec(), ..Evidence::default() };
	let verified = log.verify(&evidence).await.expect("every receipt's entry is there");
	assert!(verified.entries >= 2 * receipts.len() as u64);
	for nonce in nonces {
		let worker = nonce.split_once('/').and_then(|(worker, _)| worker.parse().ok());
		let key = session_key(worker.expect("a worker's nonce"));
		let taken = log.store().take_nonce(&key, nonce.as_bytes(), NOW + 60_000, NOW).await;
		assert_eq!(taken, Err(NonceError::AlreadyUsed), "{nonce}");
	}
	checkpoints::close(log).await;
}

/// Each code has its entry in the log and each entry its code, wherever the kill came in between.
async fn check_codes(log: &AuditLog, codes: &[String]) {
	let ids: HashSet<_> = codes.iter().map(String::as_str).collect();
	let (mut issued, mut found, mut after) = (0, 0, None);
	loop {
		let page = log.store().enrolments(&EnrolmentStatus::ALL, after, MAX_PAGE).await;
		let page = page.expect("readable");
		let Some(last) = page.last() else { break };
		after = Some(last.id);
		issued += page.len();
		found += page.iter().filter(|code| ids.contains(code.id.to_string().as_str())).count();
	}
	assert_eq!(found, ids.len(), "every code that was given is there");
	let options = SqliteConnectOptions::new().filename(log.store().path()).read_only(true);
	let mut connection = options.connect().await.expect("opens");
	let events: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_keys WHERE kind = 'event'")
		.fetch_one(&mut connection)
		.await
		.expect("readable");
	connection.close().await.expect("closes");
	assert_eq!(issued as i64, events);
}

async fn issue(log: &AuditLog, name: &str) -> EnrolmentId {
	let code = NewCode {
		secret_hash: Hash::from(<[u8; 32]>::from(Sha256::digest(name))),
		local_patient: "alice-example".parse().expect("an id"),
		staff: "front desk".into(),
		expires_at: NOW + 86_400_000,
	};
	let issued = log.store().issue_code(code, NOW).logged(log, |id| {
		Some(Event {
			at: NOW,
			kind: EventKind::CodeIssued,
			staff: None,
			relationship: None,
			detail: Some(format!("enrolment {id}")),
		})
	});
	issued.await.expect("fresh")
}

fn work_until_killed(folder: &Path) {
	runtime().block_on(async {
		let log = open_at(folder).await;
		let round = std::process::id();
		let workers: Vec<_> = (0..WORKERS)
			.map(|worker| {
				let log = log.clone();
				tokio::spawn(async move {
					for number in 0_u64.. {
						let nonce = format!("{worker}/{round}/{number}");
						log.store()
							.take_nonce(&session_key(worker), nonce.as_bytes(), NOW + 60_000, NOW)
							.await
							.expect("fresh");
						acknowledge("nonce", &nonce);
						acknowledge("code", &issue(&log, &nonce).await.to_string());
						let receipt = access(&log, worker, number).await;
						acknowledge("receipt", &receipt.header_value());
						if number % 16 == 0 {
							log.checkpoint(NOW + number).await.expect("signed");
						}
					}
				})
			})
			.collect();
		for worker in workers {
			worker.await.expect("no panic");
		}
	});
}

/// Tell the parent, in one write, so that no line is mixed with another.
fn acknowledge(what: &str, value: &str) {
	let mut output = std::io::stdout().lock();
	let written = output.write_all(format!("{what} {value}\n").as_bytes());
	// Without a parent there is nobody left to work for.
	if written.and_then(|()| output.flush()).is_err() {
		std::process::exit(1);
	}
}
