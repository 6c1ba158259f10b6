//! A patient with two providers.

use super::{
	chain::{Chain, GENESIS},
	gatekeeper::Gatekeeper,
	node::Node,
	Home,
};
use medrec_client::terms;
use medrec_primitives::{
	Labels, Opening, ParticipantId, ParticipantKind, Purposes, RecordTypes, RelationshipId,
	RelationshipStatus, Tag,
};
use medrec_protocol::{
	identity::Seed,
	openings::PatronCopy,
	sealed::{seal, OpeningContext},
};

pub const WORDS: &str =
	"legal winner thank year wave sausage worth useful legal winner thank yellow";

pub const MERCY: ParticipantId = 0;
pub const LAKESIDE: ParticipantId = 1;

/// Her identity with Mercy Hospital.
pub const ALICE: ParticipantId = 10;

/// The usual grantee, where a test registers one.
pub const PHARMACIST: ParticipantId = 30;

pub struct World {
	pub chain: Chain,
	pub mercy: Gatekeeper,
	pub lakeside: Gatekeeper,
	pub home: Home,
	pub seed: Seed,
	_node: Node,
}

/// Alice Example is with two providers, under two identities: participants 10 and 11, relationships 20
/// and 21.
pub async fn world() -> World {
	let chain = Chain::default();
	let mercy = Gatekeeper::start(&chain, MERCY, "Mercy Hospital").await;
	let lakeside = Gatekeeper::start(&chain, LAKESIDE, "Lakeside Clinic").await;
	let seed = Seed::from_phrase(WORDS).unwrap();
	chain.register(ALICE, ParticipantKind::Patient, &seed.identity(&GENESIS, MERCY, 0));
	// Her first key with Lakeside was rotated away; recovery finds the second.
	chain.register(11, ParticipantKind::Patient, &seed.identity(&GENESIS, LAKESIDE, 1));
	chain.relate(20, ALICE, MERCY, RelationshipStatus::Active);
	chain.relate(21, 11, LAKESIDE, RelationshipStatus::Active);
	let node = Node::start(&chain).await;
	let home = Home::new(&node.url);
	home.import(WORDS).await;
	World { chain, mercy, lakeside, home, seed, _node: node }
}

impl World {
	pub fn register_pharmacist(&self) {
		self.chain.register(PHARMACIST, ParticipantKind::Other, &Seed::generate().viewer(0));
	}

	/// Put a grant to somebody on the chain that was made on another device.
	pub fn grant(&self, relationship: RelationshipId, grantee: ParticipantId, salt: u8) -> Opening {
		let now = medrec_client::clock::now();
		let (types, purposes) = (RecordTypes::MEDICATIONS, Purposes::TREATMENT);
		let terms = terms::terms(types, Labels::NONE, purposes, now, now + 86_400_000).unwrap();
		let opening = Opening { grantee, terms, salt: [salt; 32] };
		self.chain.grant(relationship, &opening);
		opening
	}

	/// The same, with her copy of its opening at the gatekeeper.
	pub fn grant_deposited(
		&self,
		at: &Gatekeeper,
		relationship: RelationshipId,
		grantee: ParticipantId,
		salt: u8,
	) -> Tag {
		let opening = self.grant(relationship, grantee, salt);
		let context = OpeningContext::of(&opening, GENESIS, at.provider, relationship);
		let backup = self.seed.backup_key(&GENESIS).public();
		let sealed = seal(&backup, &context, &opening).unwrap();
		at.holdings().deposited.push(PatronCopy {
			provider: at.provider,
			relationship,
			grantee,
			tag: context.tag,
			sealed,
			policy: None,
		});
		context.tag
	}
}
