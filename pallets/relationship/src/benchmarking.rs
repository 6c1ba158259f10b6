//! Benchmarks of the calls, each in its dearest case.

use crate::{Call, Config, Grants, OpenProposals, Pallet, Relationships};
use frame_benchmarking::v2::*;
use frame_support::traits::Get;
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use medrec_primitives::{
	AccountId, Consent, ExpiryDay, ParticipantId, ParticipantKind, Participants, RelationshipId,
	RelationshipRole, RelationshipStatus, Signature, SignedConsent, Tag,
};
use sp_core::crypto::KeyTypeId;
use sp_runtime::{
	traits::{IdentifyAccount, Zero},
	MultiSigner,
};

/// Key type under which the benchmarks' keys lie in the keystore.
const KEY_TYPE: KeyTypeId = KeyTypeId(*b"medr");

#[benchmarks]
mod benchmarks {
	use super::*;

	/// A patient and a provider with their accounts.
	struct Parties {
		patron: ParticipantId,
		patron_account: AccountId,
		steward: ParticipantId,
		steward_account: AccountId,
	}

	fn parties<T: Config>() -> Parties {
		let patron_account: AccountId = account("patron", 0, 0);
		let steward_account: AccountId = account("steward", 0, 0);
		let patient = ParticipantKind::Patient;
		let provider = ParticipantKind::Provider;
		Parties {
			patron: T::Participants::benchmark_participant(patron_account.clone(), patient),
			steward: T::Participants::benchmark_participant(steward_account.clone(), provider),
			patron_account,
			steward_account,
		}
	}

	/// A relationship that waits for its steward's answer.
	fn proposed<T: Config>(parties: &Parties) -> Result<RelationshipId, BenchmarkError> {
		Pallet::<T>::open_proposal(parties.patron)?;
		let status = RelationshipStatus::ProposedByPatron;
		Ok(Pallet::<T>::open(parties.patron, parties.steward, status)?)
	}

	fn active<T: Config>(parties: &Parties) -> Result<RelationshipId, BenchmarkError> {
		Ok(Pallet::<T>::open(parties.patron, parties.steward, RelationshipStatus::Active)?)
	}

	fn numbered_tag(number: u32) -> Tag {
		Tag(sp_io::hashing::blake2_256(&number.to_le_bytes()))
	}

	/// Put tags under a relationship.
	fn insert_tags<T: Config>(
		id: RelationshipId,
		expiry: ExpiryDay,
		numbers: core::ops::Range<u32>,
	) {
		Relationships::<T>::mutate(id, |relationship| {
			if let Some(relationship) = relationship {
				for number in numbers {
					Grants::<T>::insert(id, numbered_tag(number), expiry);
					relationship.tags = relationship.tags.saturating_add(1);
				}
			}
		});
	}

	/// A new account, with the signature that is dearest to verify: ecdsa, as browser wallets wrap it.
	#[benchmark]
	fn enrol() -> Result<(), BenchmarkError> {
		let Parties { steward, steward_account, .. } = parties::<T>();
		let public = sp_io::crypto::ecdsa_generate(KEY_TYPE, None);
		let patron_account = MultiSigner::Ecdsa(public).into_account();
		let (kind, encryption_key) = (ParticipantKind::Patient, [1; 32]);
		let deadline = Pallet::<T>::now().saturating_add(1);
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let payload = Consent::Enrol { steward, kind, encryption_key, deadline }.payload(
			&genesis,
			&patron_account,
			0,
		);
		let wrapped = [b"<Bytes>", payload.as_slice(), b"</Bytes>"].concat();
		let signature = sp_io::crypto::ecdsa_sign(KEY_TYPE, &public, &wrapped)
			.ok_or(BenchmarkError::Stop("the keystore has no key that it made"))?;
		let consent = SignedConsent {
			account: patron_account.clone(),
			kind,
			encryption_key,
			deadline,
			signature: Signature::Ecdsa(signature),
		};

		#[extrinsic_call]
		_(RawOrigin::Signed(steward_account), consent);

		let enrolled = T::Participants::caller(&patron_account).map(|caller| caller.participant);
		assert!(enrolled.is_some());
		let stored = Relationships::<T>::get(0).map(|relationship| relationship.patron);
		assert_eq!(stored, enrolled);
		Ok(())
	}

	#[benchmark]
	fn propose() {
		let Parties { patron, patron_account, steward, .. } = parties::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(patron_account), steward, RelationshipRole::Patron);

		assert_eq!(OpenProposals::<T>::get(patron), 1);
	}

	#[benchmark]
	fn accept() -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = proposed::<T>(&parties)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward_account), id, parties.patron);

		let status = Relationships::<T>::get(id).map(|relationship| relationship.status);
		assert_eq!(status, Some(RelationshipStatus::Active));
		Ok(())
	}

	#[benchmark]
	fn reject() -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = proposed::<T>(&parties)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward_account), id);

		assert!(!Relationships::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = proposed::<T>(&parties)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(parties.patron_account), id);

		assert!(!Relationships::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn end() -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = active::<T>(&parties)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(parties.patron_account), id);

		let status = Relationships::<T>::get(id).map(|relationship| relationship.status);
		assert_eq!(status, Some(RelationshipStatus::Ended));
		Ok(())
	}

	#[benchmark]
	fn grant() -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = active::<T>(&parties)?;
		let most = u32::from(T::MaxTags::get()).saturating_sub(1);
		insert_tags::<T>(id, ExpiryDay(u16::MAX), 0..most);
		let tag = numbered_tag(most);

		#[extrinsic_call]
		_(RawOrigin::Signed(parties.patron_account), id, tag, ExpiryDay(u16::MAX));

		assert!(Grants::<T>::contains_key(id, tag));
		Ok(())
	}

	#[benchmark]
	fn revoke() -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = active::<T>(&parties)?;
		insert_tags::<T>(id, ExpiryDay(u16::MAX), 0..T::MaxTags::get().into());
		let tag = numbered_tag(0);

		#[extrinsic_call]
		_(RawOrigin::Signed(parties.patron_account), id, tag);

		assert!(!Grants::<T>::contains_key(id, tag));
		Ok(())
	}

	/// `k` tags that stay and `r` that are removed. The call's work, with a time at which some tags are
	/// over, which a benchmark cannot set.
	#[benchmark]
	fn clean_grants(
		k: Linear<0, { u32::from(T::MaxTags::get() / 2) }>,
		r: Linear<1, { u32::from(T::MaxTags::get() / 2) }>,
	) -> Result<(), BenchmarkError> {
		let parties = parties::<T>();
		let id = active::<T>(&parties)?;
		let over = ExpiryDay(0);
		insert_tags::<T>(id, ExpiryDay(u16::MAX), 0..k);
		insert_tags::<T>(id, over, k..k.saturating_add(r));
		let origin = RawOrigin::Signed(parties.patron_account);

		#[block]
		{
			let caller = Pallet::<T>::ensure_caller(origin.into())?;
			let now = Pallet::<T>::now().max(over.end());
			Pallet::<T>::do_clean_grants(caller, id, u32::MAX, now)?;
		}

		let tags = Relationships::<T>::get(id).map(|relationship| u32::from(relationship.tags));
		assert_eq!(tags, Some(k));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
