//! Sealed openings: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//! ChaCha20Poly1305. All sealed openings are of one length, so that it tells nothing of the rules.

use crate::{
	encoding,
	encryption::{EncryptionSecret, SealingKem, SystemRandomness},
};
use codec::{Decode, Encode};
use hpke::{
	aead::ChaCha20Poly1305,
	kdf::HkdfSha256,
	rand_core::{CryptoRng, RngCore},
	single_shot_open, single_shot_seal, Deserializable, Kem, OpModeR, OpModeS, Serializable,
};
use medrec_primitives::{EncryptionKey, Hash, Opening, ParticipantId, RelationshipId, Tag};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use url::Url;

const DOMAIN: &[u8] = b"medrec/opening/v1";

/// Bytes of the encapsulated key.
const ENCAPSULATED_LENGTH: usize = 32;

/// Bytes of the Poly1305 tag.
const AUTHENTICATION_LENGTH: usize = 16;

/// Bytes that are encrypted: the opening's SCALE encoding, then zeros. Room for the longest.
pub const PLAINTEXT_LENGTH: usize = 288;

/// Bytes of a sealed opening.
pub const SEALED_LENGTH: usize = ENCAPSULATED_LENGTH + PLAINTEXT_LENGTH + AUTHENTICATION_LENGTH;

/// What an opening is sealed with and can only be opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningContext {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider that holds the records.
	pub provider: ParticipantId,
	/// The relationship that the tag is under.
	pub relationship: RelationshipId,
	/// The tag that the opening opens.
	pub tag: Tag,
}

impl OpeningContext {
	/// Context of an opening, with its tag.
	pub fn of(
		opening: &Opening,
		genesis: Hash,
		provider: ParticipantId,
		relationship: RelationshipId,
	) -> Self {
		Self { genesis, provider, relationship, tag: opening.tag(&genesis, relationship) }
	}

	/// `info` of HPKE: `"medrec/opening/v1" ‖ genesis ‖ provider u64 LE ‖ relationship u64 LE`.
	fn info(&self) -> Vec<u8> {
		let mut bytes = DOMAIN.to_vec();
		(self.genesis, self.provider, self.relationship).encode_to(&mut bytes);
		bytes
	}
}

/// Encapsulated key and ciphertext, [`SEALED_LENGTH`] bytes; in JSON unpadded base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedOpening(#[serde(with = "encoding::base64url_bytes")] [u8; SEALED_LENGTH]);

impl SealedOpening {
	/// The bytes.
	pub const fn as_bytes(&self) -> &[u8; SEALED_LENGTH] {
		&self.0
	}
}

impl From<[u8; SEALED_LENGTH]> for SealedOpening {
	fn from(bytes: [u8; SEALED_LENGTH]) -> Self {
		Self(bytes)
	}
}

impl TryFrom<Vec<u8>> for SealedOpening {
	type Error = OpenError;

	fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
		bytes.try_into().map(Self).map_err(|_| OpenError::Unreadable)
	}
}

/// Why an opening cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
	/// The context's tag is not the opening's.
	#[error("the opening does not open the tag that it is to be sealed for")]
	TagMismatch,
	/// The recipient's encryption key is of small order: sealing to it would protect nothing.
	#[error("the recipient's encryption key is not usable; the recipient has to set another")]
	RecipientKey,
}

/// Why a sealed opening cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
	/// It is sealed to another key, for another context, or changed.
	#[error("the opening is not sealed to this key for this grant, or it was changed on the way")]
	NotForThisKey,
	/// What was sealed is no opening.
	#[error("what was sealed is not an opening")]
	Unreadable,
	/// It opens another tag than the context's.
	#[error("the opening does not open the tag that it was deposited for")]
	TagMismatch,
}

/// Seal an opening to a participant's encryption key, for exactly this context.
pub fn seal(
	recipient: &EncryptionKey,
	context: &OpeningContext,
	opening: &Opening,
) -> Result<SealedOpening, SealError> {
	seal_with(recipient, context, opening, &mut SystemRandomness)
}

