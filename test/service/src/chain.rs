//! A node whose slots are driven by hand.

use autonomys_core_primitives::farming::{SlotInfo, SolutionResponse};
use autonomys_core_primitives::{HistorySize, SectorIndex, SlotNumber, SolutionRange};
use autonomys_farmer_components::SectorLayout;
use autonomys_node::chain_spec::{self, ChainSpec};
use autonomys_node::service::{Hash, Node, NodeOptions, start_node};
use autonomys_verification::verify_solution;
use sc_client_api::HeaderBackend;
use sc_consensus::ImportResult;
use sc_consensus_poas::{Metrics, PoasVerifier, SubmitSealError};
use sc_network::config::{NetworkConfiguration, NodeKeyConfig, TransportConfig};
use sc_proof_of_time::PotSource;
use sc_service::config::{
    ExecutorConfiguration, KeystoreConfig, OffchainWorkerConfig, PrometheusConfig,
    RpcBatchRequestConfig, RpcConfiguration, RpcMethods,
};
use sc_service::{BasePath, BlocksPruning, ChainType, Configuration, DatabaseSource, Role};
use std::collections::BTreeMap;
use std::fs::File;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use substrate_prometheus_endpoint::Registry;
use tempfile::TempDir;
use tokio::sync::broadcast;

use crate::counters::counters;
use crate::farm::TestFarm;
use crate::importer::StoredBlock;

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

