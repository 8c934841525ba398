//! The command line of `autonomys-node`.
//!
//! Flags are those of every Substrate node ([`sc_cli::RunCmd`]), so that existing tools can start one, and a few of our
//! own. What this network does not have (a finality gadget, session keys, sync modes that skip verification) is refused
//! with a reason rather than ignored. Everything about usage is decided here, before anything touches the disk.

use autonomys_core_primitives::RewardAddress;
use autonomys_farmer::FarmOptions;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use sc_cli::{
    CliConfiguration, DatabasePruningMode, ImportParams, KeystoreParams, NetworkParams,
    NodeKeyParams, OffchainWorkerParams, Result as CliResult, RpcEndpoint, SharedParams,
    SubstrateCli, SyncMode,
};
use sc_service::config::{
    BasePath, IpNetwork, NetworkConfiguration, NodeKeyConfig, PrometheusConfig,
    RpcBatchRequestConfig, RpcMethods, TelemetryEndpoints, TransactionPoolOptions, TransportConfig,
};
use sc_service::{ChainSpec, ChainType, Role};
use sc_storage_monitor::StorageMonitorParams;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::chain_spec::{self, Chain};

/// `autonomys-node`: without a subcommand it runs a node.
#[derive(Debug, Parser)]
pub struct Cli {
    /// What to do instead of running a node.
    #[command(subcommand)]
    pub subcommand: Option<NodeSubcommand>,

    /// How to run a node.
    #[command(flatten)]
    pub run: RunCommand,
}

/// What `autonomys-node` does besides running a node.
#[derive(Debug, Subcommand)]
#[allow(
    clippy::large_enum_variant,
    reason = "one value in the life of the process"
)]
pub enum NodeSubcommand {
    /// Generate, inspect and store keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Write the specification of a chain as JSON.
    #[command(alias = "build-spec")]
    ExportChainSpec(ExportChainSpecCommand),

    /// Verify and execute a stored block again.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Write blocks to a file.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Verify and import blocks from a file.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Write the state of a block as a chain specification.
    ExportState(sc_cli::ExportStateCmd),

    /// Remove the chain: its database, the pieces of its history and the embedded farm that `--dev` plotted from it.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Take back the newest blocks. Finality cannot be passed: at most as many blocks as the confirmation depth of the
    /// chain are taken back, however many are asked for.
    Revert(sc_cli::RevertCmd),

    /// Print best and finalized block of the database.
    ChainInfo(sc_cli::ChainInfoCmd),
}

/// `export-chain-spec`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportChainSpecCommand {
    /// Stock flags.
    #[command(flatten)]
    pub base: sc_cli::ExportChainSpecCmd,

    /// Accepted because tools that call `build-spec` give it. No boot node is ever added.
    #[arg(long, hide = true)]
    pub disable_default_bootnode: bool,
}

/// How to run a node.
#[derive(Debug, Clone, clap::Args)]
pub struct RunCommand {
    /// Stock flags.
    #[command(flatten)]
    pub base: sc_cli::RunCmd,

    /// Serve farmers over RPC and author the blocks that they win.
    ///
    /// `--validator` means the same. Without peers such a node authors on the chains dev, local and fast, and waits for
    /// a peer on others unless `--force-authoring` is given.
    #[arg(long)]
    pub farmer: bool,

    /// Run the proof-of-time chain.
    #[arg(long)]
    pub timekeeper: bool,

    /// Pin the proof-of-time chain to this processor core.
    #[arg(long, value_name = "CORE", requires = "timekeeper")]
    pub timekeeper_cpu: Option<usize>,

    /// Plot and farm in this process, in directory DIR with up to SIZE (such as 512MiB, 2GiB, 1TB). May be repeated.
    #[arg(long, value_name = "path=DIR,size=SIZE")]
    pub farm: Vec<FarmOptions>,

    /// Account that receives the rewards of the farms in this process.
    #[arg(long, value_name = "SS58", value_parser = autonomys_farmer::parse_reward_address)]
    pub reward_address: Option<RewardAddress>,

