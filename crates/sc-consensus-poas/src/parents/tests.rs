use super::*;
use crate::test_chain::{TestChain, farm, link, losing_solution};
use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
use codec::Encode;
use proptest::prelude::*;
use sp_consensus_poas::{ConsensusLog, POAS_ENGINE_ID};
use sp_runtime::Justifications;
use sp_runtime::generic::SignedBlock;
use std::num::NonZeroU32;

/// A chain whose blocks are as many slots after their parents. Block 3 announces a change of proof of time, block 4 ends
/// an era.
fn chain(gaps: &[u64]) -> (Arc<TestChain>, PoasLink, Vec<(Hash, Parent)>) {
    let chain = Arc::new(TestChain::new());
    let link = link(&chain);
    let genesis = Parent::genesis(link.params(), &link.genesis_hash());
    let mut parents = vec![(chain.info().genesis_hash, genesis)];
    for &gap in gaps {
        let (parent_hash, parent) = parents.last().unwrap().clone();
        let block = next_block(&link, &parent, parent_hash, parent.slot + gap);
        let verified = verified(&block);
        let (inputs, child) = parent
            .check_child(link.params(), parent.number + 1, &verified)
            .unwrap();
        check_proofs_of_time(&PotVerifier::new(), &inputs, &verified).unwrap();
        parents.push((chain.push(block), child));
    }
    (chain, link, parents)
}

fn next_block(
    link: &PoasLink,
    parent: &Parent,
    parent_hash: Hash,
    slot: SlotNumber,
) -> SignedBlock<Block> {
    let mut logs = vec![];
    let change = match parent.number {
        2 => Some(PotParametersChange {
            slot: slot + link.params().authoring_delay + 3,
            iterations: NonZeroU32::new(96).unwrap(),
            entropy: PotEntropy([4; 32]),
        }),
        _ => parent.anchor.change.filter(|change| change.slot > slot),
    };
    logs.extend(change.map(ConsensusLog::PotParametersChange));
    if parent.number == 3 {
        logs.push(ConsensusLog::NextSolutionRange(12345));
    }
    farm(link, parent, parent_hash, slot, losing_solution(), logs)
}

