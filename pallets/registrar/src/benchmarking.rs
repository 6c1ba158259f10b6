//! Benchmarks of the calls, each at its worst: providers of the longest name and endpoint with as many
//! nodes as may be, an operator to keep in step, and consents as browser wallets sign them (the second of the two texts that are tried).
//!
//! What [`AuthorityHolders::relinquish`](medrec_primitives::AuthorityHolders::relinquish) costs is the
//! runtime's: a provider of these benchmarks holds no authority.

use crate::{
	name_key, Call, Config, NextParticipantId, Pallet, Participants, PeerIds, ProviderNames,
	Providers, Purposes,
};
use alloc::format;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;
use medrec_primitives::{
	AccountId, AccountRole, Consent, Participant, ParticipantAccount, ParticipantId,
	ParticipantKind, ParticipantStatus, PeerId, Provider, ProviderEndpoint, ProviderName,
	Signature, SignedConsent, MAX_NAME_LENGTH, MAX_PEER_IDS,
};
use sp_core::crypto::KeyTypeId;

const KEY_TYPE: KeyTypeId = KeyTypeId(*b"mdrc");
const ENCRYPTION_KEY: [u8; 32] = [7; 32];
const GATEKEEPER_KEY: [u8; 32] = [8; 32];

/// A name of full length that ends in the participant's number.
fn name(id: ParticipantId) -> ProviderName {
	let text = format!("{id:N>width$}", width = MAX_NAME_LENGTH as usize);
	ProviderName::truncate_from(text.into_bytes())
}

/// An endpoint of full length.
fn endpoint() -> ProviderEndpoint {
	let text = format!("https://{}.{}.example", "g".repeat(56), "h".repeat(55));
	ProviderEndpoint::truncate_from(text.into_bytes())
}

/// As many peer ids of full length as a provider may have, none of them in another `batch`.
fn peer_ids(batch: u8) -> medrec_primitives::PeerIds {
	let ids = (0..MAX_PEER_IDS as u8).map(|number| {
		let mut id = [batch; 44];
		id[..3].copy_from_slice(&[0, 42, number]);
		PeerId::truncate_from(id.to_vec())
	});
	medrec_primitives::PeerIds::truncate_from(ids.collect())
}

/// Put an account on the chain as a participant of any kind, providers with all that belongs to them.
pub(crate) fn participant<T: Config>(account: AccountId, kind: ParticipantKind) -> ParticipantId {
	let id = NextParticipantId::<T>::get();
	NextParticipantId::<T>::put(id.saturating_add(1));
	Pallet::<T>::occupy(
		&account,
		ParticipantAccount { participant: id, role: kind.into(), ..Default::default() },
	);
	Participants::<T>::insert(
		id,
		Participant {
			account,
			kind,
			status: ParticipantStatus::Active,
			encryption_key: ENCRYPTION_KEY,
			epoch: 0,
		},
	);
	if kind == ParticipantKind::Provider {
		ProviderNames::<T>::insert(name_key(&name(id)), id);
		Providers::<T>::insert(
			id,
			Provider {
				name: name(id),
				endpoint: endpoint(),
				gatekeeper_key: GATEKEEPER_KEY,
				operator: None,
			},
		);
	}
	id
}

/// A provider with an operator account and nodes.
fn provider<T: Config>() -> (ParticipantId, AccountId) {
	let (who, operator): (AccountId, AccountId) =
		(account("provider", 0, 0), account("operator", 0, 0));
	let id = participant::<T>(who.clone(), ParticipantKind::Provider);
	Pallet::<T>::occupy(
		&operator,
		ParticipantAccount { participant: id, role: AccountRole::Operator, ..Default::default() },
	);
	Providers::<T>::mutate(id, |entry| {
		if let Some(provider) = entry {
			provider.operator = Some(operator);
		}
	});
	PeerIds::<T>::insert(id, peer_ids(1));
	(id, who)
}

/// A vacant account whose key is in the keystore, and what it signs, as browser wallets wrap it.
fn agree<T: Config>(consent: &Consent) -> (AccountId, Signature) {
	let public = sp_io::crypto::sr25519_generate(KEY_TYPE, None);
	let account = AccountId::new(public.0);
	let payload = consent.payload(&Pallet::<T>::genesis_hash(), &account, 0);
	let wrapped = [b"<Bytes>", payload.as_slice(), b"</Bytes>"].concat();
	let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, &public, &wrapped)
		.expect("the key was generated in this keystore; qed");
	(account, Signature::Sr25519(signature))
}

fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

fn status<T: Config>(id: ParticipantId) -> Option<ParticipantStatus> {
	Participants::<T>::get(id).map(|participant| participant.status)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register() {
		let (provider, who) = provider::<T>();
		let kind = ParticipantKind::Patient;
		let deadline = Pallet::<T>::now().saturating_add(1_000);
		let agreed = Consent::Register { provider, kind, encryption_key: ENCRYPTION_KEY, deadline };
		let (account, signature) = agree::<T>(&agreed);
		let consent = SignedConsent {
			account: account.clone(),
			kind,
			encryption_key: ENCRYPTION_KEY,
			deadline,
			signature,
		};

		#[extrinsic_call]
		_(RawOrigin::Signed(who), consent);

		assert_eq!(frame_system::Account::<T>::get(&account).data.role, AccountRole::Patient);
	}

	#[benchmark]
	fn rotate_key() {
		let (participant, who) = provider::<T>();
		let (new_account, signature) = agree::<T>(&Consent::Rotate { participant, epoch: 0 });

		#[extrinsic_call]
		_(RawOrigin::Signed(who), new_account.clone(), signature);

		assert_eq!(Participants::<T>::get(participant).map(|p| p.account), Some(new_account));
	}

	#[benchmark]
	fn set_encryption_key() {
		let (id, who) = provider::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(who), [9; 32]);

		assert_eq!(Participants::<T>::get(id).map(|p| p.encryption_key), Some([9; 32]));
	}

	#[benchmark]
	fn end_sessions() {
		let (id, who) = provider::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(who));

		assert_eq!(Participants::<T>::get(id).map(|p| p.epoch), Some(1));
	}

	#[benchmark]
	fn retire() {
		let (id, who) = provider::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(who));

		assert_eq!(status::<T>(id), Some(ParticipantStatus::Retired));
	}

	#[benchmark]
	fn set_endpoint() {
		let (id, who) = provider::<T>();
		let new = ProviderEndpoint::truncate_from(b"https://moved.example".to_vec());

		#[extrinsic_call]
		_(RawOrigin::Signed(who), new.clone());

		assert_eq!(Providers::<T>::get(id).map(|p| p.endpoint), Some(new));
	}

	#[benchmark]
	fn set_gatekeeper_key() {
		let (id, who) = provider::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(who), [9; 32]);

		assert_eq!(Providers::<T>::get(id).map(|p| p.gatekeeper_key), Some([9; 32]));
	}

	#[benchmark]
	fn set_operator() {
		let (id, who) = provider::<T>();
		let agreed = agree::<T>(&Consent::Operate { provider: id });

		#[extrinsic_call]
		_(RawOrigin::Signed(who), Some(agreed.clone()));

		assert_eq!(Providers::<T>::get(id).and_then(|p| p.operator), Some(agreed.0));
	}

	#[benchmark]
	fn certify() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let new: AccountId = account("new", 0, 0);
		let id = NextParticipantId::<T>::get();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, new, name(id), endpoint(), ENCRYPTION_KEY, GATEKEEPER_KEY);

		assert_eq!(Providers::<T>::get(id).map(|p| p.name), Some(name(id)));
		Ok(())
	}

	#[benchmark]
	fn suspend() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (id, _) = provider::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id);

		assert_eq!(status::<T>(id), Some(ParticipantStatus::Suspended));
		Ok(())
	}

	#[benchmark]
	fn reinstate() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (id, _) = provider::<T>();
		Pallet::<T>::make_suspended(id)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id);

		assert_eq!(status::<T>(id), Some(ParticipantStatus::Active));
		Ok(())
	}

	#[benchmark]
	fn set_purposes() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let none = medrec_primitives::Purposes::NONE;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, ParticipantKind::Other, none);

		assert_eq!(Purposes::<T>::get().of(ParticipantKind::Other), none);
		Ok(())
	}

	#[benchmark]
	fn set_peer_ids() {
		let (id, who) = provider::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(who), peer_ids(2));

		assert_eq!(PeerIds::<T>::get(id), Some(peer_ids(2)));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
