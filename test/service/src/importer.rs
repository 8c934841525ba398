//! A chain that blocks are given to one by one.

use autonomys_node::service::{Block, Chain, FullClient, Hash, open_chain};
use sc_client_api::{BlockBackend, HeaderBackend};
use sc_consensus::{BlockImport, BlockImportParams, ImportResult, StateAction, Verifier};
use sc_consensus_poas::PoasVerifier;
use sc_service::Configuration;
use sp_consensus::BlockOrigin;
use sp_runtime::Justifications;
use sp_runtime::generic::{Block as GenericBlock, Header};
use sp_runtime::traits::BlakeTwo256;
use std::fmt;
use substrate_prometheus_endpoint::Registry;
use tempfile::TempDir;

use crate::chain::{configuration, unit_chain};

/// A block as peers send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlock {
    /// Header with seal.
    pub header: Header<u32, BlakeTwo256>,
    /// Extrinsics.
    pub body: Vec<sp_runtime::OpaqueExtrinsic>,
    /// Justifications.
    pub justifications: Option<Justifications>,
}

impl StoredBlock {
    /// Reads a block from the database of a node.
    pub fn read(client: &FullClient, hash: Hash) -> Self {
        let signed = client
            .block(hash)
            .expect("the database can be read")
            .expect("the block is in the database");
        let GenericBlock { header, extrinsics } = signed.block;
        Self {
            header,
            body: extrinsics,
            justifications: signed.justifications,
        }
    }

    /// The best chain of a node from block 1 on.
    pub fn chain(client: &FullClient) -> Vec<Self> {
        (1..=client.info().best_number)
            .map(|number| {
                let hash = client
                    .hash(number)
                    .expect("the database can be read")
                    .expect("the best chain has no gaps");
                Self::read(client, hash)
            })
            .collect()
    }

    /// Hash of the block.
    pub fn hash(&self) -> Hash {
        self.header.hash()
    }
}

/// What became of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the database now.
    Imported {
        /// Whether it is the best block.
        best: bool,
    },
    /// It is refused for a reason that is named like this in metrics.
    Refused(String),
    /// It cannot be decided about, for example because its parent is not known.
    Undecided(String),
}

/// A chain without a network.
pub struct Importer {
    /// The chain.
    pub chain: Chain,
    verifier: PoasVerifier,
    registry: Registry,
    _folder: Option<TempDir>,
}

impl fmt::Debug for Importer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Importer")
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

impl Importer {
    /// Opens the chain of [`unit_chain`] in a folder of its own.
    pub fn open() -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let mut importer = Self::open_at(configuration(unit_chain(), folder.path()));
        importer._folder = Some(folder);
        importer
    }

    /// Opens the chain of this configuration.
    pub fn open_at(mut configuration: Configuration) -> Self {
        let registry = configuration
            .prometheus_registry()
            .expect("test configurations have metrics")
            .clone();
        let chain = open_chain(&mut configuration)
            .unwrap_or_else(|error| panic!("the chain does not open: {error}"));
        Self {
            verifier: PoasVerifier::new(chain.link.clone(), chain.metrics.clone()),
            chain,
            registry,
            _folder: None,
        }
    }

    /// Gives a block to the verifier and then to the import, as the import queue does with blocks of peers.
    pub async fn import(&self, block: StoredBlock) -> Outcome {
        let before = self.refused();
        let StoredBlock {
            header,
            body,
            justifications,
        } = block;
        let mut params = BlockImportParams::<Block>::new(BlockOrigin::NetworkBroadcast, header);
        params.body = Some(body);
        params.justifications = justifications;
        params.state_action = StateAction::ExecuteIfPossible;
        let params = match self.verifier.verify(params).await {
            Ok(params) => params,
            Err(error) => return self.refused_since(&before, error),
        };
        match self.chain.block_import.import_block(params).await {
            Ok(ImportResult::Imported(imported)) => Outcome::Imported {
                best: imported.is_new_best,
            },
            Ok(ImportResult::KnownBad) => self.refused_since(&before, "known bad".into()),
            other => Outcome::Undecided(format!("{other:?}")),
        }
    }

    /// Imports a block that must be valid.
    pub async fn import_valid(&self, block: StoredBlock) {
        let number = block.header.number;
        let outcome = self.import(block).await;
        assert!(
            matches!(outcome, Outcome::Imported { .. }),
            "block {number} is valid, but: {outcome:?}"
        );
    }

    /// How many blocks were refused for each reason.
    fn refused(&self) -> Vec<(String, u64)> {
        self.registry
            .gather()
            .iter()
            .filter(|family| family.get_name().ends_with("poas_blocks_rejected_total"))
            .flat_map(|family| family.get_metric())
            .map(|metric| {
                let reason = metric
                    .get_label()
                    .iter()
                    .find(|label| label.get_name() == "reason")
                    .map(|label| label.get_value().to_owned())
                    .unwrap_or_default();
                (reason, metric.get_counter().get_value() as u64)
            })
            .collect()
    }

    fn refused_since(&self, before: &[(String, u64)], error: String) -> Outcome {
        let reason = self
            .refused()
            .into_iter()
            .find(|counter| !before.contains(counter))
            .map(|(reason, _)| reason);
        reason.map_or(Outcome::Undecided(error), Outcome::Refused)
    }
}