fn seal_with<R: RngCore + CryptoRng>(
	recipient: &EncryptionKey,
	context: &OpeningContext,
	opening: &Opening,
	randomness: &mut R,
) -> Result<SealedOpening, SealError> {
	if opening.tag(&context.genesis, context.relationship) != context.tag {
		return Err(SealError::TagMismatch);
	}
	let recipient = <SealingKem as Kem>::PublicKey::from_bytes(recipient)
		.map_err(|_| SealError::RecipientKey)?;
	let mut plaintext = opening.encode();
	plaintext.resize(PLAINTEXT_LENGTH, 0);
	let (encapsulated, ciphertext) =
		single_shot_seal::<ChaCha20Poly1305, HkdfSha256, SealingKem, R>(
			&OpModeS::Base,
			&recipient,
			&context.info(),
			&plaintext,
			&context.tag.0,
			randomness,
		)
		.map_err(|_| SealError::RecipientKey)?;
	let bytes = [encapsulated.to_bytes().as_slice(), ciphertext.as_slice()].concat();
	Ok(SealedOpening(
		bytes.try_into().expect("the parts of a sealed opening have fixed lengths; qed"),
	))
}

/// Open a sealed opening, and check that it opens the context's tag. Whom it grants to is for the
/// caller to compare.
pub fn open(
	secret: &EncryptionSecret,
	context: &OpeningContext,
	sealed: &SealedOpening,
) -> Result<Opening, OpenError> {
	let (encapsulated, ciphertext) = sealed.0.split_at(ENCAPSULATED_LENGTH);
	let encapsulated = <SealingKem as Kem>::EncappedKey::from_bytes(encapsulated)
		.map_err(|_| OpenError::NotForThisKey)?;
	let plaintext = single_shot_open::<ChaCha20Poly1305, HkdfSha256, SealingKem>(
		&OpModeR::Base,
		&secret.private_key(),
		&encapsulated,
		&context.info(),
		ciphertext,
		&context.tag.0,
	)
	.map_err(|_| OpenError::NotForThisKey)?;
	let opening = decode_padded(&plaintext).ok_or(OpenError::Unreadable)?;
	if opening.tag(&context.genesis, context.relationship) != context.tag {
		return Err(OpenError::TagMismatch);
	}
	Ok(opening)
}

/// The opening, if nothing but zeros follows it.
fn decode_padded(plaintext: &[u8]) -> Option<Opening> {
	let mut rest = plaintext;
	let opening = Opening::decode(&mut rest).ok()?;
	rest.iter().all(|byte| *byte == 0).then_some(opening)
}

/// An opening to be handed over as a file, a message or a QR code, still sealed to its grantee. As
/// text: `medrec:opening?genesis=0x…&provider=1&relationship=9&tag=0x…&sealed=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortableOpening {
	/// What it is sealed with.
	pub context: OpeningContext,
	/// Sealed to the grantee's encryption key.
	pub sealed: SealedOpening,
}

/// The text is no portable opening.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a grant: it begins with `medrec:opening?` and was changed or cut off")]
pub struct PortableOpeningError;

impl fmt::Display for PortableOpening {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let OpeningContext { genesis, provider, relationship, tag } = &self.context;
		let sealed = encoding::to_base64url(&self.sealed.0);
		write!(
			f,
			"medrec:opening?genesis={genesis:?}&provider={provider}&relationship={relationship}\
			 &tag={tag}&sealed={sealed}"
		)
	}
}

impl FromStr for PortableOpening {
	type Err = PortableOpeningError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		read_uri(text).filter(|read| read.to_string() == text).ok_or(PortableOpeningError)
	}
}

fn read_uri(text: &str) -> Option<PortableOpening> {
	let uri = Url::parse(text).ok()?;
	let value = |key: &str| uri.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value);
	Some(PortableOpening {
		context: OpeningContext {
			genesis: encoding::hash_from_hex(&value("genesis")?)?,
			provider: value("provider")?.parse().ok()?,
			relationship: value("relationship")?.parse().ok()?,
			tag: value("tag")?.parse().ok()?,
		},
		sealed: SealedOpening(encoding::array_from_base64url(&value("sealed")?)?),
	})
}
