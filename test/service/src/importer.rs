//! A chain that blocks are given to one by one.

use autonomys_node::service::{Block, Chain, FullBlockImport, FullClient, Hash, open_chain};
use sc_client_api::{BlockBackend, HeaderBackend};
use sc_consensus::{
    BlockCheckParams, BlockImport, BlockImportParams, ImportResult, StateAction, Verifier,
};
use sc_consensus_poas::PoasVerifier;
use sc_service::Configuration;
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_runtime::Justifications;
use sp_runtime::generic::{Block as GenericBlock, Header};
use sp_runtime::traits::BlakeTwo256;
use std::fmt;
use substrate_prometheus_endpoint::Registry;
use tempfile::TempDir;

use crate::chain::{configuration, unit_chain, wait_until_closed};
use crate::counters::counters;

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

    /// What sync gives to the verifier.
    pub fn into_params(self) -> BlockImportParams<Block> {
        let Self {
            header,
            body,
            justifications,
        } = self;
        let mut params = BlockImportParams::<Block>::new(BlockOrigin::NetworkBroadcast, header);
        params.body = Some(body);
        params.justifications = justifications;
        params.state_action = StateAction::ExecuteIfPossible;
        params
    }

    /// What sync asks before it does so.
    pub fn check_params(&self) -> BlockCheckParams<Block> {
        BlockCheckParams {
            hash: self.hash(),
            number: self.header.number,
            parent_hash: self.header.parent_hash,
            allow_missing_state: true,
            allow_missing_parent: false,
            import_existing: false,
        }
    }

    /// Gives the block to check, verifier and import, as the import queue does with blocks of peers. The error is the
    /// verifier's.
    pub(crate) async fn give_to(
        self,
        verifier: &PoasVerifier,
        block_import: &FullBlockImport,
    ) -> Result<Result<ImportResult, ConsensusError>, String> {
        let checked = block_import.check_block(self.check_params()).await;
        if !matches!(checked, Ok(ImportResult::Imported(_))) {
            return Ok(checked);
        }
        let params = verifier.verify(self.into_params()).await?;
        Ok(block_import.import_block(params).await)
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
        wait_until_closed(&configuration);
        let chain = open_chain(&mut configuration)
            .unwrap_or_else(|error| panic!("the chain does not open: {error}"));
        Self {
            verifier: PoasVerifier::new(chain.link.clone(), chain.metrics.clone()),
            chain,
            registry,
            _folder: None,
        }
    }

    /// Gives a block to check, verifier and import, as the import queue does with blocks of peers.
    pub async fn import(&self, block: StoredBlock) -> Outcome {
        let before = self.refused();
        match block
            .give_to(&self.verifier, &self.chain.block_import)
            .await
        {
            Ok(Ok(ImportResult::Imported(imported))) => Outcome::Imported {
                best: imported.is_new_best,
            },
            Ok(Ok(ImportResult::KnownBad)) => self.refused_since(&before, "known bad".into()),
            Ok(other) => Outcome::Undecided(format!("{other:?}")),
            Err(error) => self.refused_since(&before, error),
        }
    }

    /// The verifier that the import queue has.
    pub fn verifier(&self) -> &PoasVerifier {
        &self.verifier
    }

    /// What is counted under this name, with the value of its label.
    pub fn counters(&self, name: &str) -> Vec<(String, u64)> {
        counters(&self.registry, name)
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
        self.counters("poas_blocks_rejected_total")
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
