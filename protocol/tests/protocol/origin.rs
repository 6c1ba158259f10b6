//! Naming a gatekeeper.

use medrec_protocol::origin::Origin;

#[test]
fn an_origin_has_one_text() {
	for text in [
		"https://mercy.example",
		"https://mercy.example:8443",
		"http://127.0.0.1:8080",
		"http://localhost",
		"http://[::1]:8080",
		"https://xn--bcher-kva.example",
	] {
		assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
		let json = serde_json::to_string(&text.parse::<Origin>().unwrap()).unwrap();
		assert_eq!(serde_json::from_str::<Origin>(&json).unwrap().to_string(), text);
	}
	for text in [
		"",
		"mercy.example",
		"https://",
		"https://mercy.example/",
		"https://mercy.example/fhir",
		"https://mercy.example?",
		"https://mercy.example#",
		"https://Mercy.example",
		"HTTPS://mercy.example",
		"https://mercy.example:443",
		"http://mercy.example:80",
		"https://user@mercy.example",
		"https://user:word@mercy.example",
		"https://@mercy.example",
		"https://bücher.example",
		"https://127.1",
		"https://mercy.example ",
		" https://mercy.example",
		"https:\\\\mercy.example",
		"https:mercy.example",
		"https://mer\tcy.example",
		"ftp://mercy.example",
		"ws://mercy.example",
		"data:text",
	] {
		assert!(text.parse::<Origin>().is_err(), "{text:?} is read");
		assert!(serde_json::from_value::<Origin>(text.into()).is_err());
	}
}

#[test]
fn loopback_and_https_are_told() {
	let origin = |text: &str| text.parse::<Origin>().unwrap();
	for text in ["http://127.0.0.1:8080", "http://127.9.9.9", "http://localhost", "http://[::1]"] {
		assert!(origin(text).is_loopback() && !origin(text).is_https(), "{text}");
	}
	for text in ["https://mercy.example", "https://localhost.example", "https://128.0.0.1"] {
		assert!(!origin(text).is_loopback() && origin(text).is_https(), "{text}");
	}
}

#[test]
fn authorities_are_compared_with_the_default_port() {
	let default: Origin = "https://mercy.example".parse().unwrap();
	let other: Origin = "http://127.0.0.1:8080".parse().unwrap();
	for (origin, named, same) in [
		(&default, "mercy.example", true),
		(&default, "Mercy.Example:443", true),
		(&default, "mercy.example:80", false),
		(&default, "mercy.example:", false),
		(&default, "user@mercy.example", false),
		(&default, "mercy.example.", false),
		(&other, "127.0.0.1:8080", true),
		(&other, "127.0.0.1", false),
		(&other, "localhost:8080", false),
		(&other, "127.0.0.1:8080:80", false),
	] {
		assert_eq!(origin.is_authority(named), same, "{named}");
	}
}
