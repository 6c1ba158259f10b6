//! Applications of prospective providers: made by who wants to be admitted, read by the member of the
//! council that sponsors it.

use crate::{
	store::files::{read_at_most, FileError},
	ClientError,
};
use medrec_primitives::{GatekeeperKey, Hash, MAX_ENDPOINT_LENGTH, MAX_NAME_LENGTH};
pub use medrec_protocol::application::Application;
use medrec_protocol::{application::ApplicationError, identity::Identity};
use pallet_registrar::{is_valid_endpoint, is_valid_name};
use std::path::Path;

/// Longest file that is read, in bytes. The longest application takes about a kilobyte.
const MAX_FILE: u64 = 16 * 1024;

/// Why a file is no application that a sponsor can propose, or why none can be made of what was given.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
	/// The system did not let the file be read.
	#[error(transparent)]
	File(#[from] FileError),
	/// There is no file.
	#[error("there is no such file")]
	Absent,
	/// The file is longer than applications are.
	#[error("it has more than {MAX_FILE} bytes, and no application is as long")]
	TooLong,
	/// It is another kind of file, or damaged.
	#[error("it is no application: {0}")]
	Malformed(String),
	/// The name has too many bytes.
	#[error("the name {name:?} has {bytes} bytes; the chain takes at most {MAX_NAME_LENGTH}")]
	NameTooLong {
		/// The name.
		name: String,
		/// Its length in UTF-8.
		bytes: usize,
	},
	/// The name has characters, or spaces, that names do not have.
	#[error("the name {0:?} is none that the chain takes: write words separated by single spaces, without invisible characters")]
	Name(String),
	/// The endpoint has too many bytes.
	#[error("the endpoint {endpoint:?} has {bytes} bytes; the chain takes at most {MAX_ENDPOINT_LENGTH}")]
	EndpointTooLong {
		/// The endpoint.
		endpoint: String,
		/// Its length.
		bytes: usize,
	},
	/// The endpoint is not an origin in its one form.
	#[error("the endpoint {0:?} is none that the chain takes: write scheme, host and (if not the default) port, in lower case and with no path, such as https://mercy.example")]
	Endpoint(String),
	/// It is for another chain, or not signed by its account.
	#[error(transparent)]
	Application(#[from] ApplicationError),
}

/// Sign an application, with a name and an endpoint as the chain takes them.
pub fn sign(
	identity: &Identity,
	genesis: Hash,
	name: &str,
	endpoint: &str,
	gatekeeper_key: GatekeeperKey,
) -> Result<Application, Unfit> {
	check_name(name)?;
	check_endpoint(endpoint)?;
	Ok(Application::sign(
		&identity.account_key,
		genesis,
		name,
		endpoint,
		identity.encryption_key(),
		gatekeeper_key,
	))
}

/// Read an application from a file, and check all that can be checked without a node: that it is for this
/// chain, that the chain takes its name and endpoint, and that its account signed it.
pub fn read(path: &Path, genesis: &Hash) -> Result<Application, ClientError> {
	read_at_most(path, MAX_FILE)
		.map_err(Unfit::from)
		.and_then(|content| {
			let content = content.ok_or(Unfit::Absent)?;
			if content.len() as u64 > MAX_FILE {
				return Err(Unfit::TooLong);
			}
			parse(&content, genesis)
		})
		.map_err(|unfit| match unfit {
			// Says which file by itself.
			Unfit::File(error) => ClientError::Usage(error.to_string()),
			unfit => ClientError::Usage(format!("{}: {unfit}", path.display())),
		})
}

/// The same with the file's content.
pub fn parse(content: &[u8], genesis: &Hash) -> Result<Application, Unfit> {
	let application: Application =
		serde_json::from_slice(content).map_err(|error| Unfit::Malformed(error.to_string()))?;
	if application.genesis != *genesis {
		return Err(ApplicationError::AnotherChain(application.genesis).into());
	}
	check_name(&application.name)?;
	check_endpoint(&application.endpoint)?;
	application.verify(genesis)?;
	Ok(application)
}

/// The rules of the registrar's `certify`.
fn check_name(name: &str) -> Result<(), Unfit> {
	if name.len() > MAX_NAME_LENGTH as usize {
		return Err(Unfit::NameTooLong { name: name.to_owned(), bytes: name.len() });
	}
	if !is_valid_name(name.as_bytes()) {
		return Err(Unfit::Name(name.to_owned()));
	}
	Ok(())
}

fn check_endpoint(endpoint: &str) -> Result<(), Unfit> {
	if endpoint.len() > MAX_ENDPOINT_LENGTH as usize {
		return Err(Unfit::EndpointTooLong {
			endpoint: endpoint.to_owned(),
			bytes: endpoint.len(),
		});
	}
	if !is_valid_endpoint(endpoint.as_bytes()) {
		return Err(Unfit::Endpoint(endpoint.to_owned()));
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_protocol::identity::Seed;

	const GENESIS: Hash = Hash::repeat_byte(7);
	const ENDPOINT: &str = "https://hillside.example";

	fn identity() -> Identity {
		Seed::from_phrase(
			"legal winner thank year wave sausage worth useful legal winner thank yellow",
		)
		.unwrap()
		.provider(0)
	}

	fn made(name: &str, endpoint: &str) -> Result<Application, Unfit> {
		sign(&identity(), GENESIS, name, endpoint, [3; 32])
	}

	fn application() -> Application {
		made("Hillside Surgery", ENDPOINT).unwrap()
	}

	fn parsed(application: &Application) -> Result<Application, String> {
		parse(&serde_json::to_vec(application).unwrap(), &GENESIS)
			.map_err(|unfit| unfit.to_string())
	}

	/// As a prospective provider could make it with another program.
	fn signed_without_checks(name: &str, endpoint: &str) -> Application {
		let identity = identity();
		let encryption_key = identity.encryption_key();
		Application::sign(&identity.account_key, GENESIS, name, endpoint, encryption_key, [3; 32])
	}

	#[test]
	fn what_was_signed_is_read() {
		let good = application();
		assert_eq!(parsed(&good).as_ref(), Ok(&good));
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("application.json");
		std::fs::write(&path, serde_json::to_vec_pretty(&good).unwrap()).unwrap();
		assert_eq!(read(&path, &GENESIS).unwrap(), good);
	}

	#[test]
	fn each_change_is_seen() {
		let good = application();
		let refused = |application: Application| parsed(&application).unwrap_err();
		let signature = "the application is not signed by the account that it names";
		for changed in [
			Application { name: "Hillside Surgery 2".to_owned(), ..good.clone() },
			Application { endpoint: "https://hillside.example:8443".to_owned(), ..good.clone() },
			Application { account: [9; 32].into(), ..good.clone() },
			Application { encryption_key: [9; 32], ..good.clone() },
			Application { gatekeeper_key: [9; 32], ..good.clone() },
			Application {
				signature: made("Hillside", ENDPOINT).unwrap().signature,
				..good.clone()
			},
		] {
			let said = refused(changed.clone());
			assert!(said.starts_with(signature), "{changed:?}: {said}");
		}
		let elsewhere = Application { genesis: Hash::repeat_byte(8), ..good };
		assert!(refused(elsewhere).starts_with("the application is for the chain 0x0808"));
	}

	#[test]
	fn names_and_endpoints_are_those_that_the_chain_takes() {
		let longest = "n".repeat(MAX_NAME_LENGTH as usize);
		assert!(made(&longest, ENDPOINT).is_ok());
		let longest = format!("https://{}.{}.example", "a".repeat(60), "b".repeat(51));
		assert_eq!(longest.len(), MAX_ENDPOINT_LENGTH as usize);
		assert!(made("Hillside", &longest).is_ok());

		let too_long = format!("{}n", "n".repeat(MAX_NAME_LENGTH as usize));
		let far = format!("https://{}.{}.example", "a".repeat(60), "b".repeat(52));
		for (name, endpoint, expected) in [
			(too_long.as_str(), ENDPOINT, "has 65 bytes; the chain takes at most 64"),
			("", ENDPOINT, "the name \"\" is none that the chain takes"),
			(" Hillside", ENDPOINT, "the name \" Hillside\" is none"),
			("Hill\u{202E}side", ENDPOINT, "the name \"Hill\\u{202e}side\" is none"),
			("Hillside", &far, "has 129 bytes; the chain takes at most 128"),
			("Hillside", "hillside.example", "the endpoint \"hillside.example\" is none"),
			("Hillside", "https://hillside.example/", "/\" is none that the chain takes"),
			("Hillside", "https://hillside.example:443", ":443\" is none that the chain takes"),
		] {
			let said = made(name, endpoint).unwrap_err().to_string();
			assert!(said.contains(expected), "{name:?} {endpoint:?}: {said}");
			let said = parsed(&signed_without_checks(name, endpoint)).unwrap_err();
			assert!(said.contains(expected), "read {name:?} {endpoint:?}: {said}");
		}
	}

	#[test]
	fn other_files_are_named_with_what_is_wrong() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("application.json");
		let said = |path: &Path| read(path, &GENESIS).unwrap_err().to_string();
		assert!(
			said(&path).ends_with("application.json: there is no such file"),
			"{}",
			said(&path)
		);
		assert!(said(folder.path()).starts_with("cannot read"), "{}", said(folder.path()));
		for (content, expected) in [
			(vec![b' '; MAX_FILE as usize + 1], "no application is as long"),
			(b"words".to_vec(), "it is no application: expected value"),
			(b"{}".to_vec(), "it is no application: missing field"),
		] {
			std::fs::write(&path, content).unwrap();
			assert!(said(&path).contains(expected), "{}", said(&path));
		}
	}
}
