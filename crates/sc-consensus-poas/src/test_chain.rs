//! A chain in memory, and blocks on it that are farmed as far as a header shows.

use crate::link::PoasLink;
use crate::parents::{Parent, Revealed};
use crate::segment_headers::SegmentHeaderStore;
use autonomys_core_primitives::params::{ConsensusParams, NetworkTag, Preset};
use autonomys_core_primitives::{
    BlockHash, BlockNumber, PotCheckpoints, PotOutput, PublicKey, SlotNumber, Solution,
};
use autonomys_runtime_primitives::opaque::Block;
use autonomys_runtime_primitives::{Hash, Header};
use autonomys_verification::sign_seal;
use codec::Encode;
use parking_lot::RwLock;
use sc_client_api::{AuxStore, BlockBackend, HeaderBackend};
use sp_blockchain::{BlockStatus, Info, Result};
use sp_consensus_poas::{ConsensusLog, POAS_ENGINE_ID, PreDigest, seal_digest};
use sp_runtime::generic::SignedBlock;
use sp_runtime::traits::{BlakeTwo256, Hash as _, Header as _};
use sp_runtime::{Digest, DigestItem, Justifications, OpaqueExtrinsic};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Clone, Default)]
struct State {
    blocks: HashMap<Hash, SignedBlock<Block>>,
    best_chain: Vec<Hash>,
    finalized: BlockNumber,
    aux: BTreeMap<Vec<u8>, Vec<u8>>,
}

pub(crate) struct TestChain {
    state: RwLock<State>,
}

impl TestChain {
    pub(crate) fn new() -> Self {
        let chain = Self {
            state: RwLock::default(),
        };
        chain.push(SignedBlock {
            block: Block {
                header: header(0, Hash::default(), vec![]),
                extrinsics: vec![],
            },
            justifications: None,
        });
        chain
    }

    /// Makes a block the best one, whatever was there at its height and above.
    pub(crate) fn push(&self, block: SignedBlock<Block>) -> Hash {
        let hash = block.block.header.hash();
        let mut state = self.state.write();
        let number = block.block.header.number as usize;
        state.best_chain.truncate(number);
        assert_eq!(state.best_chain.len(), number);
        state.best_chain.push(hash);
        state.blocks.insert(hash, block);
        hash
    }

    /// Makes the next block, with as many bytes in its body.
    pub(crate) fn push_bytes(&self, bytes: Vec<u8>) -> Hash {
        let info = self.info();
        self.push(block_of_bytes(info.best_number + 1, info.best_hash, bytes))
    }

    /// Stores a block without making it the best one.
    pub(crate) fn insert(&self, block: SignedBlock<Block>) -> Hash {
        let hash = block.block.header.hash();
        self.state.write().blocks.insert(hash, block);
        hash
    }

    pub(crate) fn finalize(&self, number: BlockNumber) {
        self.state.write().finalized = number;
    }

    pub(crate) fn add_justification(&self, hash: Hash, engine: [u8; 4]) {
        let mut state = self.state.write();
        let block = state.blocks.get_mut(&hash).unwrap();
        block
            .justifications
            .get_or_insert_with(|| Justifications::new(vec![]))
            .append((engine, vec![9]));
    }

    pub(crate) fn remove(&self, hash: Hash) {
        self.state.write().blocks.remove(&hash);
    }

    pub(crate) fn without_aux(&self) -> Self {
        let mut state = self.state.read().clone();
        state.aux.clear();
        Self {
            state: RwLock::new(state),
        }
    }

    pub(crate) fn aux_keys(&self) -> Vec<Vec<u8>> {
        self.state.read().aux.keys().cloned().collect()
    }

    pub(crate) fn apply(&self, operations: Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        let mut state = self.state.write();
        for (key, value) in operations {
            match value {
                Some(value) => state.aux.insert(key, value),
                None => state.aux.remove(&key),
            };
        }
    }
}

impl HeaderBackend<Block> for TestChain {
    fn header(&self, hash: Hash) -> Result<Option<Header>> {
        let state = self.state.read();
        Ok(state
            .blocks
            .get(&hash)
            .map(|block| block.block.header.clone()))
    }

    fn info(&self) -> Info<Block> {
        let state = self.state.read();
        let best_hash = *state.best_chain.last().unwrap();
        Info {
            best_hash,
            best_number: state.best_chain.len() as u32 - 1,
            genesis_hash: state.best_chain[0],
            finalized_hash: state.best_chain[state.finalized as usize],
            finalized_number: state.finalized,
            finalized_state: None,
            number_leaves: 1,
            block_gap: None,
        }
    }

    fn status(&self, hash: Hash) -> Result<BlockStatus> {
        Ok(match self.state.read().blocks.contains_key(&hash) {
            true => BlockStatus::InChain,
            false => BlockStatus::Unknown,
        })
    }

    fn number(&self, hash: Hash) -> Result<Option<u32>> {
        Ok(self.header(hash)?.map(|header| header.number))
    }

    fn hash(&self, number: u32) -> Result<Option<Hash>> {
        Ok(self.state.read().best_chain.get(number as usize).copied())
    }
}

impl BlockBackend<Block> for TestChain {
    fn block_body(&self, hash: Hash) -> Result<Option<Vec<OpaqueExtrinsic>>> {
        Ok(self.block(hash)?.map(|block| block.block.extrinsics))
    }

    fn block_indexed_body(&self, _: Hash) -> Result<Option<Vec<Vec<u8>>>> {
        Ok(None)
    }

    fn block_indexed_hashes(&self, _: Hash) -> Result<Option<Vec<sp_core::H256>>> {
        Ok(None)
    }

