//! Builds the node from its parts.

use std::{sync::Arc, time::Duration};

use futures::{future::BoxFuture, StreamExt};
use medrec_rpc::{Announcements, Freshness, Medrec};
use medrec_runtime::{apis::RuntimeApi, opaque::Block, Hash};
use sc_client_api::BlockBackend;
use sc_consensus_aura::{ImportQueueParams, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::SharedVoterState;
use sc_network::{event::Event, NetworkEventStream};
use sc_service::{
	error::Error as ServiceError, Configuration, KeystoreContainer, SpawnTaskHandle, TaskManager,
	WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_core::traits::SpawnEssentialNamed;

use crate::{announcements::Listener, cli::MedrecArgs, metrics, peering, rpc};

/// The client.
pub type FullClient = sc_service::TFullClient<
	Block,
	RuntimeApi,
	sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>,
>;
/// The database.
pub type FullBackend = sc_service::TFullBackend<Block>;
type FullSelectChain = sc_consensus::LongestChain<FullBackend, Block>;
type FullGrandpaBlockImport =
	sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
/// The transaction pool.
pub type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;

/// Where blocks wait to be verified and imported.
pub type ImportQueue = sc_consensus::DefaultImportQueue<Block>;
type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, FullSelectChain>;

/// The database, and what depends on it alone. Subcommands work on this, without pool and network.
pub struct Database {
	/// The client.
	pub client: Arc<FullClient>,
	/// The database itself.
	pub backend: Arc<FullBackend>,
	/// Runs tasks in the background.
	pub task_manager: TaskManager,
	keystore_container: KeystoreContainer,
	telemetry: Option<Telemetry>,
}

/// Least number of blocks after which finality is proven anew. Short, because light clients and warp
/// sync start from such proofs.
const JUSTIFICATION_PERIOD: u32 = 64;

/// How long GRANDPA waits before it passes votes on.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);

/// Open the database that the configuration names; make it if there is none.
pub fn open_database(config: &Configuration) -> Result<Database, ServiceError> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let executor = sc_service::new_wasm_executor(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			Vec::new(),
		)?;
	let client = Arc::new(client);

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});

	Ok(Database { client, backend, task_manager, keystore_container, telemetry })
}

/// The import queue of an open database, for subcommands.
pub fn import_queue(
	config: &Configuration,
	database: &Database,
) -> Result<ImportQueue, ServiceError> {
	let select_chain = sc_consensus::LongestChain::new(database.backend.clone());
	let spawner = Passing(database.task_manager.spawn_handle());
	block_import(config, database, select_chain, &spawner).map(|(import_queue, ..)| import_queue)
}

/// Spawns tasks of which a subcommand survives the end: with the import queue ends its worker, and that is
/// no failure.
#[derive(Clone)]
struct Passing(SpawnTaskHandle);

impl SpawnEssentialNamed for Passing {
	fn spawn_essential(
		&self,
		name: &'static str,
		group: Option<&'static str>,
		future: BoxFuture<'static, ()>,
	) {
		self.0.spawn(name, group, future);
	}

	fn spawn_essential_blocking(
		&self,
		name: &'static str,
		group: Option<&'static str>,
		future: BoxFuture<'static, ()>,
	) {
		self.0.spawn_blocking(name, group, future);
	}
}

/// How blocks are verified and imported.
fn block_import(
	config: &Configuration,
	database: &Database,
	select_chain: FullSelectChain,
	spawner: &impl SpawnEssentialNamed,
) -> Result<(ImportQueue, FullGrandpaBlockImport, GrandpaLink), ServiceError> {
	let Database { client, telemetry, .. } = database;
	let (grandpa_block_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		client,
		select_chain,
		telemetry.as_ref().map(|telemetry| telemetry.handle()),
	)?;

	let slot_duration = sc_consensus_aura::slot_duration(&**client)?;
	let import_queue =
		sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
			block_import: grandpa_block_import.clone(),
			justification_import: Some(Box::new(grandpa_block_import.clone())),
			client: client.clone(),
			create_inherent_data_providers: move |_, ()| async move {
				let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
				let slot =
					sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
						*timestamp,
						slot_duration,
					);
				Ok((slot, timestamp))
			},
			spawner,
			registry: config.prometheus_registry(),
			check_for_equivocation: Default::default(),
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
			compatibility_mode: Default::default(),
		})?;

	Ok((import_queue, grandpa_block_import, grandpa_link))
}

