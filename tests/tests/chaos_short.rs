//! The short version of `cargo xtask chaos`: nodes killed, and partitions.

use medrec_tests::chaos::{self, namespaces, report::Report};

/// Scenarios that are short enough for every test run.
const SHORT: [u8; 3] = [1, 2, 3];

/// In continuous integration a test that is skipped is a test that failed.
fn is_ci() -> bool {
	std::env::var_os("CI").is_some_and(|value| value == "true")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nodes_and_partitions_are_survived() {
	if let Err(reason) = namespaces::require_root() {
		assert!(!is_ci(), "not possible here, and this is continuous integration: {reason:#}");
		eprintln!("SKIPPED, nothing was tested: {reason:#}");
		return;
	}
	let mut report = Report::default();
	chaos::run(&SHORT, &mut report).await;
	assert!(report.all_held(), "promises that did not hold:\n{}", report.broken());
}
