//! Programs from the system's package manager.

use std::{
	env,
	process::{Command, Stdio},
};

use anyhow::{bail, Result};

use super::Need;
use crate::build;

/// How the presence of something is seen: a command that succeeds.
pub struct Check {
	command: &'static [&'static str],
	need: Need,
}

/// What building and testing need.
pub const BUILD: [Check; 11] = [
	Check {
		command: &["cc", "--version"],
		need: Need { what: "a C compiler", why: "C libraries", packages: &["build-essential"] },
	},
	Check {
		command: &["make", "--version"],
		need: Need { what: "make", why: "OpenSSL's build", packages: &["build-essential"] },
	},
	Check {
		command: &["perl", "-MFindBin", "-MIPC::Cmd", "-e", "1"],
		need: Need { what: "Perl with its modules", why: "OpenSSL's build", packages: &["perl"] },
	},
	Check {
		command: &["pkg-config", "--version"],
		need: Need { what: "pkg-config", why: "finding C libraries", packages: &["pkg-config"] },
	},
	Check {
		command: &["clang", "--version"],
		need: Need { what: "clang", why: "C libraries of the node", packages: &["clang"] },
	},
	Check {
		command: &["protoc", "--version"],
		need: Need {
			what: "protoc",
			why: "the node's network messages",
			packages: &["protobuf-compiler"],
		},
	},
	Check {
		command: &["node", "--version"],
		need: Need { what: "Node.js", why: "the Polkadot.js test", packages: &["nodejs"] },
	},
	Check {
		command: &["npm", "--version"],
		need: Need { what: "npm", why: "fetching data and clients for tests", packages: &["npm"] },
	},
	Check {
		// Debian's Python has `venv` without what it installs.
		command: &["python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"],
		need: Need {
			what: "Python 3.11 with venv",
			why: "tests generated from the OpenAPI document",
			packages: &["python3-venv"],
		},
	},
	Check {
		// Debian keeps its programs out of the path.
		command: &["sh", "-c", "ls /usr/lib/postgresql/*/bin/postgres || postgres --version"],
		need: Need { what: "PostgreSQL", why: "tests of records in it", packages: &["postgresql"] },
	},
	Check {
		command: &[
			"sh",
			"-c",
			"/usr/sbin/mariadbd --no-defaults --version && my_print_defaults --version",
		],
		// The server without the service, and what its installation calls.
		need: Need {
			what: "MariaDB",
			why: "tests of records in it",
			packages: &["mariadb-server-core", "mariadb-client-core"],
		},
	},
];

/// Tells Debian's PostgreSQL to make no database of its own, so that nothing runs after installing it:
/// the tests start their own.
const NO_CLUSTER: &str = "d=/etc/postgresql-common/createcluster.d && mkdir -p $d && \
	echo 'create_main_cluster = false' > $d/medrec.conf";

/// What `cargo xtask chaos` needs besides.
pub const CHAOS: [Check; 3] = [
	Check {
		command: &["ip", "-Version"],
		need: Need { what: "ip", why: "network namespaces", packages: &["iproute2"] },
	},
	Check {
		command: &["tc", "-Version"],
		need: Need { what: "tc", why: "latency and loss", packages: &["iproute2"] },
	},
	Check {
		command: &["faketime", "--version"],
		need: Need { what: "libfaketime", why: "clocks that are wrong", packages: &["faketime"] },
	},
];

/// Whether a command runs and succeeds.
pub fn succeeds(command: &[&str]) -> bool {
	let Some((program, arguments)) = command.split_first() else { return false };
	Command::new(program)
		.args(arguments)
		.stdin(Stdio::null())
		.stdout(Stdio::null())
		.stderr(Stdio::null())
		.status()
		.is_ok_and(|status| status.success())
}

/// What is missing.
pub fn check(checks: &[Check]) -> Vec<Need> {
	checks.iter().filter(|check| !succeeds(check.command)).map(|check| check.need.clone()).collect()
}

/// Who may change the system here.
pub enum Rights {
	Root,
	Sudo,
	None,
}

/// Whether this runs as root.
pub fn is_root() -> bool {
	Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

pub fn rights() -> Rights {
	if is_root() {
		Rights::Root
	} else if succeeds(&["sudo", "-n", "true"]) {
		Rights::Sudo
	} else {
		Rights::None
	}
}

/// Install the packages of what is missing, or say what to run.
pub fn install(missing: &[Need]) -> Result<()> {
	let mut packages: Vec<_> = missing.iter().flat_map(|need| need.packages).copied().collect();
	packages.sort_unstable();
	packages.dedup();
	if packages.is_empty() {
		return Ok(());
	}
	if !succeeds(&["apt-get", "--version"]) {
		bail!(
			"this is not a Debian system; install what Debian calls {}, then try again",
			packages.join(", ")
		);
	}
	let prefix: &[&str] = match rights() {
		Rights::Root => &[],
		Rights::Sudo => &["sudo", "-n"],
		Rights::None => bail!(
			"run this as root, then try again:\n\n    apt-get update && apt-get install --yes {}\n",
			packages.join(" ")
		),
	};
	let apt = |arguments: &[&str]| {
		let words: Vec<&str> =
			prefix.iter().chain(&["apt-get"]).chain(arguments).copied().collect();
		let mut command = Command::new(words[0]);
		command.args(&words[1..]);
		if env::var_os("DEBIAN_FRONTEND").is_none() {
			command.env("DEBIAN_FRONTEND", "noninteractive");
		}
		command
	};
	build::run(&mut apt(&["update", "--quiet"]))?;
	if packages.contains(&"postgresql") {
		let words: Vec<&str> = prefix.iter().chain(&["sh", "-c", NO_CLUSTER]).copied().collect();
		build::run(Command::new(words[0]).args(&words[1..]))?;
	}
	let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
	arguments.extend(&packages);
	build::run(&mut apt(&arguments))
}