/// Build and start the node, over the network backend that the configuration names.
pub fn new_full(config: Configuration, medrec: MedrecArgs) -> Result<TaskManager, ServiceError> {
	match config.network.network_backend {
		sc_network::config::NetworkBackendType::Libp2p => {
			new_full_over::<sc_network::NetworkWorker<Block, Hash>>(config, medrec)
		},
		sc_network::config::NetworkBackendType::Litep2p => {
			new_full_over::<sc_network::Litep2pNetworkBackend>(config, medrec)
		},
	}
}

fn new_full_over<N: sc_network::NetworkBackend<Block, Hash>>(
	mut config: Configuration,
	medrec: MedrecArgs,
) -> Result<TaskManager, ServiceError> {
	let told_peers = medrec.private_peering.then(|| peering::close(&mut config.network));
	let database = open_database(&config)?;
	let select_chain = sc_consensus::LongestChain::new(database.backend.clone());
	let spawner = database.task_manager.spawn_essential_handle();
	let (import_queue, block_import, grandpa_link) =
		block_import(&config, &database, select_chain.clone(), &spawner)?;
	let Database { client, backend, mut task_manager, keystore_container, mut telemetry } =
		database;

	let transaction_pool: Arc<FullPool> = Arc::from(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let role = config.role;
	let force_authoring = config.force_authoring;
	let name = config.network.node_name.clone();
	let prometheus_registry = config.prometheus_registry().cloned();
	let disable_grandpa = config.disable_grandpa;
	let is_local_chain = config.chain_spec.chain_type() != sc_service::ChainType::Live;
	let public_addresses = config.network.public_addresses.clone();
	let net_config_path = config.network.net_config_path.clone();

	let mut net_config = sc_network::config::FullNetworkConfiguration::<Block, Hash, N>::new(
		&config.network,
		prometheus_registry.clone(),
	);
	let metrics = N::register_notification_metrics(prometheus_registry.as_ref());
	let peer_store_handle = net_config.peer_store_handle();
	let genesis = client
		.block_hash(0)?
		.ok_or_else(|| ServiceError::Other("the database has no genesis block".into()))?;
	let grandpa_protocol_name =
		sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
	let (grandpa_protocol_config, grandpa_notification_service) =
		sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
			grandpa_protocol_name.clone(),
			metrics.clone(),
			peer_store_handle,
		);
	net_config.add_notification_protocol(grandpa_protocol_config);

	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	));

	let announcements = Arc::new(Announcements::default());
	let listener = Listener {
		announcements: announcements.clone(),
		client: client.clone(),
		slot_duration: sc_consensus_aura::slot_duration(&*client)?,
	};
	let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
		sc_service::build_network(sc_service::BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: Some(Box::new(|_| Box::new(listener))),
			warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	if let Some(told) = told_peers {
		task_manager.spawn_handle().spawn(
			"medrec-private-peering",
			Some("networking"),
			peering::run(
				peering::Registered { client: client.clone(), backend: backend.clone() },
				told,
				network.clone(),
				// Who is authorized takes none of the places for other peers either.
				{
					let sync = sync_service.clone();
					move |peers| sync.set_no_slot_peers(peers)
				},
			),
		);
	}

	let shared_voter_state = SharedVoterState::empty();
	let rpc_builder = {
		let client = client.clone();
		let pool = transaction_pool.clone();
		let justification_stream = grandpa_link.justification_stream();
		let shared_authority_set = grandpa_link.shared_authority_set().clone();
		let shared_voter_state = shared_voter_state.clone();
		let finality_provider = sc_consensus_grandpa::FinalityProofProvider::new_for_service(
			backend.clone(),
			Some(shared_authority_set.clone()),
		);
		let medrec = Medrec::new(
			client.clone(),
			backend.clone(),
			sync_service.clone(),
			announcements,
			Freshness { staleness_limit: medrec.staleness_limit.map(Duration::from_secs) },
		);
		task_manager.spawn_handle().spawn(
			"medrec-head-tracker",
			Some("medrec"),
			medrec.track_heads(),
		);
		if let Some(registry) = &prometheus_registry {
			let exported = metrics::Exported::register(registry)?;
			let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
			let sources = metrics::Sources {
				client: client.clone(),
				pool: transaction_pool.clone(),
				keystore: keystore_container.keystore(),
				grandpa_set: shared_authority_set.clone(),
				medrec: medrec.clone(),
			};
			task_manager.spawn_handle().spawn_blocking(
				"medrec-metrics",
				Some("medrec"),
				metrics::run(exported, sources, slot_duration),
			);
		}
		Box::new(move |subscription_executor| {
			rpc::create_full(rpc::FullDeps {
				client: client.clone(),
				pool: pool.clone(),
				medrec: medrec.clone(),
				grandpa: rpc::GrandpaDeps {
					shared_voter_state: shared_voter_state.clone(),
					shared_authority_set: shared_authority_set.clone(),
					justification_stream: justification_stream.clone(),
					finality_provider: finality_provider.clone(),
					subscription_executor,
				},
			})
			.map_err(ServiceError::Application)
		})
	};

	sc_service::spawn_tasks(sc_service::SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore_container.keystore(),
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	if role.is_authority() {
		let proposer_factory = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			client.clone(),
			transaction_pool.clone(),
			prometheus_registry.as_ref(),
			telemetry.as_ref().map(|telemetry| telemetry.handle()),
		);
		let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
		let aura = sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(
			StartAuraParams {
				slot_duration,
				client: client.clone(),
				select_chain,
				block_import,
				proposer_factory,
				create_inherent_data_providers: move |_, ()| async move {
					let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
					let slot =
						sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
							*timestamp,
							slot_duration,
						);
					Ok((slot, timestamp))
				},
				force_authoring,
				backoff_authoring_blocks: Option::<()>::None,
				keystore: keystore_container.keystore(),
				sync_oracle: sync_service.clone(),
				justification_sync_link: sync_service.clone(),
				block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
				max_block_proposal_slot_portion: None,
				telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
				compatibility_mode: Default::default(),
			},
		)?;
		task_manager.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), aura);

		let dht_events =
			network.event_stream("authority-discovery").filter_map(|event| async move {
				match event {
					Event::Dht(event) => Some(event),
					_ => None,
				}
			});
		let (worker, _service) = sc_authority_discovery::new_worker_and_service_with_config(
			sc_authority_discovery::WorkerConfig {
				publish_non_global_ips: is_local_chain,
				public_addresses,
				persisted_cache_directory: net_config_path,
				strict_record_validation: true,
				..Default::default()
			},
			client.clone(),
			Arc::new(network.clone()),
			Box::pin(dht_events),
			sc_authority_discovery::Role::PublishAndDiscover(keystore_container.keystore()),
			prometheus_registry.clone(),
			task_manager.spawn_handle(),
		);
		task_manager.spawn_handle().spawn(
			"authority-discovery-worker",
			Some("networking"),
			worker.run(),
		);
	}

	if !disable_grandpa {
		let keystore = role.is_authority().then(|| keystore_container.keystore());
		let grandpa =
			sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
				config: sc_consensus_grandpa::Config {
					gossip_duration: GOSSIP_DURATION,
					justification_generation_period: JUSTIFICATION_PERIOD,
					name: Some(name),
					observer_enabled: false,
					keystore,
					local_role: role,
					telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
					protocol_name: grandpa_protocol_name,
				},
				link: grandpa_link,
				network,
				sync: sync_service,
				notification_service: grandpa_notification_service,
				// Vote for the best block itself. The usual rules stay two blocks behind it, which costs a
				// grant two slots until it counts; with few validators and two-second slots forks are rare.
				voting_rule: (),
				prometheus_registry,
				shared_voter_state,
				telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
				offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
			})?;
		task_manager.spawn_essential_handle().spawn_blocking(
			"grandpa-voter",
			Some("consensus"),
			grandpa,
		);
	}

	Ok(task_manager)
}
