//! What the genesis configuration names a provider by, and which names and endpoints are valid.

use alloc::string::{String, ToString};
use core::net::{Ipv4Addr, Ipv6Addr};
use medrec_primitives::{EncryptionKey, GatekeeperKey, ProviderName};
use serde::{Deserialize, Serialize};

/// A provider that is on the chain from its first block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisProvider<AccountId> {
	/// The account that acts as this provider.
	pub account: AccountId,
	/// Its name, see [`is_valid_name`].
	pub name: String,
	/// Origin of its gatekeeper, see [`is_valid_endpoint`].
	pub endpoint: String,
	/// Where messages to it are sealed to. In JSON: `0x` and 64 hexadecimal digits.
	#[serde(with = "hex_key")]
	pub encryption_key: EncryptionKey,
	/// Key with which its gatekeeper signs answers. In JSON: `0x` and 64 hexadecimal digits.
	#[serde(with = "hex_key")]
	pub gatekeeper_key: GatekeeperKey,
	/// Its operator account, if it starts with one.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub operator: Option<AccountId>,
}

/// 32-byte keys as the chain specification's other hashes and keys are written.
mod hex_key {
	use serde::{Deserialize, Deserializer, Serialize, Serializer};
	use sp_core::H256;

	pub fn serialize<S: Serializer>(key: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
		H256(*key).serialize(serializer)
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
		H256::deserialize(deserializer).map(|hash| hash.0)
	}
}

/// Whether these bytes can be a provider's name: UTF-8, not empty, words separated by single spaces,
/// and no character that is invisible or turns the text around, because people tell providers apart by
/// what they see.
pub fn is_valid_name(name: &[u8]) -> bool {
	let Ok(name) = core::str::from_utf8(name) else { return false };
	name.split(' ').all(|word| {
		!word.is_empty()
			&& !word.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
	})
}

/// Format characters that leave no mark of their own: zero-width ones, those that set the direction of
/// text, and the tags that hide ASCII.
fn is_invisible(c: char) -> bool {
	matches!(
		c,
		'\u{AD}'
			| '\u{61C}'
			| '\u{180E}'
			| '\u{200B}'..='\u{200F}'
			| '\u{202A}'..='\u{202E}'
			| '\u{2060}'..='\u{206F}'
			| '\u{FEFF}'
			| '\u{FFF9}'..='\u{FFFB}'
			| '\u{E0000}'..='\u{E007F}'
	)
}

/// What a name is compared by: names that differ only in the case of ASCII letters are the same.
pub fn name_key(name: &ProviderName) -> ProviderName {
	let mut key = name.clone();
	AsMut::<[u8]>::as_mut(&mut key).make_ascii_lowercase();
	key
}

/// Whether these bytes are the origin of a web server as RFC 6454, section 6.2, serializes it:
/// `https://` or `http://`, a host in lower case (a name, an IPv4 address, or an IPv6 address in
/// brackets, as RFC 5952 writes it), and `:PORT` unless it is the scheme's default port. Nothing else:
/// clients compare origins as text.
pub fn is_valid_endpoint(endpoint: &[u8]) -> bool {
	let Ok(endpoint) = core::str::from_utf8(endpoint) else { return false };
	let (authority, default_port) = match endpoint.split_once("://") {
		Some(("https", authority)) => (authority, 443),
		Some(("http", authority)) => (authority, 80),
		_ => return false,
	};
	let (host_is_valid, after_host) = match authority.strip_prefix('[') {
		Some(bracketed) => match bracketed.split_once(']') {
			Some((address, after)) => (is_valid_ipv6(address), after),
			None => return false,
		},
		None => {
			let (host, after) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
			(is_valid_host(host), after)
		},
	};
	host_is_valid
		&& (after_host.is_empty()
			|| after_host.strip_prefix(':').is_some_and(|port| is_valid_port(port, default_port)))
}

fn is_valid_ipv6(address: &str) -> bool {
	address.parse::<Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address)
}

/// A domain name whose last label starts with a letter, or an IPv4 address. (Browsers read a host whose
/// last label is a number, in any base, as an address.)
fn is_valid_host(host: &str) -> bool {
	let last = host.rsplit('.').next().unwrap_or_default();
	if last.starts_with(|c: char| c.is_ascii_digit()) {
		return host.parse::<Ipv4Addr>().is_ok();
	}
	host.len() <= 253 && host.split('.').all(is_valid_label)
}

/// A label of a domain name, RFC 1123, section 2.1, in lower case.
fn is_valid_label(label: &str) -> bool {
	(1..=63).contains(&label.len())
		&& label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
		&& !label.starts_with('-')
		&& !label.ends_with('-')
}

/// Decimal, without leading zero or sign, and not the scheme's default.
fn is_valid_port(port: &str, default_port: u16) -> bool {
	port.starts_with(|c: char| matches!(c, '1'..='9'))
		&& port.parse::<u16>().is_ok_and(|port| port != default_port)
}
