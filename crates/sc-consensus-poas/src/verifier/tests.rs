use super::*;
use crate::archiver::{ChainArchiver, recreate_segment};
use crate::parents::{Parent, Revealed};
use crate::piece_store::PieceStore;
use crate::test_chain::{TestChain, farm, link, public_key, reveal, seal};
use autonomys_archiving::Piece;
use autonomys_core_primitives::sectors::{mask_chunk, ticket_distance};
use autonomys_core_primitives::{
    Chunk, HistorySize, PosProof, RecordRoot, RewardAddress, SectorId, SegmentIndex, Solution,
};
use autonomys_erasure_coding::RecordCoder;
use autonomys_merkle_tree::MerkleTree;
use autonomys_proof_of_space::{K, TableGenerator};
use codec::Encode;
use sc_client_api::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_consensus_poas::PreDigest;
use sp_runtime::generic::SignedBlock;
use std::sync::Arc;

/// Farms block 1: tries slots and pieces until one wins.
fn farmed_block() -> (PoasLink, SignedBlock<Block>) {
    let chain = Arc::new(TestChain::new());
    let link = link(&chain);
    let folder = tempfile::tempdir().unwrap();
    let store = PieceStore::open(folder.path(), Arc::clone(link.params())).unwrap();
    ChainArchiver::start(
        Arc::clone(&chain),
        link.clone(),
        Arc::new(store),
        Metrics::default(),
    )
    .unwrap();
    let header = link.segment_headers().get(SegmentIndex(0)).unwrap();
    let segment = recreate_segment(&*chain, &link, &header).unwrap();

    let params = link.params();
    let parent = Parent::genesis(params, &link.genesis_hash());
    let sector_id = SectorId::new(&public_key(), 0, HistorySize::ONE);
    let mut generator = TableGenerator::new(K::new(params.proof_of_space_k).unwrap());
    for (slot, piece_offset) in (1..).flat_map(|slot| (0..8).map(move |offset| (slot, offset))) {
        let Revealed { proof_of_time, .. } = reveal(params, &parent, slot);
        let global_challenge = proof_of_time.global_challenge(slot);
        let challenge = sector_id.slot_challenge(&global_challenge);
        let s_bucket = challenge.s_bucket(params);
        let table = generator.generate(&sector_id.pos_seed(piece_offset).0);
        let Some(proof) = table.find_proof(params.proof_of_space_challenge(s_bucket)) else {
            continue;
        };
        let position = sector_id
            .piece_index(params, piece_offset, HistorySize::ONE)
            .position(params);
        let piece = Piece::new(params, segment.pieces.piece(position).unwrap()).unwrap();
        let mut chunks = piece.record().to_vec();
        let mut parity = vec![[0; 32]; chunks.len()];
        RecordCoder::new(chunks.len())
            .unwrap()
            .extend(&chunks, &mut parity)
            .unwrap();
        chunks.extend(parity);
        let tree = MerkleTree::new(&chunks).unwrap();
        let chunk = Chunk(chunks[usize::from(s_bucket)]);
        let distance = ticket_distance(
            challenge.ticket(&mask_chunk(&chunk, &proof)),
            &global_challenge,
        );
        if distance > parent.child_solution_range / 2 {
            continue;
        }
        let solution = Solution {
            public_key: public_key(),
            reward_address: RewardAddress::default(),
            sector_index: 0,
            history_size: HistorySize::ONE,
            piece_offset,
            record_root: RecordRoot(tree.root()),
            record_proof: piece.record_proof().try_into().unwrap(),
            chunk,
            chunk_proof: tree
                .proof(usize::from(s_bucket))
                .unwrap()
                .try_into()
                .unwrap(),
            proof_of_space: PosProof(proof.to_vec().try_into().unwrap()),
        };
        let genesis_hash = chain.info().genesis_hash;
        return (
            link.clone(),
            farm(&link, &parent, genesis_hash, slot, solution, vec![]),
        );
    }
    unreachable!("slots never end")
}

fn params_of(block: &SignedBlock<Block>) -> BlockImportParams<Block> {
    let mut params =
        BlockImportParams::new(BlockOrigin::NetworkBroadcast, block.block.header.clone());
    params.body = Some(block.block.extrinsics.clone());
    params.justifications = block.justifications.clone();
    params.state_action = StateAction::ExecuteIfPossible;
    params
}

