//! The client library in the place of the command line: starting a program takes longer than what is
//! measured.

use std::sync::Arc;

use anyhow::Result;
use medrec_client::{
	output::Silent,
	store::{Keystore, Password},
	Settings, Workspace,
};
use medrec_tests::{network::Node, person::Person};

/// Someone's client as a library, on a node. Waits until transactions are final.
pub async fn workspace(person: &Person, node: &Node) -> Result<Workspace> {
	let home = person.file("");
	let password = std::fs::read_to_string(person.file("password"))?;
	let keystore = Keystore::new(&home);
	let key =
		keystore.open(&keystore.select(None)?, &Password::new(password.trim_end().to_owned()))?;
	let settings = Settings { node: node.url.clone(), home, wait_for_finality: true };
	Ok(Workspace::open(settings, key, Arc::new(Silent)).await?)
}
