//! Which names and endpoints are valid.

use crate::{is_valid_endpoint, is_valid_name, mock::name, name_key};
use proptest::prelude::*;

#[test]
fn names_that_are_valid() {
	for text in ["M", "Mercy Hospital", "St. Mary's, 2nd floor", "Médecins Zürich", "慈愛病院"]
	{
		assert!(is_valid_name(text.as_bytes()), "{text}");
	}
}

#[test]
fn names_that_are_not_valid() {
	for text in [
		"",
		" ",
		" Mercy",
		"Mercy ",
		"Mercy  Hospital",
		"Mercy\tHospital",
		"Mercy\u{A0}Hospital",
		"Mercy\nHospital",
		"Mercy\0",
		"Mer\u{200B}cy",
		"Mer\u{AD}cy",
		"\u{202E}ycreM",
		"\u{FEFF}Mercy",
		"Mercy\u{2060}",
		"Mercy\u{E0041}",
	] {
		assert!(!is_valid_name(text.as_bytes()), "{text:?}");
	}
	assert!(!is_valid_name(b"Mercy\xFF"));
	assert!(!is_valid_name(b"\xC3"));
}

#[test]
fn names_are_compared_without_ascii_case_only() {
	assert_eq!(name_key(&name("Mercy HOSPITAL")), name("mercy hospital"));
	assert_eq!(name_key(&name("ÉCOLE")), name("École"));
	assert_ne!(name_key(&name("ÉCOLE")), name_key(&name("école")));
}

#[test]
fn endpoints_that_are_valid() {
	for text in [
		"https://mercy.example",
		"http://localhost",
		"http://localhost:8080",
		"http://127.0.0.1:1",
		"https://10.0.0.255:65535",
		"https://records.north-2.mercy.example:8443",
		"https://1mercy.example",
		"https://xn--bcher-kva.example",
		"http://[::1]:8080",
		"https://[2001:db8::1]",
		"http://mercy.example:443",
		"https://mercy.example:80",
	] {
		assert!(is_valid_endpoint(text.as_bytes()), "{text}");
	}
}

#[test]
fn endpoints_that_are_not_valid() {
	let long_label = format!("https://{}.example", "g".repeat(64));
	for text in [
		"",
		"https://",
		"mercy.example",
		"//mercy.example",
		"ftp://mercy.example",
		"HTTPS://mercy.example",
		"https:/mercy.example",
		"https://mercy.example/",
		"https://mercy.example/fhir",
		"https://mercy.example?x",
		"https://mercy.example#x",
		"https://user@mercy.example",
		"https://user:secret@mercy.example",
		"https://mercy.example\\@evil.example",
		" https://mercy.example",
		"https://mercy.example ",
		"https://mercy .example",
		"https://mercy.example\n",
		"https://Mercy.example",
		"https://bücher.example",
		"https://mercy_hospital.example",
		"https://%6dercy.example",
		"https://.example",
		"https://mercy..example",
		"https://mercy.example.",
		"https://-mercy.example",
		"https://mercy-.example",
		"https://mercy.example:",
		"https://mercy.example:0",
		"https://mercy.example:08",
		"https://mercy.example:+8",
		"https://mercy.example:65536",
		"https://mercy.example:8443:8443",
		"https://mercy.example:443",
		"http://mercy.example:80",
		"https://:8443",
		"https://256.0.0.1",
		"https://127.0.0.01",
		"https://127.1",
		"https://2130706433",
		"https://mercy.0x7f",
		"https://[::1",
		"https://::1",
		"https://[]",
		"https://[::1]8080",
		"https://[::1]:",
		"https://[0:0:0:0:0:0:0:1]",
		"https://[2001:DB8::1]",
		"https://[fe80::1%eth0]",
		"https://[127.0.0.1]",
		"https://https://mercy.example",
		long_label.as_str(),
	] {
		assert!(!is_valid_endpoint(text.as_bytes()), "{text:?}");
	}
	assert!(!is_valid_endpoint(b"https://mercy\xFF.example"));
}

proptest! {
	/// Whatever the bytes: no panic, and what passes has nothing in it that ends an origin.
	#[test]
	fn valid_endpoints_are_plain(text in "https?://[a-z0-9.:/?#@\\[\\] -]{0,24}") {
		if is_valid_endpoint(text.as_bytes()) {
			let authority = text.split_once("://").map(|(_, authority)| authority);
			prop_assert!(authority.is_some_and(|a| !a.is_empty() && !a.contains(['/', '?', '#', '@', ' '])));
		}
	}

	/// Every origin put together from sound parts is valid.
	#[test]
	fn sound_parts_make_a_valid_endpoint(
		host in "[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z]([a-z0-9-]{0,10}[a-z0-9])?){1,4}",
		port in 1_u16..,
		secure: bool,
	) {
		let (scheme, default_port) = if secure { ("https", 443) } else { ("http", 80) };
		let without_port = format!("{scheme}://{host}");
		let with_port = format!("{without_port}:{port}");
		prop_assert!(is_valid_endpoint(without_port.as_bytes()));
		prop_assert_eq!(is_valid_endpoint(with_port.as_bytes()), port != default_port);
	}

	/// Any bytes can be asked about.
	#[test]
	fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..130)) {
		prop_assert!(!is_valid_name(&bytes) || core::str::from_utf8(&bytes).is_ok());
		prop_assert!(!is_valid_endpoint(&bytes) || bytes.starts_with(b"http"));
	}
}