fn verified(block: &SignedBlock<Block>) -> VerifiedHeader {
    VerifiedHeader::unverified(
        HeaderDigests::read(block.block.header.digest()).unwrap(),
        read_justification(block.justifications.as_ref()).unwrap(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parents_read_from_the_database_are_those_that_were_imported(
        gaps in prop::collection::vec(1..7u64, 1..14),
    ) {
        let (chain, link, parents) = chain(&gaps);
        for (hash, parent) in parents {
            let found = Parents::new(Arc::clone(&chain), &link).get(hash).unwrap();
            prop_assert_eq!(found.as_deref(), Some(&parent));
            prop_assert_eq!(
                parent.outputs_ahead.len() as u64,
                parent.anchor.slot - parent.slot
            );
            prop_assert_eq!(parent.output_ahead(parent.slot), None);
            prop_assert_eq!(
                parent.output_ahead(parent.anchor.slot),
                parent.outputs_ahead.last().copied()
            );
            prop_assert_eq!(parent.output_ahead(parent.anchor.slot + 1), None);
        }
    }
}

#[test]
fn a_change_of_proof_of_time_and_a_new_solution_range_come_into_force() {
    let (_, link, parents) = chain(&[1, 2, 1, 4, 5, 1]);
    let iterations: Vec<u32> = parents
        .iter()
        .map(|(_, parent)| parent.anchor.iterations.get())
        .collect();
    assert_eq!(iterations, [64, 64, 64, 64, 64, 96, 96]);
    let initial = link.params().initial_solution_range;
    let ranges: Vec<_> = parents
        .iter()
        .map(|(_, parent)| parent.child_solution_range)
        .collect();
    assert_eq!(
        ranges,
        [initial, initial, initial, initial, 12345, 12345, 12345]
    );
}

#[test]
fn an_unknown_parent_is_none_and_a_chain_without_justifications_a_fault() {
    let (chain, link, parents) = chain(&[1, 1, 1]);
    let all = Parents::new(Arc::clone(&chain), &link);
    assert_eq!(all.get(Hash::repeat_byte(9)).unwrap(), None);
    assert_eq!(all.best().unwrap().0, parents[3].0);
    let mut block = chain.block(parents[2].0).unwrap().unwrap();
    block.justifications = None;
    let hash = chain.push(block);
    assert!(matches!(
        Parents::new(chain, &link).get(hash),
        Err(Fault::Missing {
            what: "justification",
            ..
        })
    ));
}

/// Every way to change what a header and its justification say of slot, range and proof of time.
#[test]
fn nothing_that_must_follow_from_the_parent_can_be_changed() {
    let (chain, link, parents) = chain(&[2, 1, 3]);
    let params = link.params();
    let (parent_hash, parent) = &parents[2];
    let block = chain.block(parents[3].0).unwrap().unwrap();
    let good = verified(&block);
    let check = |header: &VerifiedHeader| {
        let (inputs, _) = parent.check_child(params, 3, header)?;
        check_proofs_of_time(&PotVerifier::new(), &inputs, header)
    };
    check(&good).unwrap();

    let with = |change: &dyn Fn(&mut HeaderDigests, &mut PotJustification)| {
        let (mut digests, mut justification) =
            (good.digests().clone(), good.justification().clone());
        change(&mut digests, &mut justification);
        check(&VerifiedHeader::unverified(digests, justification)).unwrap_err()
    };
    assert!(matches!(
        with(&|digests, _| digests.pre_digest.slot = parent.slot),
        Rejection::SlotNotAfterParent { .. }
    ));
    for slot in [u64::MAX, u64::MAX - 1, parent.slot + 2, parent.slot + 4] {
        assert!(matches!(
            with(&|digests, _| digests.pre_digest.slot = slot),
            Rejection::RevealedSlots { .. }
        ));
    }
    assert!(matches!(
        with(&|digests, _| digests.solution_range += 1),
        Rejection::SolutionRange { .. }
    ));
    assert!(matches!(
        with(&|_, justification| {
            justification.checkpoints.pop();
        }),
        Rejection::RevealedSlots { .. }
    ));
    assert!(matches!(
        with(&|_, justification| justification
            .checkpoints
            .try_push(PotCheckpoints::default())
            .unwrap()),
        Rejection::RevealedSlots { .. }
    ));
    for bit in 0..128 {
        let flip = |bytes: &mut [u8; 16]| bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(
            with(&|_, justification| flip(&mut justification.seed.0)),
            Rejection::Seed
        ));
        assert!(matches!(
            with(&|digests, _| flip(&mut digests.pre_digest.proof_of_time.0)),
            Rejection::ProofOfTimeMismatch { slot } if slot == good.digests().pre_digest.slot
        ));
        assert!(matches!(
            with(&|digests, _| flip(&mut digests.pre_digest.future_proof_of_time.0)),
            Rejection::ProofOfTimeMismatch { .. }
        ));
        for position in 0..good.justification().checkpoints.len() {
            for checkpoint in 0..PotCheckpoints::COUNT {
                assert!(matches!(
                    with(&|_, justification| {
                        flip(&mut justification.checkpoints[position].0[checkpoint].0);
                    }),
                    Rejection::InvalidProofOfTime { .. } | Rejection::ProofOfTimeMismatch { .. }
                ));
            }
        }
    }

    // A proof with other iterations than the parent leads to is none
    let mut other = parent.clone();
    other.anchor.iterations = NonZeroU32::new(32).unwrap();
    let block = next_block(&link, &other, *parent_hash, parent.slot + 3);
    assert!(matches!(
        check(&verified(&block)),
        Err(Rejection::InvalidProofOfTime { .. })
    ));
}

#[test]
fn a_block_far_ahead_reveals_all_slots_between_and_none_too_many() {
    let (_, link, parents) = chain(&[1]);
    let params = link.params();
    let parent = &parents[1].1;
    let known = |input: &PotSlotInput| {
        Some(PotCheckpoints(
            [PotOutput([input.slot.to_le_bytes()[0]; 16]); 8],
        ))
    };
    let most = u64::from(PotJustification::MAX_SLOTS) - params.authoring_delay + parent.anchor.slot;
    let revealed = parent.reveal(params, most, known).unwrap();
    assert_eq!(
        revealed.justification.checkpoints.len() as u32,
        PotJustification::MAX_SLOTS
    );
    assert_eq!(parent.reveal(params, most + 1, known), None);
    assert_eq!(parent.reveal(params, parent.slot, known), None);
    assert_eq!(parent.reveal(params, u64::MAX, known), None);
    assert_eq!(
        parent.reveal(params, parent.slot + 5, |input| known(input)
            .filter(|_| input.slot != parent.anchor.slot + 2)),
        None
    );
}

#[test]
fn there_is_one_encoding_of_a_justification() {
    let (chain, _, parents) = chain(&[3]);
    let block = chain.block(parents[1].0).unwrap().unwrap();
    let justification = read_justification(block.justifications.as_ref()).unwrap();
    let bytes = justification.encode();
    let read = |all: Vec<([u8; 4], Vec<u8>)>| read_justification(Some(&Justifications::new(all)));
    assert!(read(vec![(POAS_ENGINE_ID, bytes.clone())]).is_ok());

    // Seed of 16 bytes, then the number of slots: in one byte, and in the two that are too long
    let count = bytes[16] >> 2;
    let mut longer = bytes.clone();
    longer.splice(16..17, (u16::from(count) << 2 | 1).to_le_bytes());
    let mut trailing = bytes.clone();
    trailing.push(0);
    for wrong in [longer, trailing, bytes[..bytes.len() - 1].to_vec(), vec![]] {
        assert!(matches!(
            read(vec![(POAS_ENGINE_ID, wrong)]),
            Err(Rejection::Justification("cannot be decoded"))
        ));
    }
    for wrong in [
        vec![],
        vec![(*b"OTHR", bytes.clone())],
        vec![(POAS_ENGINE_ID, bytes.clone()), (*b"OTHR", vec![])],
        vec![(*b"OTHR", vec![]), (POAS_ENGINE_ID, bytes.clone())],
        vec![(POAS_ENGINE_ID, bytes.clone()), (POAS_ENGINE_ID, bytes)],
    ] {
        assert!(matches!(read(wrong), Err(Rejection::Justification(_))));
    }
    assert!(read_justification(None).is_err());
}