/// Waits until nobody has the database of this configuration open: closing it goes on in the background.
pub(crate) fn wait_until_closed(configuration: &Configuration) {
    let folder = configuration
        .database
        .path()
        .expect("test configurations have a folder");
    // The database holds a lock on it while it is open
    let Ok(lock) = File::open(folder.join("lock")) else {
        return;
    };
    let started = Instant::now();
    while lock.try_lock().is_err() {
        assert!(
            started.elapsed() < PATIENCE,
            "{} is still open",
            folder.display()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// A node whose slots are driven by hand.
#[derive(Debug)]
pub struct TestNode {
    /// The node.
    pub node: Node,
    /// Slots that were won and are not claimed yet, with the distance of the ticket.
    won: BTreeMap<SlotNumber, SolutionRange>,
    registry: Registry,
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

    /// Starts a node with this configuration that serves farmers.
    pub async fn start_at(configuration: Configuration) -> Self {
        let options = NodeOptions {
            farmer: true,
            force_authoring: true,
            ..NodeOptions::default()
        };
        Self::start_with(configuration, options).await
    }

    /// Starts a node with this configuration and these options.
    pub async fn start_with(configuration: Configuration, options: NodeOptions) -> Self {
        let registry = configuration
            .prometheus_registry()
            .expect("test configurations have metrics")
            .clone();
        wait_until_closed(&configuration);
        let node = start_node(configuration, options)
            .await
            .unwrap_or_else(|error| panic!("the node does not start: {error}"));
        Self {
            node,
            won: BTreeMap::new(),
            registry,
            _folder: None,
        }
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

    /// What the node has counted under this name and label.
    pub fn counter(&self, name: &str, label: &str) -> u64 {
        counters(&self.registry, name)
            .into_iter()
            .find_map(|(known, count)| (known == label).then_some(count))
            .unwrap_or_else(|| panic!("nothing is counted as {name} {label}"))
    }

    /// Imports a valid block of another node, as if it had come over the network.
    pub async fn import(&self, block: StoredBlock) {
        let number = block.header.number;
        let verifier = PoasVerifier::new(self.node.link.clone(), Metrics::default());
        let result = block.give_to(&verifier, &self.node.block_import).await;
        assert!(
            matches!(result, Ok(Ok(ImportResult::Imported(_)))),
            "block {number} is valid, but: {result:?}"
        );
    }

    /// Proves the next slot and waits until farmers are told of it. `slots` must have been subscribed to before the slot.
    pub async fn next_slot(&self, slots: &mut broadcast::Receiver<SlotInfo>) -> SlotInfo {
        next_slot(&self.node.pot_source, slots).await
    }

    /// Proves slots in which nobody farms: more than the authoring delay, so that what was won before is lost.
    pub async fn skip_slots(&mut self, count: u64) {
        assert!(count > self.node.link.params().authoring_delay);
        let failures = self.authoring_failures();
        let mut slots = self.node.link.subscribe_slots();
        for _ in 0..count {
            self.next_slot(&mut slots).await;
        }
        let lost = mem::take(&mut self.won).len() as u64;
        within_patience("nobody seals what was won before", async {
            while self.authoring_failures() < failures + lost {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    fn authoring_failures(&self) -> u64 {
        counters(&self.registry, "poas_authoring_failures_total")
            .into_iter()
            .map(|(_, count)| count)
            .sum()
    }

    /// Proves slots until `farm` has won one and its block is the best one. Returns its hash.
    pub async fn farm_block(&mut self, farm: &mut TestFarm) -> Hash {
        let timekeeper = self.node.pot_source.clone();
        self.farm_block_with(farm, &timekeeper).await
    }

    /// The same with slots that another node proves, and this one hears of.
    pub async fn farm_block_with(&mut self, farm: &mut TestFarm, timekeeper: &PotSource) -> Hash {
        farm.replot_expired(self.history_size(), &self.node.pieces)
            .await;
        let link = self.node.link.clone();
        let mut slots = link.subscribe_slots();
        let mut seal_requests = link.subscribe_seal_requests();
        let number = self.best_number();
        loop {
            let slot = next_slot(timekeeper, &mut slots).await;
            if let Some(solution) = farm.solve(&slot) {
                let distance = verify_solution(
                    link.params(),
                    &solution,
                    &slot.global_challenge,
                    slot.solution_range,
                    None,
                )
                .expect("what was proved is valid");
                link.submit_solution(SolutionResponse {
                    slot: slot.slot,
                    solution,
                })
                .expect("a solution that wins is taken");
                self.won.insert(slot.slot, distance);
            }
            let Some(claimed) = slot.slot.checked_sub(link.params().authoring_delay) else {
                continue;
            };
            // An era may have ended since, and the range may be narrower now
            let wins = self
                .won
                .remove(&claimed)
                .is_some_and(|distance| distance <= slot.solution_range / 2);
            if !wins {
                continue;
            }
            let request = within_patience("a seal is asked for", seal_requests.recv())
                .await
                .expect("the node is running");
            match link.submit_seal(farm.seal(&request)) {
                Ok(()) => {}
                // On a busy machine it may come too late
                Err(SubmitSealError::NotRequested { .. }) => continue,
                Err(error) => panic!("a seal that was asked for is taken: {error}"),
            }
            within_patience("the block is imported", async {
                while self.best_number() == number || !self.is_finalized_up_to_date() {
                    tokio::time::sleep(Duration::from_micros(200)).await;
                }
            })
            .await;
            return self.best_hash();
        }
    }

    fn is_finalized_up_to_date(&self) -> bool {
        let info = self.node.client.info();
        let depth = self.node.link.params().confirmation_depth;
        info.finalized_number >= info.best_number.saturating_sub(depth)
    }

    /// Farms until the best block has this height.
    pub async fn farm_until(&mut self, farm: &mut TestFarm, number: u32) {
        while self.best_number() < number {
            self.farm_block(farm).await;
        }
    }
}

/// Makes `timekeeper` prove its next slot, and waits until farmers of the node with `slots` are told of it.
async fn next_slot(timekeeper: &PotSource, slots: &mut broadcast::Receiver<SlotInfo>) -> SlotInfo {
    let proof = timekeeper.prove_next_slot().expect("slots do not end");
    loop {
        let slot = within_patience("the slot is announced", slots.recv())
            .await
            .expect("the node is running");
        if slot.slot == proof.slot {
            return slot;
        }
    }
}

async fn within_patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} within {PATIENCE:?}"))
}
