//! Narrowing policies: what a patron shows less of to one grantee than the rules of a grant say, in a
//! text that she can read before signing. A grant's terms name a policy by its hash; a gatekeeper that
//! does not have it denies.

use crate::{
	account::AccountKey, encoding, format_moment, parse_moment, signature::AccountSignature,
};
use medrec_primitives::{AccountId, Hash, Moment, ParticipantId, RelationshipId};
use serde::{Deserialize, Serialize};
use sp_crypto_hashing::blake2_256;
use sp_runtime::traits::Verify;
use std::{collections::BTreeSet, fmt, str::FromStr};

const HASH_DOMAIN: &[u8] = b"medrec/policy/v1";

/// Most codes in a policy.
pub const MAX_CODES: usize = 64;

/// Most documents in a policy.
pub const MAX_DOCUMENTS: usize = 64;

/// Most bytes of a policy's text.
pub const MAX_LENGTH: usize = 16 * 1024;

/// Most bytes of a code's system.
const MAX_SYSTEM: usize = 256;

/// Most bytes of a code.
const MAX_CODE: usize = 128;

/// Most bytes of a FHIR id (<https://hl7.org/fhir/R4/datatypes.html#id>), and of a resource type.
const MAX_ID: usize = 64;

const TITLE: &str = "MedRec policy";
const CHAIN: &str = "Chain: ";
const PROVIDER: &str = "Provider: ";
const RELATIONSHIP: &str = "Relationship: ";
const GRANTEE: &str = "Grantee: ";
const VERSION: &str = "Version: ";
const EFFECT: &str = "Effect: of what a grant shows, only what fits each kind of line below";
const CODE: &str = "Code: ";
const FROM: &str = "From: ";
const UNTIL: &str = "Until: ";
const DOCUMENT: &str = "Document: ";

/// What the account signs. `Display` gives the text, `FromStr` reads exactly that text:
///
/// ```text
/// MedRec policy
/// Chain: 0x<64 hexadecimal digits>
/// Provider: 1
/// Relationship: 9
/// Grantee: 77
/// Version: 1
/// Effect: of what a grant shows, only what fits each kind of line below
/// Code: http://loinc.org|4548-4
/// From: 2026-01-01T00:00:00.000Z
/// Until: 2026-07-01T00:00:00.000Z
/// Document: Observation/a1
/// ```
///
/// Lines are separated by a line feed; none follows the last. Of the last four kinds at least one is
/// there; codes and documents stand in the order of their bytes, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Policy {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider at which it holds.
	pub provider: ParticipantId,
	/// The relationship whose records it is about.
	pub relationship: RelationshipId,
	/// The only grantee for whom it holds.
	pub grantee: ParticipantId,
	/// Counts what she made for this grantee in this relationship, from 1.
	pub version: u32,
	/// What is left to be seen.
	pub narrowing: Narrowing,
}

/// What a policy leaves to be seen. A record has to fit each kind that is there; of codes and documents
/// it has to fit one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
	/// Codes, of which a record carries at least one, at most [`MAX_CODES`]; any record if empty.
	pub codes: BTreeSet<PolicyCode>,
	/// First moment of the interval that all times of a record lie in.
	pub from: Option<Moment>,
	/// First moment that is no longer in it.
	pub until: Option<Moment>,
	/// The records themselves, at most [`MAX_DOCUMENTS`]; any record if empty.
	pub documents: BTreeSet<Document>,
}

/// A code with its system: `http://loinc.org|4548-4`; of a code without one, `|code`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyCode {
	/// URI of the code system, without white space and `|`; empty for a code without system.
	pub system: String,
	/// The code: words separated by single spaces.
	pub code: String,
}

/// A record by its type and logical id: `Observation/a1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Document {
	/// Type of the resource.
	pub resource_type: String,
	/// Its logical id.
	pub id: String,
}

/// A policy with the account's signature over its text. In JSON `{"text": …, "signature": {"scheme": …,
/// "value": …}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedPolicy {
	/// What was signed.
	#[serde(rename = "text")]
	pub policy: Policy,
	/// Over the text, or over `<Bytes>text</Bytes>` as browser wallets sign.
	pub signature: AccountSignature,
}

