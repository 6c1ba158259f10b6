use super::*;
use crate::session::verify_ed25519;

/// RFC 9421 appendix B.2.6, with the key test-key-ed25519 of appendix B.1.4.
#[test]
fn the_signature_base_is_that_of_the_rfc() {
	let components = [
		Component::new("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
		Component::new("@method", "POST"),
		Component::new("@path", "/foo"),
		Component::new("@authority", "example.com"),
		Component::new("content-type", "application/json"),
		Component::new("content-length", "18"),
	];
	let signature_params = r#"("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#;
	let key = crate::encoding::array_from_base64url("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs");
	let signature: [u8; 64] = STANDARD
		.decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
		.unwrap()
		.try_into()
		.unwrap();
	let base = signature_base(&components, signature_params);
	assert!(verify_ed25519(&key.unwrap(), base.as_bytes(), &signature));
	assert!(!verify_ed25519(&key.unwrap(), format!("{base}\n").as_bytes(), &signature));
}

/// RFC 9530 appendix B.
#[test]
fn the_content_digest_is_that_of_the_rfc() {
	assert_eq!(
		content_digest(br#"{"hello": "world"}"#),
		"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
	);
}

fn parameters() -> Parameters {
	Parameters {
		created: 1,
		expires: Some(2),
		nonce: Some("n".into()),
		algorithm: "ed25519".into(),
		key_id: "k".into(),
		tag: "t".into(),
	}
}

#[test]
fn signature_input_is_read_as_written() {
	let components = [
		Component::new("@method", "GET"),
		Component { name: "signature", of_request: true, value: "x" },
	];
	let text = signature_params(&components, &parameters()).unwrap();
	assert_eq!(
		text,
		r#"("@method" "signature";req);created=1;expires=2;nonce="n";alg="ed25519";keyid="k";tag="t""#
	);
	let input = parse_signature_input(&signature_input_value(&text)).unwrap();
	assert_eq!(input.components, [r#""@method""#, r#""signature";req"#]);
	assert_eq!(input.parameters, parameters());
	assert_eq!(input.signature_params, text);
}

#[test]
fn signature_inputs_in_another_form_are_refused() {
	let good = r#"medrec=("@method");created=1;alg="ed25519";keyid="k";tag="t""#;
	assert!(parse_signature_input(good).is_ok());
	for bad in [
		"",
		"medrec",
		"medrec=1",
		"medrec=()",
		r#"sig1=("@method");created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created=1;alg="ed25519";keyid="k""#,
		r#"medrec=("@method");created=1;alg="ed25519";tag="t""#,
		r#"medrec=("@method");created=1;keyid="k";tag="t""#,
		r#"medrec=("@method");alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created=-1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created=1.5;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created="1";alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created=1;alg=ed25519;keyid="k";tag="t""#,
		r#"medrec=("@method");created=1;alg="ed25519";keyid="k";tag="t";other=1"#,
		r#"medrec=("@method");created=1;created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created=01;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method") ;created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=( "@method");created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method"); created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=(@method);created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method";bs);created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method";req=?0);created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method";req;tr);created=1;alg="ed25519";keyid="k";tag="t""#,
		r#"medrec=("@method");created=1;alg="ed25519";keyid="k";tag="t", x=1"#,
		r#"medrec=("@method");created=1;alg="ed25519";keyid="k";tag="t", medrec=("@method");created=1;alg="ed25519";keyid="k";tag="t""#,
	] {
		assert!(parse_signature_input(bad).is_err(), "{bad}");
	}
}

#[test]
fn signatures_in_another_form_are_refused() {
	let good = signature_value(&[7; 64]);
	assert_eq!(parse_signature(&good), Ok([7; 64]));
	let digits = STANDARD.encode([7; 64]);
	for bad in [
		"".to_owned(),
		"medrec".into(),
		"medrec=:AA==:".into(),
		format!("medrec=:{}:", STANDARD.encode([7; 65])),
		format!("medrec=:{}:", digits.trim_end_matches('=')),
		format!("medrec=\"{digits}\""),
		format!("sig1=:{digits}:"),
		format!("medrec=:{digits}:;a"),
		format!("medrec=:{digits}:, sig1=:{digits}:"),
		format!("medrec=(:{digits}:)"),
		format!(" medrec=:{digits}:"),
	] {
		assert!(parse_signature(&bad).is_err(), "{bad}");
	}
}
