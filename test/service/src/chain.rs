//! A node whose slots are driven by hand.

use autonomys_core_primitives::{HistorySize, SectorIndex, SlotNumber};
use autonomys_farmer_components::SectorLayout;
use autonomys_node::chain_spec::{self, ChainSpec};
use autonomys_node::service::{Hash, Node, NodeOptions, start_node};
use sc_client_api::HeaderBackend;
use sc_network::config::{NetworkConfiguration, NodeKeyConfig, TransportConfig};
use sc_service::config::{
    ExecutorConfiguration, KeystoreConfig, OffchainWorkerConfig, PrometheusConfig,
    RpcBatchRequestConfig, RpcConfiguration, RpcMethods,
};
use sc_service::{BasePath, BlocksPruning, ChainType, Configuration, DatabaseSource, Role};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

use crate::farm::TestFarm;

/// How long anything that happens at once may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The chain that tests run on: preset `unit`.
pub fn unit_chain() -> ChainSpec {
    chain_spec::of_preset("unit", "Autonomys Unit", ChainType::Development)
        .expect("the runtime is embedded unless the build skipped it")
}

/// Configuration of a node below `base_path`, reachable on loopback only and on free ports.
pub fn configuration(chain_spec: ChainSpec, base_path: &Path) -> Configuration {
    let base_path = BasePath::new(base_path);
    let chain_spec = Box::new(chain_spec) as Box<dyn sc_service::ChainSpec>;
    let data_path = base_path.config_dir(chain_spec.id());
    let mut network = NetworkConfiguration::new("test", "test/0", NodeKeyConfig::default(), None);
    network.listen_addresses = vec![
        "/ip4/127.0.0.1/tcp/0"
            .parse()
            .expect("a valid address; qed"),
    ];
    network.transport = TransportConfig::Normal {
        enable_mdns: false,
        allow_private_ip: true,
    };
    network.allow_non_globals_in_dht = true;
    Configuration {
        impl_name: "test".into(),
        impl_version: "0".into(),
        role: Role::Authority,
        tokio_handle: tokio::runtime::Handle::current(),
        transaction_pool: Default::default(),
        network,
        keystore: KeystoreConfig::InMemory,
        database: DatabaseSource::ParityDb {
            path: data_path.join("paritydb").join("full"),
        },
        trie_cache_maximum_size: Some(16 << 20),
        warm_up_trie_cache: None,
        state_pruning: None,
        blocks_pruning: BlocksPruning::KeepFinalized,
        executor: ExecutorConfiguration {
            max_runtime_instances: 2,
            ..ExecutorConfiguration::default()
        },
        wasm_runtime_overrides: None,
        rpc: RpcConfiguration {
            addr: None,
            max_connections: 10,
            cors: None,
            methods: RpcMethods::Unsafe,
            max_request_size: 15,
            max_response_size: 15,
            id_provider: None,
            max_subs_per_conn: 16,
            port: 0,
            message_buffer_capacity: 64,
            batch_config: RpcBatchRequestConfig::Unlimited,
            rate_limit: None,
            rate_limit_whitelisted_ips: Vec::new(),
            rate_limit_trust_proxy_headers: false,
            request_logger_limit: 1024,
        },
        prometheus_config: Some(PrometheusConfig::new_with_default_registry(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            chain_spec.id().into(),
        )),
        telemetry_endpoints: None,
        offchain_worker: OffchainWorkerConfig::default(),
        force_authoring: true,
        disable_grandpa: false,
        dev_key_seed: None,
        tracing_targets: None,
        tracing_receiver: Default::default(),
        announce_block: true,
        data_path,
        base_path,
        chain_spec,
    }
}

/// A node whose slots are driven by hand.
#[derive(Debug)]
pub struct TestNode {
    /// The node.
    pub node: Node,
    /// Slots that were won and are not claimed yet.
    won: BTreeSet<SlotNumber>,
    /// Removed with the node, where the node has a folder of its own.
    _folder: Option<TempDir>,
}

impl TestNode {
    /// Starts a node on the chain of [`unit_chain`] in a folder of its own.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let mut node = Self::start_at(configuration(unit_chain(), folder.path())).await;
        node._folder = Some(folder);
        node
    }

    /// Starts a node with this configuration.
    pub async fn start_at(configuration: Configuration) -> Self {
        let options = NodeOptions {
            farmer: true,
            force_authoring: true,
            ..NodeOptions::default()
        };
        let node = start_node(configuration, options)
            .await
            .unwrap_or_else(|error| panic!("the node does not start: {error}"));
        Self {
            node,
            won: BTreeSet::new(),
            _folder: None,
        }
    }

    /// Stops the node and waits until it has let go of its database.
    pub async fn stop(self) {
        let Self { node, _folder, .. } = self;
        let client = std::sync::Arc::downgrade(&node.client);
        drop(node);
        let stopped = async {
            while client.strong_count() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, stopped)
            .await
            .expect("every task lets go of the client");
    }

    /// Height of the best block.
    pub fn best_number(&self) -> u32 {
        self.node.client.info().best_number
    }

    /// Hash of the best block.
    pub fn best_hash(&self) -> Hash {
        self.node.client.info().best_hash
    }

    /// Size of history on the best chain.
    pub fn history_size(&self) -> HistorySize {
        self.node
            .link
            .segment_headers()
            .history_size(self.best_number())
    }

    /// Plots a farm with the pieces of this node.
    pub async fn plot(&self, seed: u8, sectors: SectorIndex) -> TestFarm {
        let link = &self.node.link;
        TestFarm::plot(
            seed,
            SectorLayout::new(link.params().as_ref().clone())
                .expect("the parameters of the chain are valid"),
            sectors,
            link.genesis_hash(),
            self.history_size(),
            &self.node.pieces,
        )
        .await
    }

    /// Proves slots until `farm` has won one and its block is the best one. Returns its hash.
    pub async fn farm_block(&mut self, farm: &mut TestFarm) -> Hash {
        farm.replot_expired(self.history_size(), &self.node.pieces)
            .await;
        let link = self.node.link.clone();
        let mut slots = link.subscribe_slots();
        let mut seal_requests = link.subscribe_seal_requests();
        let number = self.best_number();
        loop {
            let proof = self
                .node
                .pot_source
                .prove_next_slot()
                .expect("slots do not end");
            let slot = loop {
                let slot = within_patience("the slot is announced", slots.recv())
                    .await
                    .expect("the node is running");
                if slot.slot == proof.slot {
                    break slot;
                }
            };
            if let Some(solution) = farm.solve(&slot) {
                link.submit_solution(autonomys_core_primitives::farming::SolutionResponse {
                    slot: slot.slot,
                    solution,
                })
                .expect("a solution that wins is taken");
                self.won.insert(slot.slot);
            }
            let Some(claimed) = slot.slot.checked_sub(link.params().authoring_delay) else {
                continue;
            };
            if !self.won.remove(&claimed) {
                continue;
            }
            let request = within_patience("a seal is asked for", seal_requests.recv())
                .await
                .expect("the node is running");
            link.submit_seal(farm.seal(&request))
                .expect("a seal that was asked for is taken");
            within_patience("the block is imported", async {
                while self.best_number() == number {
                    tokio::time::sleep(Duration::from_micros(200)).await;
                }
            })
            .await;
            return self.best_hash();
        }
    }

    /// Farms until the best block has this height.
    pub async fn farm_until(&mut self, farm: &mut TestFarm, number: u32) {
        while self.best_number() < number {
            self.farm_block(farm).await;
        }
    }
}

async fn within_patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} within {PATIENCE:?}"))
}