    fn block(&self, hash: Hash) -> Result<Option<SignedBlock<Block>>> {
        Ok(self.state.read().blocks.get(&hash).cloned())
    }

    fn block_status(&self, _: Hash) -> Result<sp_consensus::BlockStatus> {
        Ok(sp_consensus::BlockStatus::InChainWithState)
    }

    fn justifications(&self, hash: Hash) -> Result<Option<Justifications>> {
        Ok(self.block(hash)?.and_then(|block| block.justifications))
    }

    fn block_hash(&self, number: u32) -> Result<Option<Hash>> {
        self.hash(number)
    }

    fn indexed_transaction(&self, _: sp_core::H256) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn has_indexed_transaction(&self, _: sp_core::H256) -> Result<bool> {
        Ok(false)
    }

    fn requires_full_sync(&self) -> bool {
        true
    }
}

impl AuxStore for TestChain {
    fn insert_aux<
        'a,
        'b: 'a,
        'c: 'a,
        I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
        D: IntoIterator<Item = &'a &'b [u8]>,
    >(
        &self,
        insert: I,
        delete: D,
    ) -> Result<()> {
        let mut state = self.state.write();
        for (key, value) in insert {
            state.aux.insert(key.to_vec(), value.to_vec());
        }
        for key in delete {
            state.aux.remove(*key);
        }
        Ok(())
    }

    fn get_aux(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.state.read().aux.get(key).cloned())
    }
}

/// A block with as many bytes in its body.
pub(crate) fn block_of_bytes(
    number: BlockNumber,
    parent_hash: Hash,
    bytes: Vec<u8>,
) -> SignedBlock<Block> {
    SignedBlock {
        block: Block {
            header: Header {
                // Blocks of the same height differ
                extrinsics_root: BlakeTwo256::hash(&bytes),
                ..header(number, parent_hash, vec![])
            },
            extrinsics: vec![OpaqueExtrinsic::from_blob(bytes)],
        },
        justifications: Some(Justifications::from((POAS_ENGINE_ID, vec![1, 2, 3]))),
    }
}

pub(crate) fn header(number: BlockNumber, parent_hash: Hash, logs: Vec<DigestItem>) -> Header {
    Header {
        parent_hash,
        number,
        state_root: Hash::repeat_byte(7),
        extrinsics_root: Hash::default(),
        digest: Digest { logs },
    }
}

/// Parameters of tests, under which nearly every chunk wins.
pub(crate) fn unit_params() -> Arc<ConsensusParams> {
    Arc::new(ConsensusParams {
        initial_solution_range: 1 << 63,
        ..Preset::Unit.params(NetworkTag::default())
    })
}

pub(crate) fn link(chain: &TestChain) -> PoasLink {
    let params = unit_params();
    let headers = SegmentHeaderStore::open(chain, params.confirmation_depth).unwrap();
    PoasLink::new(params, BlockHash(chain.info().genesis_hash.0), headers)
}

pub(crate) fn keypair() -> schnorrkel::Keypair {
    schnorrkel::MiniSecretKey::from_bytes(&[5; 32])
        .unwrap()
        .expand_to_keypair(schnorrkel::ExpansionMode::Ed25519)
}

pub(crate) fn public_key() -> PublicKey {
    PublicKey(keypair().public.to_bytes())
}

/// A solution by [`public_key`] that wins nothing.
pub(crate) fn losing_solution() -> Solution {
    Solution {
        public_key: public_key(),
        ..Solution::genesis()
    }
}

/// What a block of `slot` on top of `parent` reveals, with its proofs of time made here.
pub(crate) fn reveal(params: &ConsensusParams, parent: &Parent, slot: SlotNumber) -> Revealed {
    parent
        .reveal(params, slot, |input| {
            let checkpoints =
                autonomys_proof_of_time::prove(input.seed.0, input.iterations).ok()?;
            Some(PotCheckpoints(checkpoints.map(PotOutput)))
        })
        .unwrap()
}

/// A sealed block on top of `parent`, as it is stored.
pub(crate) fn farm(
    link: &PoasLink,
    parent: &Parent,
    parent_hash: Hash,
    slot: SlotNumber,
    solution: Solution,
    more_logs: Vec<ConsensusLog>,
) -> SignedBlock<Block> {
    let params = link.params();
    let revealed = reveal(params, parent, slot);
    let pre_digest = PreDigest {
        slot,
        solution,
        proof_of_time: revealed.proof_of_time,
        future_proof_of_time: revealed.future_proof_of_time,
    };
    let iterations = parent
        .anchor
        .change
        .filter(|change| change.slot <= slot)
        .map_or(parent.anchor.iterations, |change| change.iterations);
    let mut logs = vec![
        pre_digest.digest_item(),
        ConsensusLog::PotIterations(iterations).digest_item(),
        ConsensusLog::SolutionRange(parent.child_solution_range).digest_item(),
    ];
    logs.extend(more_logs.iter().map(ConsensusLog::digest_item));
    let mut header = header(parent.number + 1, parent_hash, logs);
    seal(link, &mut header);
    SignedBlock {
        block: Block {
            header,
            extrinsics: vec![],
        },
        justifications: Some(Justifications::from((
            POAS_ENGINE_ID,
            revealed.justification.encode(),
        ))),
    }
}

/// Seals a header.
pub(crate) fn seal(link: &PoasLink, header: &mut Header) {
    let pre_hash = BlockHash(header.hash().0);
    let seal = sign_seal(&keypair(), &link.genesis_hash(), &pre_hash);
    header.digest_mut().push(seal_digest(&seal));
}
