//! Text forms of bytes: unpadded base64url, and `0x` hexadecimal.

use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use serde::{de::DeserializeOwned, Serialize};

/// Bytes as unpadded base64url (RFC 4648 section 5).
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
	URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of unpadded base64url text. Padding, other alphabets and non-zero trailing bits are
/// refused, so that bytes have one text only.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
	URL_SAFE_NO_PAD.decode(text).ok()
}

/// Exactly `N` bytes from unpadded base64url.
pub(crate) fn array_from_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
	from_base64url(text)?.try_into().ok()
}

/// A value as base64url of its JSON, the form of headers that carry a structure.
pub(crate) fn to_base64url_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
	serde_json::to_vec(value).map(|json| to_base64url(&json))
}

/// The reverse of [`to_base64url_json`]; the error says what is wrong.
pub(crate) fn from_base64url_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
	let json = from_base64url(text).ok_or("it is not unpadded base64url")?;
	serde_json::from_slice(&json).map_err(|error| error.to_string())
}

/// Byte arrays and vectors as `0x…` in JSON.
pub(crate) mod hex_bytes {
	use serde::{de::Error as _, Deserialize, Deserializer, Serializer};

	pub fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&format!("0x{}", hex::encode(bytes)))
	}

	pub fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
	where
		T: TryFrom<Vec<u8>>,
		D: Deserializer<'de>,
	{
		let text = String::deserialize(from)?;
		super::bytes_from_hex(&text)
			.and_then(|bytes| T::try_from(bytes).ok())
			.ok_or_else(|| D::Error::custom("expected 0x and the right number of hex digits"))
	}
}

/// Byte arrays and vectors as unpadded base64url in JSON.
pub(crate) mod base64url_bytes {
	use serde::{de::Error as _, Deserialize, Deserializer, Serializer};

	pub fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&super::to_base64url(bytes.as_ref()))
	}

	pub fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
	where
		T: TryFrom<Vec<u8>>,
		D: Deserializer<'de>,
	{
		let text = String::deserialize(from)?;
		super::from_base64url(&text)
			.and_then(|bytes| T::try_from(bytes).ok())
			.ok_or_else(|| D::Error::custom("expected unpadded base64url of the right length"))
	}
}

/// The bytes of `0x` and lower-case hexadecimal digits; bytes have one text only.
pub(crate) fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
	let digits = text.strip_prefix("0x")?;
	if digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
		return None;
	}
	hex::decode(digits).ok()
}

/// A hash from `0x` and 64 lower-case hexadecimal digits.
pub(crate) fn hash_from_hex(text: &str) -> Option<medrec_primitives::Hash> {
	let bytes: [u8; 32] = bytes_from_hex(text)?.try_into().ok()?;
	Some(bytes.into())
}
