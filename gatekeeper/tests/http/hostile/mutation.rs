//! What is done to a request.

use crate::support::{forge::Forge, raw::RawRequest};

/// One hostile request: what it changes before the request is signed, and after.
pub struct Mutation {
	pub name: &'static str,
	pub before: Box<dyn Fn(&mut Forge)>,
	pub after: Box<dyn Fn(&mut RawRequest)>,
	pub status: u16,
	/// `None` where the HTTP parser refuses and there is no body to say why.
	pub code: Option<&'static str>,
}

/// Changed before it is signed.
pub fn forged(
	name: &'static str,
	before: impl Fn(&mut Forge) + 'static,
	status: u16,
	code: &'static str,
) -> Mutation {
	Mutation { name, before: Box::new(before), after: Box::new(|_| {}), status, code: Some(code) }
}

/// Changed after it was signed.
pub fn tampered(
	name: &'static str,
	after: impl Fn(&mut RawRequest) + 'static,
	status: u16,
	code: &'static str,
) -> Mutation {
	Mutation { name, before: Box::new(|_| {}), after: Box::new(after), status, code: Some(code) }
}
