//! What the mocked node and gatekeepers know of the chain.

use super::pool::PoolState;
use medrec_chain_client::rpc_api::{
	AccountRoleName, AuthorityInfo, BlockRef, GrantInfo, MotionInfo, ParticipantInfo, ProviderInfo,
	RelationshipInfo,
};
use medrec_primitives::{
	decide, AccountId, Decision, ExpiryDay, Hash, Opening, ParticipantId, ParticipantKind,
	ParticipantStatus, Party, Purpose, PurposesTable, Question, Relationship, RelationshipId,
	RelationshipStatus, Tag,
};
use medrec_protocol::{gatekeeper_key::GatekeeperSecret, identity::Identity};
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard},
	time::Duration,
};

pub const GENESIS: Hash = Hash::repeat_byte(0x6d);
pub const BEST: BlockRef = BlockRef { hash: Hash::repeat_byte(0xbb), number: 12 };
pub const FINALIZED: BlockRef = BlockRef { hash: Hash::repeat_byte(0xff), number: 10 };

#[derive(Default)]
pub struct State {
	/// What was submitted, and what becomes of what will be.
	pub pool: PoolState,

	pub participants: BTreeMap<ParticipantId, ParticipantInfo>,
	pub relationships: BTreeMap<RelationshipId, Relationship>,
	pub tags: BTreeMap<(RelationshipId, Tag), ExpiryDay>,
	pub seats: Vec<AuthorityInfo>,
	pub motions: Vec<MotionInfo>,
}

/// Shared by node and gatekeepers.
#[derive(Clone, Default)]
pub struct Chain(Arc<Mutex<State>>);

impl Chain {
	pub fn lock(&self) -> MutexGuard<'_, State> {
		self.0.lock().unwrap()
	}

	/// Wait until the chain is so.
	pub async fn until(&self, is_so: impl Fn(&State) -> bool) {
		let wait = async {
			while !is_so(&self.lock()) {
				tokio::time::sleep(Duration::from_millis(10)).await;
			}
		};
		tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it never is");
	}

	pub fn add_provider(
		&self,
		id: ParticipantId,
		name: &str,
		endpoint: &str,
		key: &GatekeeperSecret,
	) {
		let info = ParticipantInfo {
			id,
			account: AccountId::new([id as u8; 32]),
			kind: ParticipantKind::Provider,
			status: ParticipantStatus::Active,
			encryption_key: Hash::repeat_byte(id as u8),
			epoch: 0,
			provider: Some(ProviderInfo {
				name: name.to_owned(),
				endpoint: endpoint.to_owned(),
				gatekeeper_key: key.public().into(),
				operator: None,
			}),
			role: None,
		};
		self.lock().participants.insert(id, info);
	}

	pub fn register(&self, id: ParticipantId, kind: ParticipantKind, identity: &Identity) {
		let info = ParticipantInfo {
			id,
			account: identity.account_id(),
			kind,
			status: ParticipantStatus::Active,
			encryption_key: identity.encryption_key().into(),
			epoch: 0,
			provider: None,
			role: None,
		};
		self.lock().participants.insert(id, info);
	}

	pub fn relate(
		&self,
		id: RelationshipId,
		patron: ParticipantId,
		steward: ParticipantId,
		status: RelationshipStatus,
	) {
		let relationship =
			Relationship { patron, steward, status, since: 1_795_370_400_000, tags: 0 };
		self.lock().relationships.insert(id, relationship);
	}

	pub fn grant(&self, relationship: RelationshipId, opening: &Opening) -> Tag {
		let tag = opening.tag(&GENESIS, relationship);
		self.lock().tags.insert((relationship, tag), ExpiryDay(u16::MAX));
		tag
	}

	pub fn decide(
		&self,
		actor: ParticipantId,
		relationship: RelationshipId,
		purpose: Purpose,
		opening: Option<&Opening>,
		now: u64,
	) -> Decision {
		let state = self.lock();
		let party = state.participants.get(&actor).map(|participant| Party {
			participant: participant.id,
			kind: participant.kind,
			status: participant.status,
		});
		let tag_on_chain = opening.and_then(|opening| {
			state.tags.get(&(relationship, opening.tag(&GENESIS, relationship))).copied()
		});
		decide(&Question {
			actor: party.as_ref(),
			on_behalf_of: party.as_ref(),
			relationship: state.relationships.get(&relationship),
			opening,
			tag_on_chain,
			purpose,
			purposes_table: &PurposesTable::default(),
			start_now: now,
			end_now: now,
		})
	}
}

impl State {
	pub fn participant_of(&self, account: &AccountId) -> Option<ParticipantInfo> {
		self.participants.values().find_map(|info| {
			let operator = info.provider.as_ref().and_then(|provider| provider.operator.as_ref());
			let role = if info.account == *account {
				AccountRoleName::Principal
			} else if operator == Some(account) {
				AccountRoleName::Operator
			} else {
				return None;
			};
			Some(ParticipantInfo { role: Some(role), ..info.clone() })
		})
	}

	pub fn relationship(&self, id: RelationshipId) -> Option<RelationshipInfo> {
		let relationship = *self.relationships.get(&id)?;
		Some(RelationshipInfo { id, relationship })
	}

	pub fn grants(&self, relationship: RelationshipId) -> Vec<GrantInfo> {
		self.tags
			.iter()
			.filter(|((of, _), _)| *of == relationship)
			.map(|((_, tag), expiry_day)| GrantInfo { tag: *tag, expiry_day: *expiry_day })
			.collect()
	}
}
