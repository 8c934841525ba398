//! The network: block sync, transactions and proof of time.

use sc_consensus::BasicQueue;
use sc_consensus_poas::{PoasLink, SyncStatus};
use sc_network::config::{FullNetworkConfiguration, MultiaddrWithPeerId};
use sc_network::service::traits::NetworkService;
use sc_network::{NetworkBackend, NotificationService};
use sc_network_sync::SyncingService;
use sc_proof_of_time::{PotSource, gossip_peers_set_config, run_gossip};
use sc_service::{BuildNetworkParams, Configuration, TaskManager};
use sp_consensus::SyncOracle;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

use super::offenders::{Offences, ReportingQueue, refuse_offenders};
use super::{Block, FullClient, FullPool, Hash, ServiceError};

/// How long boot nodes may take to answer.
const BOOT_NODE_PATIENCE: Duration = Duration::from_secs(15);
/// Between two warnings after that.
const BOOT_NODE_REMINDER: Duration = Duration::from_secs(120);

/// What the network is started with.
pub(super) struct NetworkParts {
    pub(super) client: Arc<FullClient>,
    pub(super) pool: Arc<FullPool>,
    pub(super) import_queue: BasicQueue<Block>,
    pub(super) link: PoasLink,
    pub(super) pot_source: PotSource,
}

/// A started network.
pub(super) struct Network {
    pub(super) service: Arc<dyn NetworkService>,
    pub(super) system_rpc: sc_utils::mpsc::TracingUnboundedSender<sc_rpc::system::Request<Block>>,
    pub(super) transactions: sc_network_transactions::TransactionsHandlerController<Hash>,
    pub(super) sync: Arc<SyncingService<Block>>,
    pub(super) sync_status: SyncStatus,
}

/// Whether this node catches up, as gossip asks for it: claims of peers alone do not silence proof of time.
struct CatchingUp(SyncStatus);

impl SyncOracle for CatchingUp {
    fn is_major_syncing(&self) -> bool {
        self.0.is_syncing()
    }

    fn is_offline(&self) -> bool {
        self.0.is_offline()
    }
}

/// Starts it.
pub(super) fn start_network<Backend>(
    config: &Configuration,
    task_manager: &TaskManager,
    parts: NetworkParts,
) -> Result<Network, ServiceError>
where
    Backend: NetworkBackend<Block, Hash>,
{
    let NetworkParts {
        client,
        pool,
        import_queue,
        link,
        pot_source,
    } = parts;
    let registry = config.prometheus_registry();
    let mut net_config =
        FullNetworkConfiguration::<_, _, Backend>::new(&config.network, registry.cloned());
    let metrics = Backend::register_notification_metrics(registry);
    let (gossip_config, gossip): (_, Box<dyn NotificationService>) =
        gossip_peers_set_config::<Backend>(
            &link.genesis_hash().0,
            metrics.clone(),
            net_config.peer_store_handle(),
        );
    net_config.add_notification_protocol(gossip_config);
    let offences = Offences::default();
    let (service, system_rpc, transactions, sync, _bitswap) =
        sc_service::build_network(BuildNetworkParams {
            config,
            net_config,
            client,
            transaction_pool: pool,
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue: ReportingQueue::new(import_queue, offences.clone()),
            block_announce_validator_builder: None,
            // Every block is verified: a node that starts from a proof of others would have no history to serve.
            warp_sync_config: None,
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;
    let sync_status = SyncStatus::new(Arc::clone(&sync) as Arc<_>, link);
    task_manager.spawn_handle().spawn(
        "proof-of-time-gossip",
        Some("networking"),
        run_gossip(
            pot_source,
            gossip,
            Arc::clone(&service),
            Arc::clone(&sync),
            CatchingUp(sync_status.clone()),
        ),
    );
    task_manager.spawn_handle().spawn(
        "refuse-offenders",
        Some("networking"),
        refuse_offenders(offences, Arc::clone(&service)),
    );
    let boot_nodes = config.network.boot_nodes.clone();
    if !boot_nodes.is_empty() {
        task_manager.spawn_handle().spawn(
            "boot-node-watch",
            Some("networking"),
            watch_boot_nodes(boot_nodes, sync_status.clone()),
        );
    }
    Ok(Network {
        service,
        system_rpc,
        transactions,
        sync,
        sync_status,
    })
}

/// Names the boot nodes for as long as none of them, nor any other node, answers.
async fn watch_boot_nodes(boot_nodes: Vec<MultiaddrWithPeerId>, sync_status: SyncStatus) {
    let mut patience = BOOT_NODE_PATIENCE;
    loop {
        tokio::time::sleep(patience).await;
        if sync_status.is_offline() {
            for boot_node in &boot_nodes {
                warn!(
                    target: "node::network",
                    %boot_node,
                    "This node has no peer and the boot node does not answer; check its address, or give others with --bootnodes"
                );
            }
        }
        patience = BOOT_NODE_REMINDER;
    }
}
