//! Headers, hosts, sizes, methods.

use super::mutation::{tampered, Mutation};

pub fn mutations() -> Vec<Mutation> {
	let double = |name: &'static str, header: &'static str| {
		tampered(name, move |request| request.double(header), 400, "duplicate-header")
	};
	let remove = |name: &'static str, header: &'static str, status, code| {
		tampered(name, move |request| request.remove(header), status, code)
	};
	vec![
		double("two signatures", "signature"),
		double("two signature inputs", "signature-input"),
		double("two contexts", "medrec-context"),
		double("two delegations", "medrec-delegation"),
		double("two accepts", "accept"),
		double("two hosts", "host"),
		remove("no signature", "signature", 401, "missing-header"),
		remove("no signature input", "signature-input", 401, "missing-header"),
		remove("no context", "medrec-context", 401, "missing-header"),
		remove("no delegation", "medrec-delegation", 401, "missing-header"),
		remove("no host", "host", 401, "missing-header"),
		remove("a covered header removed", "accept", 401, "unexpected-component"),
		tampered("another host", |r| r.set("host", "lakeside.example"), 421, "host-mismatch"),
		tampered(
			"another host behind a forwarded one",
			|request| {
				let host = request.get("host").to_owned();
				request.set("x-forwarded-host", host);
				request.set("host", "lakeside.example");
			},
			421,
			"host-mismatch",
		),
		tampered(
			"an absolute target elsewhere",
			|request| request.target = format!("http://lakeside.example{}", request.target),
			421,
			"host-mismatch",
		),
		tampered(
			"headers too large",
			|request| request.set("x-padding", "a".repeat(33 << 10)),
			431,
			"headers-too-large",
		),
		Mutation {
			name: "headers larger than the parser takes",
			before: Box::new(|_| {}),
			after: Box::new(|request| request.set("x-padding", "a".repeat(256 << 10))),
			status: 431,
			code: None,
		},
		Mutation {
			name: "too many headers",
			before: Box::new(|_| {}),
			after: Box::new(|request| {
				(0..100).for_each(|number| request.set(&format!("x-{number}"), "a"));
			}),
			status: 431,
			code: None,
		},
		tampered(
			"a target too long",
			|request| request.target.push_str(&format!("&_id={}", "a".repeat(5_000))),
			414,
			"target-too-long",
		),
		tampered(
			"an encoded body",
			|request| request.set("content-encoding", "gzip"),
			415,
			"content-encoding-unsupported",
		),
		tampered("a body with a GET", |r| r.body = b"{}".to_vec(), 400, "body-unexpected"),
		tampered("another method", |r| r.method = "DELETE".into(), 405, "method-not-allowed"),
		Mutation {
			name: "a HEAD",
			before: Box::new(|_| {}),
			after: Box::new(|request| request.method = "HEAD".into()),
			status: 405,
			code: None,
		},
		tampered("a path that is none", |r| r.target = "/fhir".into(), 404, "no-route"),
		Mutation {
			name: "a control character in a header",
			before: Box::new(|_| {}),
			after: Box::new(|request| request.set("accept", "a\u{1}b")),
			status: 400,
			code: None,
		},
		tampered(
			"a context too long",
			|request| request.set("medrec-context", "A".repeat(11 << 10)),
			431,
			"header-too-long",
		),
	]
}