/// Why a policy is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
	/// The text is not in its one form.
	#[error("the policy's text is not in its form: {0}")]
	Text(&'static str),
	/// It narrows nothing, or leaves nothing.
	#[error(
		"the policy names no code, no time and no document, or a time that ends before it begins"
	)]
	Empty,
	/// It is longer than [`MAX_LENGTH`], or holds more than [`MAX_CODES`] or [`MAX_DOCUMENTS`].
	#[error("a policy holds at most {MAX_CODES} codes, {MAX_DOCUMENTS} documents and {MAX_LENGTH} bytes")]
	TooLong,
	/// A code is not in its form.
	#[error("a code is written as system|code, such as http://loinc.org|4548-4")]
	Code,
	/// A document is not in its form.
	#[error("a document is written as type/id, such as Observation/a1")]
	Document,
	/// The signature is not the account's.
	#[error("the policy is not signed by the patron's account")]
	SignatureInvalid,
}

impl Narrowing {
	/// Whether it narrows something, leaves something, and is within the limits.
	///
	/// Errors: [`PolicyError::Empty`], [`PolicyError::TooLong`].
	pub fn check(&self) -> Result<(), PolicyError> {
		let narrows = !self.codes.is_empty()
			|| !self.documents.is_empty()
			|| self.from.is_some()
			|| self.until.is_some();
		let (from, until) = (self.from.unwrap_or(0), self.until.unwrap_or(Moment::MAX));
		if !narrows || from >= until {
			return Err(PolicyError::Empty);
		}
		if self.codes.len() > MAX_CODES || self.documents.len() > MAX_DOCUMENTS {
			return Err(PolicyError::TooLong);
		}
		Ok(())
	}
}

impl Policy {
	/// What a grant's terms name it by: `blake2_256("medrec/policy/v1" ‖ text)`.
	pub fn hash(&self) -> Hash {
		blake2_256(&[HASH_DOMAIN, self.to_string().as_bytes()].concat()).into()
	}

	/// Sign it with the patron's account.
	///
	/// Errors: [`PolicyError::Empty`], [`PolicyError::TooLong`]; whatever [`Self::from_str`] says of a
	/// text with codes or documents that are not in their form.
	pub fn sign(self, account_key: &AccountKey) -> Result<SignedPolicy, PolicyError> {
		let text = self.to_string();
		// What cannot be read back must not be signed.
		text.parse::<Self>()?;
		let signature = account_key.sign_for_wire(text.as_bytes());
		Ok(SignedPolicy { policy: self, signature })
	}
}

impl SignedPolicy {
	/// Whether it is signed by this account (from the chain).
	///
	/// Errors: [`PolicyError::SignatureInvalid`].
	pub fn verify(&self, account: &AccountId) -> Result<(), PolicyError> {
		let text = self.policy.to_string();
		let wrapped = format!("<Bytes>{text}</Bytes>");
		let signature = self.signature.as_signature();
		let signed = [&text, &wrapped]
			.into_iter()
			.any(|message| signature.verify(message.as_bytes(), account));
		signed.then_some(()).ok_or(PolicyError::SignatureInvalid)
	}
}

impl fmt::Display for Policy {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		writeln!(f, "{TITLE}")?;
		writeln!(f, "{CHAIN}{:?}", self.genesis)?;
		writeln!(f, "{PROVIDER}{}", self.provider)?;
		writeln!(f, "{RELATIONSHIP}{}", self.relationship)?;
		writeln!(f, "{GRANTEE}{}", self.grantee)?;
		writeln!(f, "{VERSION}{}", self.version)?;
		write!(f, "{EFFECT}")?;
		for code in &self.narrowing.codes {
			write!(f, "\n{CODE}{code}")?;
		}
		if let Some(from) = self.narrowing.from {
			write!(f, "\n{FROM}{}", format_moment(from))?;
		}
		if let Some(until) = self.narrowing.until {
			write!(f, "\n{UNTIL}{}", format_moment(until))?;
		}
		for document in &self.narrowing.documents {
			write!(f, "\n{DOCUMENT}{document}")?;
		}
		Ok(())
	}
}

