//! Named genesis configurations. Both are for development: their keys derive from the published
//! development phrase (`//Alice`, `//Alice//operator`, `//Alice//gatekeeper`, ...).

use alloc::{string::ToString, vec, vec::Vec};
use frame_support::build_struct_json_patch;
use medrec_primitives::{EncryptionKey, GatekeeperKey};
use pallet_registrar::GenesisProvider;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::hex2array;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
	AccountId, AuthoritiesConfig, BlockNumber, RegistrarConfig, RuntimeGenesisConfig,
	SessionConfig, SessionKeys, DAYS, MILLISECONDS_PER_BLOCK, MINUTES,
};

/// Preset of a chain with one provider.
pub const DEV: &str = "dev";

/// Preset of a chain with four providers.
pub const LOCAL: &str = "local";

/// Blocks of the sessions of `dev`: 5 minutes.
const DEV_SESSION_LENGTH: BlockNumber = 5 * MINUTES;

/// Blocks for objections to a removal in `dev`.
const DEV_REMOVAL_DELAY: BlockNumber = DAYS;

/// Blocks of the sessions of `local`: 20 seconds, so that rotations are seen.
const LOCAL_SESSION_LENGTH: BlockNumber = (20_000 / MILLISECONDS_PER_BLOCK) as BlockNumber;

/// Blocks for objections to a removal in `local`: a minute, so that a removal is seen.
const LOCAL_REMOVAL_DELAY: BlockNumber = MINUTES;

/// A provider of the presets.
struct Provider {
	sr25519: Sr25519Keyring,
	ed25519: Ed25519Keyring,
	name: &'static str,
	endpoint: &'static str,
	operator: [u8; 32],
	gatekeeper_key: GatekeeperKey,
	encryption_key: EncryptionKey,
}

impl Provider {
	fn account(&self) -> AccountId {
		self.sr25519.to_account_id()
	}

	fn session_keys(&self) -> SessionKeys {
		SessionKeys {
			aura: AuraId::from(self.sr25519.public()),
			grandpa: GrandpaId::from(self.ed25519.public()),
			authority_discovery: self.sr25519.public().into(),
		}
	}

	fn genesis(&self) -> GenesisProvider<AccountId> {
		GenesisProvider {
			account: self.account(),
			name: self.name.to_string(),
			endpoint: self.endpoint.to_string(),
			encryption_key: self.encryption_key,
			gatekeeper_key: self.gatekeeper_key,
			operator: Some(self.operator.into()),
		}
	}
}

/// The providers of `local`, in the order of their numbers.
const PROVIDERS: [Provider; 4] = [
	Provider {
		sr25519: Sr25519Keyring::Alice,
		ed25519: Ed25519Keyring::Alice,
		name: "Mercy Hospital",
		endpoint: "http://127.0.0.1:8100",
		operator: hex2array!("945e10040b47c3df67c4ccf156ac19f9d649c16211646798a364097791691e3d"),
		gatekeeper_key: hex2array!(
			"5ba3dc09ec0318f23cbee148ab873bdf553d55459a3499f99aee829e0ee2a9fa"
		),
		encryption_key: hex2array!(
			"854bc869d01c39894764518b66501fbbb9890e5f34e2732afc45780bd969971b"
		),
	},
	Provider {
		sr25519: Sr25519Keyring::Bob,
		ed25519: Ed25519Keyring::Bob,
		name: "Lakeside Clinic",
		endpoint: "http://127.0.0.1:8101",
		operator: hex2array!("407f432b63c4661febeb51526c3c8127f2852cd3fb5344cbfe247f383866ec67"),
		gatekeeper_key: hex2array!(
			"717c515edbf0ff44ccc2631bd95121ef748a97ec37f66cdc1fcd7796ee6898e8"
		),
		encryption_key: hex2array!(
			"e86b8c5ed4d771df1fc0cd870b91a26ab3108102e9018bb8bbfbd1a35b50c433"
		),
	},
	Provider {
		sr25519: Sr25519Keyring::Charlie,
		ed25519: Ed25519Keyring::Charlie,
		name: "Northgate Hospital",
		endpoint: "http://127.0.0.1:8102",
		operator: hex2array!("b4cd86ca3c51e678b6783b33e1842c38db4f1a4c8a8c9e69dc210664521ff75a"),
		gatekeeper_key: hex2array!(
			"953fffb7e5b7f3414374d472bafcd399ebc3b608fb89138e8c44672600f3638b"
		),
		encryption_key: hex2array!(
			"e6f0062f486b89f625d948be53e81e06a0321b27dbcc42f703bf20b445e30f7d"
		),
	},
	Provider {
		sr25519: Sr25519Keyring::Dave,
		ed25519: Ed25519Keyring::Dave,
		name: "Harbour Practice",
		endpoint: "http://127.0.0.1:8103",
		operator: hex2array!("1405d87261bb90e9601d55547568f73e00a838c0ac6eb143cc5b3fd966572d09"),
		gatekeeper_key: hex2array!(
			"27859a0fb05b8aab0a41a8c3a971672f206cf34cbec699d890e7daa28b4fc962"
		),
		encryption_key: hex2array!(
			"c5b5826d90d4ff362ed756f48a1562bddd1a4709e2e89904ace67a73c0882400"
		),
	},
];

fn genesis(
	providers: &[Provider],
	minimum_authorities: u32,
	session_length: BlockNumber,
	removal_delay: BlockNumber,
) -> serde_json::Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		registrar: RegistrarConfig {
			providers: providers.iter().map(Provider::genesis).collect::<Vec<_>>(),
		},
		authorities: AuthoritiesConfig {
			authorities: (0..)
				.zip(providers)
				.map(|(participant, provider)| (participant, provider.account()))
				.collect::<Vec<_>>(),
			minimum_authorities,
			session_length,
			removal_delay,
		},
		session: SessionConfig {
			keys: providers
				.iter()
				.map(|provider| (provider.account(), provider.account(), provider.session_keys()))
				.collect::<Vec<_>>(),
		},
	})
}

/// The patch of a preset.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_str() {
		DEV => genesis(&PROVIDERS[..1], 1, DEV_SESSION_LENGTH, DEV_REMOVAL_DELAY),
		LOCAL => genesis(&PROVIDERS, 2, LOCAL_SESSION_LENGTH, LOCAL_REMOVAL_DELAY),
		_ => return None,
	};
	// Written as JSON, it only fails where a map's key is not text: these have field names for keys.
	serde_json::to_vec(&patch).ok()
}

/// Names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV), PresetId::from(LOCAL)]
}