    /// Find other nodes on the local network. On the chains dev, local and fast this is off unless given.
    #[arg(long, conflicts_with = "no_mdns")]
    pub mdns: bool,

    /// When to stop because the disk is full.
    #[command(flatten)]
    pub storage_monitor: StorageMonitorParams,
}

/// Why a command line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// Neither `--chain` nor `--dev`.
    #[error(
        "no chain is chosen. Give --dev for a network of your own in one process, or --chain with one of {}, or with \
         the path of a chain specification",
        Chain::names()
    )]
    NoChain,
    /// A sync mode that skips blocks or state.
    #[error(
        "--sync {0} is not possible: every node of this network verifies all blocks. Leave the flag out or give \
         --sync full"
    )]
    SyncMode(String),
    /// `--alice` and the like.
    #[error(
        "--{0} is not possible: this network has no session keys. Give --farmer to author blocks and --name for a name"
    )]
    KeyShortcut(&'static str),
    /// `--no-grandpa`.
    #[error(
        "--no-grandpa is not possible: this network has no finality gadget; the block that lies the confirmation depth \
         below the best one is final. Leave the flag out"
    )]
    NoGrandpa,
    /// A pruning mode under which history is lost.
    #[error(
        "--blocks-pruning {0} is not possible: farmers plot the history of the chain and a node serves it to them from \
         its blocks. Leave the flag out, or give archive-canonical or archive"
    )]
    BlocksPruning(u32),
    /// `--farm` without `--reward-address`.
    #[error("--farm needs --reward-address: it says which account the rewards go to")]
    FarmWithoutRewardAddress,
    /// `--reward-address` without a farm.
    #[error(
        "--reward-address is for farms in this process: give --farm as well, or give the address to the farmer"
    )]
    RewardAddressWithoutFarm,
}

impl Cli {
    /// Reads the command line. The error prints itself and knows its exit code.
    pub fn parse_arguments<I, T>(arguments: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let mut command =
            <Self as SubstrateCli>::setup_command(<Self as CommandFactory>::command());
        for refused in REFUSED_FLAGS {
            command = command.mut_arg(refused, |argument| argument.hide(true));
        }
        let cli = Self::from_arg_matches(&command.try_get_matches_from_mut(arguments)?)?;
        cli.check_usage().map_err(|error| {
            clap::Error::raw(
                clap::error::ErrorKind::ValueValidation,
                format!("{error}\n"),
            )
            .with_cmd(&command)
        })?;
        Ok(cli)
    }

    fn check_usage(&self) -> Result<(), UsageError> {
        let shared_params = match &self.subcommand {
            None => {
                self.run.check_usage()?;
                &self.run.base.shared_params
            }
            // These name their chain themselves, or need none.
            Some(NodeSubcommand::Key(_) | NodeSubcommand::ExportChainSpec(_)) => return Ok(()),
            Some(NodeSubcommand::CheckBlock(command)) => &command.shared_params,
            Some(NodeSubcommand::ExportBlocks(command)) => &command.shared_params,
            Some(NodeSubcommand::ImportBlocks(command)) => &command.shared_params,
            Some(NodeSubcommand::ExportState(command)) => &command.shared_params,
            Some(NodeSubcommand::PurgeChain(command)) => &command.shared_params,
            Some(NodeSubcommand::Revert(command)) => &command.shared_params,
            Some(NodeSubcommand::ChainInfo(command)) => &command.shared_params,
        };
        if shared_params.chain.is_none() && !shared_params.dev {
            return Err(UsageError::NoChain);
        }
        Ok(())
    }
}

/// Names of stock arguments that are refused and therefore not shown.
const REFUSED_FLAGS: [&str; 9] = [
    "no_grandpa",
    "alice",
    "bob",
    "charlie",
    "dave",
    "eve",
    "ferdie",
    "one",
    "two",
];