impl FromStr for Policy {
	type Err = PolicyError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		if text.len() > MAX_LENGTH {
			return Err(PolicyError::TooLong);
		}
		let mut lines = text.split('\n');
		let mut line = |start: &str| lines.next().and_then(|line| line.strip_prefix(start));
		let refuse = PolicyError::Text;

		line(TITLE).ok_or(refuse("the first line is `MedRec policy`"))?;
		let genesis = line(CHAIN)
			.and_then(encoding::hash_from_hex)
			.ok_or(refuse("line 2 is `Chain: ` and a genesis hash"))?;
		let mut number = |start, reason| {
			line(start).and_then(|value| value.parse::<u64>().ok()).ok_or(refuse(reason))
		};
		let provider = number(PROVIDER, "line 3 is `Provider: ` and a number")?;
		let relationship = number(RELATIONSHIP, "line 4 is `Relationship: ` and a number")?;
		let grantee = number(GRANTEE, "line 5 is `Grantee: ` and a number")?;
		let wrong_version = "line 6 is `Version: ` and a number";
		let version = number(VERSION, wrong_version)?;
		let version = u32::try_from(version).map_err(|_| refuse(wrong_version))?;
		line(EFFECT).ok_or(refuse("line 7 says the effect"))?;
		let narrowing = read_narrowing(lines)?;
		narrowing.check()?;
		let policy = Self { genesis, provider, relationship, grantee, version, narrowing };
		// Numbers with a sign or leading zeros, and lines in another order or twice, end here.
		if policy.to_string() != text {
			return Err(refuse("it differs from the text of what it says"));
		}
		Ok(policy)
	}
}

fn read_narrowing<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Narrowing, PolicyError> {
	let mut narrowing = Narrowing::default();
	let moment = |text| parse_moment(text).map_err(|_| PolicyError::Text("a time is not a moment"));
	for line in lines {
		if let Some(code) = line.strip_prefix(CODE) {
			narrowing.codes.insert(code.parse()?);
		} else if let Some(document) = line.strip_prefix(DOCUMENT) {
			narrowing.documents.insert(document.parse()?);
		} else if let Some(from) = line.strip_prefix(FROM) {
			narrowing.from = Some(moment(from)?);
		} else if let Some(until) = line.strip_prefix(UNTIL) {
			narrowing.until = Some(moment(until)?);
		} else {
			return Err(PolicyError::Text(
				"from line 8 on, lines begin with `Code: `, `From: `, `Until: ` or `Document: `",
			));
		}
	}
	Ok(narrowing)
}

impl From<Policy> for String {
	fn from(policy: Policy) -> Self {
		policy.to_string()
	}
}

impl TryFrom<String> for Policy {
	type Error = PolicyError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl fmt::Display for PolicyCode {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{}|{}", self.system, self.code)
	}
}

impl FromStr for PolicyCode {
	type Err = PolicyError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let (system, code) = text.split_once('|').ok_or(PolicyError::Code)?;
		let no_space = |text: &str| !text.chars().any(|c| c.is_whitespace() || c.is_control());
		let words = code.split(' ').all(|word| !word.is_empty() && no_space(word));
		if system.len() > MAX_SYSTEM || code.len() > MAX_CODE || !no_space(system) || !words {
			return Err(PolicyError::Code);
		}
		Ok(Self { system: system.to_owned(), code: code.to_owned() })
	}
}

impl fmt::Display for Document {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{}/{}", self.resource_type, self.id)
	}
}

impl FromStr for Document {
	type Err = PolicyError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let (resource_type, id) = text.split_once('/').ok_or(PolicyError::Document)?;
		let fits = |text: &str, allowed: fn(u8) -> bool| {
			(1..=MAX_ID).contains(&text.len()) && text.bytes().all(allowed)
		};
		let is_type = fits(resource_type, |byte| byte.is_ascii_alphabetic());
		let is_id = fits(id, |byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
		if !is_type || !is_id {
			return Err(PolicyError::Document);
		}
		Ok(Self { resource_type: resource_type.to_owned(), id: id.to_owned() })
	}
}
