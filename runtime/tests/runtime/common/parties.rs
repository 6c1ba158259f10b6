//! Providers of the presets, people, and what stands between them.

use super::{chain::GENESIS, nonce_of, succeeds};
use frame_support::{assert_ok, traits::UnfilteredDispatchable};
use medrec_primitives::{
	AccountRole, Consent, EncryptionKey, Epoch, ExpiryDay, ParticipantAccount, ParticipantId,
	ParticipantKind, ProviderEndpoint, ProviderName, RelationshipId, RelationshipRole, Signature,
	SignedConsent, Tag,
};
use medrec_protocol::{account::AccountKey, signature::Scheme};
use medrec_runtime::{
	AccountId, Runtime, RuntimeCall, RuntimeOrigin, Timestamp, MILLISECONDS_PER_BLOCK,
};

/// Providers of the presets; `dev` has only the first.
pub const MERCY: ParticipantId = 0;
pub const LAKESIDE: ParticipantId = 1;
pub const NORTHGATE: ParticipantId = 2;
pub const HARBOUR: ParticipantId = 3;

/// Any encryption key.
pub const ENCRYPTION_KEY: EncryptionKey = [7; 32];

/// A person's key.
pub fn key(uri: &str) -> AccountKey {
	AccountKey::from_secret_uri(uri, Scheme::Sr25519).expect("a test names a key")
}

/// The key of a provider of the presets.
pub fn provider(id: ParticipantId) -> AccountKey {
	key(["//Alice", "//Bob", "//Charlie", "//Dave"][id as usize])
}

/// The key that the server of a provider of the presets holds.
pub fn operator(id: ParticipantId) -> AccountKey {
	key(["//Alice//operator", "//Bob//operator", "//Charlie//operator", "//Dave//operator"]
		[id as usize])
}

/// What the chain knows of a key's account.
pub fn account_data(key: &AccountKey) -> ParticipantAccount {
	frame_system::Account::<Runtime>::get(key.account_id()).data
}

/// The participant that a key acts as.
pub fn participant(key: &AccountKey) -> ParticipantId {
	let data = account_data(key);
	assert_ne!(data.role, AccountRole::Vacant, "a test names a participant");
	data.participant
}

/// A consent that its account signs as things stand.
fn consent(
	key: &AccountKey,
	kind: ParticipantKind,
	agreed: impl FnOnce(ParticipantKind, EncryptionKey, u64) -> Consent,
) -> SignedConsent<AccountId, Signature> {
	let deadline = Timestamp::get() + MILLISECONDS_PER_BLOCK;
	let agreed = agreed(kind, ENCRYPTION_KEY, deadline);
	SignedConsent {
		account: key.account_id(),
		kind,
		encryption_key: ENCRYPTION_KEY,
		deadline,
		signature: key.consent(&agreed, &GENESIS, nonce_of(key)).as_signature().clone(),
	}
}

/// The call that enrols a patient, who has agreed.
pub fn enrolment(
	steward: ParticipantId,
	patient: &AccountKey,
) -> pallet_relationship::Call<Runtime> {
	let consent = consent(patient, ParticipantKind::Patient, |kind, encryption_key, deadline| {
		Consent::Enrol { steward, kind, encryption_key, deadline }
	});
	pallet_relationship::Call::enrol { consent }
}

/// A provider's server enrols a patient.
pub fn enrol(steward: ParticipantId, patient: &AccountKey) -> RelationshipId {
	let id = pallet_relationship::NextRelationshipId::<Runtime>::get();
	succeeds(&operator(steward), enrolment(steward, patient));
	id
}

/// A provider's server registers someone.
pub fn register(provider: ParticipantId, key: &AccountKey, kind: ParticipantKind) {
	let consent = consent(key, kind, |kind, encryption_key, deadline| Consent::Register {
		provider,
		kind,
		encryption_key,
		deadline,
	});
	succeeds(&operator(provider), pallet_registrar::Call::register { consent });
}

/// A provider's server proposes a relationship to a patron.
pub fn proposed(steward: ParticipantId, patron: ParticipantId) -> RelationshipId {
	let id = pallet_relationship::NextRelationshipId::<Runtime>::get();
	let role = RelationshipRole::Steward;
	succeeds(&operator(steward), pallet_relationship::Call::propose { counterparty: patron, role });
	id
}

pub fn tag(number: u8) -> Tag {
	Tag([number; 32])
}

/// A patient whom Mercy has enrolled, and the relationship, with these tags under it.
pub fn granted(patient: &AccountKey, numbers: core::ops::Range<u8>) -> RelationshipId {
	let relationship = enrol(MERCY, patient);
	for number in numbers {
		let (tag, expiry) = (tag(number), ExpiryDay(u16::MAX));
		succeeds(patient, pallet_relationship::Call::grant { relationship, tag, expiry });
	}
	relationship
}

/// A provider replaces the key that its server holds.
pub fn set_operator(id: ParticipantId, new: &AccountKey) {
	let agreed = Consent::Operate { provider: id };
	let signature = new.consent(&agreed, &GENESIS, nonce_of(new)).as_signature().clone();
	let operator = Some((new.account_id(), signature));
	succeeds(&provider(id), pallet_registrar::Call::set_operator { operator });
}

/// The call that moves a participant that was never rotated to a new key, which agrees.
pub fn rotation(old: &AccountKey, new: &AccountKey) -> pallet_registrar::Call<Runtime> {
	rotation_in_epoch(old, new, 0)
}

/// The call that moves a participant to a new key, which agrees.
pub fn rotation_in_epoch(
	old: &AccountKey,
	new: &AccountKey,
	epoch: Epoch,
) -> pallet_registrar::Call<Runtime> {
	let agreed = Consent::Rotate { participant: participant(old), epoch };
	let signature = new.consent(&agreed, &GENESIS, nonce_of(new)).as_signature().clone();
	pallet_registrar::Call::rotate_key { new_account: new.account_id(), signature }
}

/// Bring about what the council decides, without its votes.
#[track_caller]
pub fn decide(call: impl Into<RuntimeCall>) {
	assert_ok!(call.into().dispatch_bypass_filter(RuntimeOrigin::root()));
}

/// The council suspends a participant.
#[track_caller]
pub fn suspend(participant: ParticipantId) {
	decide(pallet_registrar::Call::suspend { participant });
}

/// The call that admits a provider.
pub fn certify(key: &AccountKey, name: &str) -> pallet_registrar::Call<Runtime> {
	pallet_registrar::Call::certify {
		account: key.account_id(),
		name: ProviderName::truncate_from(name.into()),
		endpoint: ProviderEndpoint::truncate_from(b"https://new.example".to_vec()),
		encryption_key: ENCRYPTION_KEY,
		gatekeeper_key: [8; 32],
	}
}

/// Make an account's quota of the present window used up, without the transactions.
pub fn use_up_quota(key: &AccountKey) {
	let window = Timestamp::get() / medrec_runtime::configs::QuotaWindow::get();
	frame_system::Account::<Runtime>::mutate(key.account_id(), |account| {
		account.data.used = u16::MAX;
		account.data.window = window as u32;
	});
}