impl RunCommand {
    fn check_usage(&self) -> Result<(), UsageError> {
        let base = &self.base;
        if base.no_grandpa {
            return Err(UsageError::NoGrandpa);
        }
        for (given, name) in [
            (base.alice, "alice"),
            (base.bob, "bob"),
            (base.charlie, "charlie"),
            (base.dave, "dave"),
            (base.eve, "eve"),
            (base.ferdie, "ferdie"),
            (base.one, "one"),
            (base.two, "two"),
        ] {
            if given {
                return Err(UsageError::KeyShortcut(name));
            }
        }
        if base.network_params.sync != SyncMode::Full {
            return Err(UsageError::SyncMode(
                format!("{:?}", base.network_params.sync).to_lowercase(),
            ));
        }
        if let DatabasePruningMode::Custom(blocks) =
            base.import_params.pruning_params.blocks_pruning
        {
            return Err(UsageError::BlocksPruning(blocks));
        }
        if !self.is_dev() {
            match (self.farm.is_empty(), &self.reward_address) {
                (false, None) => return Err(UsageError::FarmWithoutRewardAddress),
                (true, Some(_)) => return Err(UsageError::RewardAddressWithoutFarm),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a whole network is to run in this process.
    pub fn is_dev(&self) -> bool {
        self.base.shared_params.dev
    }

    /// Whether the node serves farmers and authors their blocks.
    pub fn is_farmer(&self) -> bool {
        self.farmer || self.base.validator || self.is_dev() || !self.farm.is_empty()
    }

    /// Whether the node runs the proof-of-time chain.
    pub fn is_timekeeper(&self) -> bool {
        self.timekeeper || self.is_dev()
    }
}

/// Whether the chain lives on one machine or a few that know each other.
pub(crate) fn is_development_chain(chain_spec: &dyn ChainSpec) -> bool {
    matches!(
        chain_spec.chain_type(),
        ChainType::Development | ChainType::Local
    )
}

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Autonomys Node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        env!("CARGO_PKG_AUTHORS").into()
    }

    fn support_url() -> String {
        "https://github.com/autonomys".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn executable_name() -> String {
        // Names the default base path, which must not change with the name of the file.
        env!("CARGO_PKG_NAME").into()
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
        chain_spec::load(id).map_err(|error| error.to_string())
    }
}

impl CliConfiguration for RunCommand {
    fn shared_params(&self) -> &SharedParams {
        self.base.shared_params()
    }

    fn import_params(&self) -> Option<&ImportParams> {
        self.base.import_params()
    }

    fn network_params(&self) -> Option<&NetworkParams> {
        self.base.network_params()
    }

    fn keystore_params(&self) -> Option<&KeystoreParams> {
        self.base.keystore_params()
    }

    fn offchain_worker_params(&self) -> Option<&OffchainWorkerParams> {
        self.base.offchain_worker_params()
    }

    fn node_key_params(&self) -> Option<&NodeKeyParams> {
        self.base.node_key_params()
    }

    fn base_path(&self) -> CliResult<Option<BasePath>> {
        self.base.base_path()
    }

    fn role(&self, _is_dev: bool) -> CliResult<Role> {
        Ok(if self.is_farmer() {
            Role::Authority
        } else {
            Role::Full
        })
    }

    fn node_key(&self, network_directory: &PathBuf) -> CliResult<NodeKeyConfig> {
        // An authority must bring its network key because others look it up by it. Nobody looks a farmer up: it gets a
        // key at its first start, like every node.
        self.base.network_params.node_key_params.node_key(
            network_directory,
            Role::Full,
            self.is_dev(),
        )
    }

    #[allow(clippy::borrowed_box, reason = "the trait's signature")]
    fn network_config(
        &self,
        chain_spec: &Box<dyn ChainSpec>,
        is_dev: bool,
        _is_validator: bool,
        network_directory: PathBuf,
        client_id: &str,
        node_name: &str,
        node_key: NodeKeyConfig,
        default_listen_port: u16,
    ) -> CliResult<NetworkConfiguration> {
        // For the stock code "validator" means only this: listen on plain TCP by default, and on nothing else.
        let listen_on_plain_tcp = true;
        let mut network = self.base.network_config(
            chain_spec,
            is_dev,
            listen_on_plain_tcp,
            network_directory,
            client_id,
            node_name,
            node_key,
            default_listen_port,
        )?;
        if let TransportConfig::Normal { enable_mdns, .. } = &mut network.transport {
            *enable_mdns = self.mdns
                || (!self.base.network_params.no_mdns
                    && !is_dev
                    && !is_development_chain(chain_spec.as_ref()));
        }
        Ok(network)
    }

    fn node_name(&self) -> CliResult<String> {
        self.base.node_name()
    }

    fn force_authoring(&self) -> CliResult<bool> {
        self.base.force_authoring()
    }

    #[allow(clippy::borrowed_box, reason = "the trait's signature")]
    fn telemetry_endpoints(
        &self,
        chain_spec: &Box<dyn ChainSpec>,
    ) -> CliResult<Option<TelemetryEndpoints>> {
        self.base.telemetry_endpoints(chain_spec)
    }

    #[allow(clippy::borrowed_box, reason = "the trait's signature")]
    fn prometheus_config(
        &self,
        default_listen_port: u16,
        chain_spec: &Box<dyn ChainSpec>,
    ) -> CliResult<Option<PrometheusConfig>> {
        self.base.prometheus_config(default_listen_port, chain_spec)
    }

    fn rpc_addr(&self, default_listen_port: u16) -> CliResult<Option<Vec<RpcEndpoint>>> {
        // A farmer outside of development takes the risk of `--rpc-external` knowingly, by `--unsafe-rpc-external`.
        self.base.rpc_params.rpc_addr(
            self.is_dev(),
            self.is_farmer() && !self.is_dev(),
            default_listen_port,
        )
    }

    fn rpc_cors(&self, is_dev: bool) -> CliResult<Option<Vec<String>>> {
        self.base.rpc_cors(is_dev)
    }

    fn rpc_methods(&self) -> CliResult<RpcMethods> {
        self.base.rpc_methods()
    }

    fn rpc_max_connections(&self) -> CliResult<u32> {
        self.base.rpc_max_connections()
    }

    fn rpc_max_request_size(&self) -> CliResult<u32> {
        self.base.rpc_max_request_size()
    }

    fn rpc_max_response_size(&self) -> CliResult<u32> {
        self.base.rpc_max_response_size()
    }

    fn rpc_max_subscriptions_per_connection(&self) -> CliResult<u32> {
        self.base.rpc_max_subscriptions_per_connection()
    }

    fn rpc_buffer_capacity_per_connection(&self) -> CliResult<u32> {
        self.base.rpc_buffer_capacity_per_connection()
    }

    fn rpc_batch_config(&self) -> CliResult<RpcBatchRequestConfig> {
        self.base.rpc_batch_config()
    }

    fn rpc_rate_limit(&self) -> CliResult<Option<NonZeroU32>> {
        self.base.rpc_rate_limit()
    }

    fn rpc_rate_limit_whitelisted_ips(&self) -> CliResult<Vec<IpNetwork>> {
        self.base.rpc_rate_limit_whitelisted_ips()
    }

    fn rpc_rate_limit_trust_proxy_headers(&self) -> CliResult<bool> {
        self.base.rpc_rate_limit_trust_proxy_headers()
    }

    fn transaction_pool(&self, is_dev: bool) -> CliResult<TransactionPoolOptions> {
        self.base.transaction_pool(is_dev)
    }

    fn max_runtime_instances(&self) -> CliResult<Option<usize>> {
        self.base.max_runtime_instances()
    }

    fn runtime_cache_size(&self) -> CliResult<u8> {
        self.base.runtime_cache_size()
    }
}

#[cfg(test)]
mod tests;
