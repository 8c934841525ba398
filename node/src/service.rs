//! Assembles a node: the chain and its verification, the network, proof of time, farming and RPC.
//!
//! ```text
//!             peers ──▶ import queue ──▶ PoasVerifier ──┐
//!                                                       ├──▶ PoasBlockImport ──▶ client, archiver
//! farmers ◀─ PoasLink ─▶ slot worker ── own blocks ─────┘          │ best blocks
//!                           ▲ slots                                ▼
//!                           └──────────── PotSource ◀──────────────┘ ◀── timekeeper, gossip
//! ```
//!
//! The client is instantiated here and nowhere else; tests use this crate. It runs the runtime as WebAssembly with stock
//! host functions only, and knows its interface from [`autonomys_fake_runtime_api`].

mod farming;
mod network;
mod offenders;
mod pool_tasks;

use autonomys_core_primitives::params::ParamsError;
use autonomys_core_primitives::{BlockHash, RewardAddress};
use autonomys_fake_runtime_api::RuntimeApi;
use autonomys_farmer::FarmOptions;
use sc_basic_authorship::ProposerFactory;
use sc_client_api::HeaderBackend;
use sc_consensus::BasicQueue;
use sc_consensus_poas::archiver::ArchivingError;
use sc_consensus_poas::piece_store::PieceStoreError;
use sc_consensus_poas::segment_headers::SegmentHeadersError;
use sc_consensus_poas::{
    ChainArchiver, ChainPieceProvider, Fault, Metrics, Parents, PieceProvider, PieceStore,
    PoasBlockImport, PoasLink, PoasVerifier, SegmentHeaderStore, SlotWorkerConfig, slot_worker,
};
use sc_consensus_poas_rpc::{FarmerBackend, NodeBackend, PoasRpc};
use sc_network::config::NetworkBackendType;
use sc_network::service::traits::NetworkService;
use sc_network::{Litep2pNetworkBackend, NetworkWorker};
use sc_network_sync::SyncingService;
use sc_proof_of_time::{PotSource, PotVerifier, Timekeeper, TimekeeperConfig, TimekeeperError};
use sc_service::{
    Configuration, KeystoreContainer, RpcHandlers, SpawnTasksParams, TFullBackend, TFullClient,
    TaskManager,
};
use sc_storage_monitor::{StorageMonitorParams, StorageMonitorService};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool::TransactionPoolHandle;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_consensus_poas::PoasApi;
use sp_keyring::Sr25519Keyring;
use std::path::PathBuf;
use std::sync::Arc;
use substrate_prometheus_endpoint::PrometheusError;

use crate::chain_spec::Chain as KnownChain;
use crate::cli::{RunCommand, is_development_chain};
use crate::rpc::{self, RpcParts};
use network::{Network, NetworkParts, start_network};
use pool_tasks::PoolTasks;

pub use autonomys_runtime_primitives::Hash;
pub use autonomys_runtime_primitives::opaque::Block;
pub use farming::EmbeddedFarmerError;