#[tokio::test]
async fn a_farmed_block_is_verified_and_nothing_in_it_can_be_changed() {
    let (link, block) = farmed_block();
    let verifier = PoasVerifier::new(link.clone(), Metrics::default());

    let mut verified = verifier.verify(params_of(&block)).await.unwrap();
    assert_eq!(verified.post_digests.len(), 1);
    assert_eq!(verified.post_hash, Some(block.block.header.hash()));
    assert_eq!(verified.post_hash(), block.block.header.hash());
    assert_eq!(verified.post_header(), block.block.header);
    assert!(matches!(verified.state_action, StateAction::Execute));
    let header: VerifiedHeader = verified.remove_intermediate(VERIFIED_HEADER).unwrap();
    assert_eq!(
        header.digests().pre_digest.solution.public_key,
        public_key()
    );

    // Whoever changes anything in the header has no seal for it
    let encoded = block.block.header.encode();
    for bit in 0..encoded.len() * 8 {
        let mut bytes = encoded.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(header) = Header::decode_all(&mut &bytes[..]) else {
            continue;
        };
        let mut changed = block.clone();
        changed.block.header = header;
        let refused = verifier.verify_block(&mut params_of(&changed));
        assert!(
            matches!(
                refused,
                Err(Rejection::Digest(_) | Rejection::Unsealed | Rejection::Seal(_))
            ),
            "bit {bit}: {refused:?}"
        );
    }

    // And a farmer that seals a changed solution has no proof for it
    let pre_digest = PreDigest::read(&block.block.header).unwrap();
    let reseal = |pre_digest: &PreDigest| {
        let mut changed = block.clone();
        let logs = &mut changed.block.header.digest.logs;
        logs.pop();
        logs[0] = pre_digest.digest_item();
        seal(&link, &mut changed.block.header);
        changed
    };
    assert!(
        verifier
            .verify(params_of(&reseal(&pre_digest)))
            .await
            .is_ok()
    );
    let solution = &pre_digest.solution;
    let mut wrong = vec![
        Solution {
            sector_index: 1,
            ..solution.clone()
        },
        Solution {
            history_size: HistorySize::new(2).unwrap(),
            ..solution.clone()
        },
        Solution {
            piece_offset: 8,
            ..solution.clone()
        },
        Solution {
            piece_offset: solution.piece_offset ^ 1,
            ..solution.clone()
        },
    ];
    let mut with = |change: &dyn Fn(&mut Solution)| {
        let mut solution = solution.clone();
        change(&mut solution);
        wrong.push(solution);
    };
    for bit in 0..256 {
        let flip = |bytes: &mut [u8; 32]| bytes[bit / 8] ^= 1 << (bit % 8);
        with(&|solution| flip(&mut solution.record_root.0));
        with(&|solution| flip(&mut solution.chunk.0));
        for node in 0..solution.chunk_proof.len() {
            with(&|solution| flip(&mut solution.chunk_proof[node].0));
        }
    }
    for bit in 0..solution.proof_of_space.0.len() * 8 {
        with(&|solution| solution.proof_of_space.0[bit / 8] ^= 1 << (bit % 8));
    }
    with(&|solution| {
        solution.chunk_proof.pop();
    });
    with(&|solution| {
        solution.record_proof.pop();
    });
    with(&|solution| {
        solution.proof_of_space.0.pop();
    });
    for wrong in wrong {
        let changed = reseal(&PreDigest {
            solution: wrong,
            ..pre_digest.clone()
        });
        assert!(matches!(
            verifier.verify_block(&mut params_of(&changed)),
            Err(Rejection::Solution(_))
        ));
    }

    // The reward address is the farmer's to choose, but nobody else's
    let redirected = PreDigest {
        solution: Solution {
            reward_address: RewardAddress([1; 32]),
            ..solution.clone()
        },
        ..pre_digest.clone()
    };
    assert!(
        verifier
            .verify(params_of(&reseal(&redirected)))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn what_is_missing_or_too_much_is_refused() {
    let (link, block) = farmed_block();
    let verifier = PoasVerifier::new(link, Metrics::default());
    let reason = |change: &dyn Fn(&mut BlockImportParams<Block>)| {
        let mut params = params_of(&block);
        change(&mut params);
        verifier.verify_block(&mut params).unwrap_err().reason()
    };
    assert_eq!(
        reason(&|block| block.justifications = None),
        "justification"
    );
    assert_eq!(
        reason(&|block| {
            let mut justifications = block.justifications.take().unwrap();
            justifications.append((*b"OTHR", vec![]));
            block.justifications = Some(justifications);
        }),
        "justification"
    );
    assert_eq!(
        reason(&|block| {
            let bytes = block.justifications.take().unwrap();
            let mut bytes = bytes.into_justification(POAS_ENGINE_ID).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            block.justifications = Some(Justifications::from((POAS_ENGINE_ID, bytes)));
        }),
        "proof_of_time_mismatch"
    );
    assert_eq!(
        reason(&|block| {
            block.header.digest.pop();
        }),
        "unsealed"
    );
    assert_eq!(
        reason(&|block| {
            let seal = block.header.digest.logs.last().unwrap().clone();
            block.header.digest.push(seal);
        }),
        "digest"
    );
    assert_eq!(
        reason(&|block| block.header.state_root = Hash::repeat_byte(1)),
        "seal"
    );
}

#[tokio::test]
async fn a_seal_for_another_network_is_refused() {
    let (link, block) = farmed_block();
    let other = PoasLink::new(
        Arc::clone(link.params()),
        BlockHash([1; 32]),
        link.segment_headers().clone(),
    );
    assert!(matches!(
        PoasVerifier::new(other, Metrics::default()).verify_block(&mut params_of(&block)),
        Err(Rejection::Seal(_))
    ));
}

#[tokio::test]
async fn imported_state_is_refused() {
    let (link, block) = farmed_block();
    let mut params = params_of(&block);
    params.state_action = StateAction::ApplyChanges(sc_consensus::StorageChanges::Import(
        sc_consensus::ImportedState {
            block: block.block.header.hash(),
            state: sp_state_machine::KeyValueStates(vec![]),
        },
    ));
    assert!(
        PoasVerifier::new(link, Metrics::default())
            .verify(params)
            .await
            .is_err()
    );
}