/// Functions that the runtime may call.
pub type HostFunctions = sp_io::SubstrateHostFunctions;
/// Executes the runtime.
pub type Executor = sc_executor::WasmExecutor<HostFunctions>;
/// The client.
pub type FullClient = TFullClient<Block, RuntimeApi, Executor>;
/// Its database.
pub type FullBackend = TFullBackend<Block>;
/// The transaction pool.
pub type FullPool = TransactionPoolHandle<Block, FullClient>;
/// Block import under the rules of this chain.
pub type FullBlockImport = PoasBlockImport<Arc<FullClient>, FullClient, FullBackend>;

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Stock service code.
    #[error(transparent)]
    Stock(#[from] sc_service::Error),
    /// The database.
    #[error(
        "the chain in {} cannot be opened: {source}. If another node uses this folder, stop that node or give another \
         --base-path; if the database is damaged, remove it with `autonomys-node purge-chain` and sync again",
        .path.display()
    )]
    Open {
        /// The folder of the chain.
        path: PathBuf,
        /// What stock code says.
        source: sc_service::Error,
    },
    /// The runtime cannot be called.
    #[error(
        "the runtime of the chain cannot be asked for its parameters, so no chain can be opened: {0}. Is it a chain of \
         this network? If so, its database is damaged: remove it with `autonomys-node purge-chain` and sync again"
    )]
    Runtime(#[from] ApiError),
    /// The parameters of the chain cannot work.
    #[error(
        "the parameters in the genesis of the chain cannot work: {0}. Give another chain specification"
    )]
    Params(#[from] ParamsError),
    /// Segment headers in the database.
    #[error(transparent)]
    SegmentHeaders(#[from] SegmentHeadersError),
    /// The folder for pieces.
    #[error(transparent)]
    PieceStore(#[from] PieceStoreError),
    /// History.
    #[error(transparent)]
    Archiving(#[from] ArchivingError),
    /// Consensus in the database.
    #[error(transparent)]
    Consensus(#[from] Fault),
    /// Metrics.
    #[error("metrics cannot be registered: {0}. Give --no-prometheus, and report it")]
    Metrics(#[from] PrometheusError),
    /// The timekeeper.
    #[error(transparent)]
    Timekeeper(#[from] TimekeeperError),
    /// The farmer in this process.
    #[error(transparent)]
    EmbeddedFarmer(#[from] EmbeddedFarmerError),
    /// The disk.
    #[error("{0}. Free space on the disk of the database, or move it with --base-path")]
    StorageMonitor(#[from] sc_storage_monitor::Error),
    /// Telemetry.
    #[error("telemetry cannot be started: {0}. Give other --telemetry-url, or --no-telemetry")]
    Telemetry(#[from] sc_telemetry::Error),
}

/// What a node does besides following the chain.
#[derive(Debug, Clone, Default)]
pub struct NodeOptions {
    /// Whether it serves farmers and authors their blocks.
    pub farmer: bool,
    /// Whether it authors without a single peer.
    pub force_authoring: bool,
    /// Whether it runs the proof-of-time chain. Without, its slots come from peers and blocks, or by hand through
    /// [`Node::pot_source`].
    pub timekeeper: Option<TimekeeperOptions>,
    /// Farms in this process.
    pub embedded_farmer: Option<EmbeddedFarmerOptions>,
    /// When to stop because the disk is full.
    pub storage_monitor: StorageMonitorParams,
}

/// How the proof-of-time chain is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimekeeperOptions {
    /// The core it is pinned to.
    pub cpu: Option<usize>,
}

/// Farms in the process of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedFarmerOptions {
    /// Where rewards go.
    pub reward_address: RewardAddress,
    /// The farms.
    pub farms: EmbeddedFarms,
}

/// Which farms there are in the process of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddedFarms {
    /// Those that the user gave.
    Given(Vec<FarmOptions>),
    /// The one that comes with `--dev`.
    Dev {
        /// Its directory.
        path: PathBuf,
        /// How many sectors it has.
        sectors: u16,
    },
}

impl NodeOptions {
    /// What the command line asks for.
    pub fn from_command(config: &Configuration, command: &RunCommand) -> Self {
        let chain_spec = config.chain_spec.as_ref();
        let farms = if !command.farm.is_empty() {
            Some(EmbeddedFarms::Given(command.farm.clone()))
        } else if command.is_dev() {
            Some(EmbeddedFarms::Dev {
                path: dev_farm_path(config),
                sectors: KnownChain::from_id(chain_spec.id())
                    .unwrap_or(KnownChain::Dev)
                    .dev_farm_sectors(),
            })
        } else {
            None
        };
        Self {
            farmer: command.is_farmer(),
            force_authoring: config.force_authoring || is_development_chain(chain_spec),
            timekeeper: command.is_timekeeper().then_some(TimekeeperOptions {
                cpu: command.timekeeper_cpu,
            }),
            embedded_farmer: farms.map(|farms| EmbeddedFarmerOptions {
                reward_address: command
                    .reward_address
                    .unwrap_or_else(|| RewardAddress(Sr25519Keyring::Alice.to_raw_public())),
                farms,
            }),
            storage_monitor: command.storage_monitor.clone(),
        }
    }
}

/// Where the node keeps pieces of the chain's history.
pub fn pieces_path(config: &Configuration) -> PathBuf {
    config.data_path.join("pieces")
}

/// Where the farm of `--dev` is.
pub fn dev_farm_path(config: &Configuration) -> PathBuf {
    config.data_path.join("farm")
}

/// A chain and all that is needed to verify and import blocks, without a network.
pub struct Chain {
    /// The client.
    pub client: Arc<FullClient>,
    /// Its database.
    pub backend: Arc<FullBackend>,
    /// Verifies and imports blocks of others.
    pub import_queue: BasicQueue<Block>,
    /// Keys.
    pub keystore: KeystoreContainer,
    /// Tasks.
    pub task_manager: TaskManager,
    /// Imports blocks.
    pub block_import: FullBlockImport,
    /// What the parts of consensus share.
    pub link: PoasLink,
    /// Slots.
    pub pot_source: PotSource,
    /// Pieces of history.
    pub pieces: Arc<dyn PieceProvider>,
    /// Counters of consensus.
    pub metrics: Metrics,
    /// Telemetry, if there is any.
    pub telemetry: Option<Telemetry>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Chain")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

/// Opens the chain in the database, creating it where there is none, and archives what is not archived yet.
pub fn open_chain(config: &mut Configuration) -> Result<Chain, ServiceError> {
    // The runtime's Merkle mountain range lives in the offchain database, so this is no option.
    config.offchain_worker.indexing_enabled = true;

    let telemetry = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
        .map(|endpoints| {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok::<_, sc_telemetry::Error>((worker, telemetry))
        })
        .transpose()?;
    let executor = sc_service::new_wasm_executor::<HostFunctions>(&config.executor);
    let (client, backend, keystore, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            executor,
            Vec::new(),
        )
        .map_err(|source| ServiceError::Open {
            path: config.data_path.clone(),
            source,
        })?;
    let client = Arc::new(client);
    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager
            .spawn_handle()
            .spawn("telemetry", None, worker.run());
        telemetry
    });

    // Parameters never change, and the state of genesis is pruned after a while.
    let info = client.info();
    let params = client.runtime_api().consensus_params(info.best_hash)?;
    params.validate()?;
    let params = Arc::new(params);
    let registry = config.prometheus_registry();

    let segment_headers = SegmentHeaderStore::open(&*client, params.confirmation_depth)?;
    let link = PoasLink::new(
        Arc::clone(&params),
        BlockHash(info.genesis_hash.0),
        segment_headers,
    );
    let metrics = Metrics::new(registry)?;
    let piece_store = Arc::new(PieceStore::open(pieces_path(config), Arc::clone(&params))?);
    let archiver = ChainArchiver::start(
        Arc::clone(&client),
        link.clone(),
        Arc::clone(&piece_store),
        metrics.clone(),
    )?;
    let parents = Arc::new(Parents::new(Arc::clone(&client), &link));
    let (_, best_block) = parents.best()?;
    let pot_source = PotSource::new(best_block.anchor, PotVerifier::new(), registry)?;
    let block_import = PoasBlockImport::new(
        Arc::clone(&client),
        Arc::clone(&client),
        link.clone(),
        parents,
        pot_source.clone(),
        archiver,
        metrics.clone(),
    )?;
    let import_queue = BasicQueue::new(
        PoasVerifier::new(link.clone(), metrics.clone()),
        Box::new(block_import.clone()),
        None,
        &task_manager.spawn_essential_handle(),
        registry,
    );
    let pieces = Arc::new(ChainPieceProvider::new(
        Arc::clone(&client),
        link.clone(),
        piece_store,
        metrics.clone(),
    ));
    Ok(Chain {
        client,
        backend,
        import_queue,
        keystore,
        task_manager,
        block_import,
        link,
        pot_source,
        pieces,
        metrics,
        telemetry,
    })
}

/// A running node.
pub struct Node {
    /// Runs until it is dropped.
    pub task_manager: TaskManager,
    /// The client.
    pub client: Arc<FullClient>,
    /// Its database.
    pub backend: Arc<FullBackend>,
    /// The transaction pool.
    pub pool: Arc<FullPool>,
    /// The network.
    pub network: Arc<dyn NetworkService>,
    /// Block sync.
    pub sync: Arc<SyncingService<Block>>,
    /// RPC within the process.
    pub rpc: RpcHandlers,
    /// Imports blocks.
    pub block_import: FullBlockImport,
    /// What the parts of consensus share.
    pub link: PoasLink,
    /// Slots. In a node without timekeeper they can be driven by hand.
    pub pot_source: PotSource,
    /// Pieces of history.
    pub pieces: Arc<dyn PieceProvider>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Node")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

/// Starts a node.
pub async fn start_node(
    mut config: Configuration,
    options: NodeOptions,
) -> Result<Node, ServiceError> {
    let Chain {
        client,
        backend,
        import_queue,
        keystore,
        mut task_manager,
        block_import,
        link,
        pot_source,
        pieces,
        metrics,
        mut telemetry,
    } = open_chain(&mut config)?;
    // Before anything else is started: what the machine cannot do is said at once.
    let timekeeper_config = options
        .timekeeper
        .map(|timekeeper| TimekeeperConfig::new(link.params(), timekeeper.cpu))
        .transpose()?;

    let registry = config.prometheus_registry().cloned();
    let pool = Arc::new(
        sc_transaction_pool::Builder::new(
            PoolTasks {
                essential: task_manager.spawn_essential_handle(),
                other: task_manager.spawn_handle(),
            },
            Arc::clone(&client),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(registry.as_ref())
        .build(),
    );
    let network_parts = NetworkParts {
        client: Arc::clone(&client),
        pool: Arc::clone(&pool),
        import_queue,
        link: link.clone(),
        pot_source: pot_source.clone(),
    };
    let Network {
        service: network,
        system_rpc,
        transactions,
        sync,
        sync_status,
    } = match config.network.network_backend {
        NetworkBackendType::Litep2p => {
            start_network::<Litep2pNetworkBackend>(&config, &task_manager, network_parts)?
        }
        NetworkBackendType::Libp2p => {
            start_network::<NetworkWorker<Block, Hash>>(&config, &task_manager, network_parts)?
        }
    };

    let farmer_backend: Arc<dyn FarmerBackend> = Arc::new(NodeBackend::new(
        Arc::clone(&client),
        link.clone(),
        Arc::clone(&pieces),
        sync_status.clone(),
        metrics,
    ));
    let rpc_parts = RpcParts {
        client: Arc::clone(&client),
        pool: Arc::clone(&pool),
        poas: PoasRpc::new(Arc::clone(&farmer_backend)),
    };
    let database_path = config.database.path().map(PathBuf::from);
    let rpc = sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client: Arc::clone(&client),
        backend: Arc::clone(&backend),
        task_manager: &mut task_manager,
        keystore: keystore.keystore(),
        transaction_pool: Arc::clone(&pool),
        rpc_builder: Box::new(move |_| rpc::methods(&rpc_parts)),
        network: Arc::clone(&network),
        system_rpc_tx: system_rpc,
        tx_handler_controller: transactions,
        sync_service: Arc::clone(&sync),
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;
    if let Some(path) = database_path {
        StorageMonitorService::try_spawn(
            options.storage_monitor.clone(),
            path,
            &task_manager.spawn_essential_handle(),
        )?;
    }

    if options.farmer {
        let proposers = ProposerFactory::new(
            task_manager.spawn_handle(),
            Arc::clone(&client),
            Arc::clone(&pool),
            registry.as_ref(),
            telemetry.as_ref().map(Telemetry::handle),
        );
        let (notifier, author) = slot_worker(
            pot_source.subscribe(),
            Arc::clone(&client),
            block_import.clone(),
            proposers,
            sync_status,
            SlotWorkerConfig {
                force_authoring: options.force_authoring,
            },
        );
        let tasks = task_manager.spawn_essential_handle();
        tasks.spawn("slot-notifier", Some("block-authoring"), notifier.run());
        tasks.spawn_blocking("block-author", Some("block-authoring"), author.run());
    }
    if let Some(embedded_farmer) = options.embedded_farmer {
        farming::start(
            embedded_farmer,
            link.params(),
            &mut task_manager,
            farming::LocalNode(farmer_backend),
        )?;
    }
    if let Some(config) = timekeeper_config {
        task_manager.keep_alive(Timekeeper::start(pot_source.clone(), config)?);
    }
    task_manager.keep_alive(telemetry);

    Ok(Node {
        task_manager,
        client,
        backend,
        pool,
        network,
        sync,
        rpc,
        block_import,
        link,
        pot_source,
        pieces,
    })
}
