use super::*;
use alloc::vec;
use autonomys_core_primitives::pot::PotEntropy;
use proptest::prelude::*;

fn iterations() -> NonZeroU32 {
    NonZeroU32::new(16).unwrap()
}

fn logs() -> Vec<DigestItem> {
    let change = PotParametersChange {
        slot: 9,
        iterations: iterations(),
        entropy: PotEntropy([1; 32]),
    };
    let segment = |segment_index| {
        ConsensusLog::SegmentRoot(SegmentRootLog {
            segment_index: SegmentIndex(segment_index),
            segment_root: SegmentRoot([2; 32]),
        })
    };
    vec![
        PreDigest::genesis().digest_item(),
        ConsensusLog::PotIterations(iterations()).digest_item(),
        ConsensusLog::PotParametersChange(change).digest_item(),
        ConsensusLog::SolutionRange(3).digest_item(),
        ConsensusLog::NextSolutionRange(4).digest_item(),
        segment(5).digest_item(),
        segment(6).digest_item(),
        seal_digest(&Signature([7; 64])),
    ]
}

fn read(logs: Vec<DigestItem>) -> Result<HeaderDigests, DigestError> {
    HeaderDigests::read(&Digest { logs })
}

#[test]
fn all_items_are_read() {
    let digests = read(logs()).unwrap();
    assert_eq!(digests.pre_digest, PreDigest::genesis());
    assert_eq!(digests.pot_iterations, iterations());
    assert_eq!(digests.pot_parameters_change.unwrap().slot, 9);
    assert_eq!(digests.solution_range, 3);
    assert_eq!(digests.next_solution_range, Some(4));
    assert_eq!(
        digests
            .segment_roots
            .iter()
            .map(|log| log.segment_index.0)
            .collect::<Vec<_>>(),
        [5, 6]
    );
    assert_eq!(digests.seal, Some(Signature([7; 64])));
}

#[test]
fn a_header_without_optional_items_is_read() {
    let all = logs();
    let digests = read(vec![all[0].clone(), all[1].clone(), all[3].clone()]).unwrap();
    assert_eq!(digests.pot_parameters_change, None);
    assert_eq!(digests.next_solution_range, None);
    assert!(digests.segment_roots.is_empty());
    assert_eq!(digests.seal, None);
}

#[test]
fn missing_duplicate_misplaced_foreign_and_malformed_items_are_refused() {
    for required in [0, 1, 3] {
        let mut logs = logs();
        logs.remove(required);
        assert!(
            matches!(read(logs), Err(DigestError::Missing(_))),
            "{required}"
        );
    }
    for single in [1, 2, 3, 4] {
        let mut logs = logs();
        logs.insert(1, logs[single].clone());
        assert!(
            matches!(read(logs), Err(DigestError::Duplicate(_))),
            "{single}"
        );
    }
    let mut two_pre_digests = logs();
    two_pre_digests.insert(1, two_pre_digests[0].clone());
    assert_eq!(
        read(two_pre_digests),
        Err(DigestError::Duplicate("a pre-digest"))
    );
    let mut late_pre_digest = logs();
    late_pre_digest.swap(0, 1);
    assert_eq!(
        read(late_pre_digest),
        Err(DigestError::Misplaced("pre-digest"))
    );
    let mut early_seal = logs();
    early_seal.swap(6, 7);
    assert_eq!(read(early_seal), Err(DigestError::Misplaced("seal")));
    let mut foreign = logs();
    foreign.insert(2, DigestItem::Other(vec![]));
    assert_eq!(read(foreign), Err(DigestError::Foreign));
    for position in 0..logs().len() {
        let mut longer = logs();
        let (DigestItem::PreRuntime(_, bytes)
        | DigestItem::Consensus(_, bytes)
        | DigestItem::Seal(_, bytes)) = &mut longer[position]
        else {
            unreachable!("no other items in the list")
        };
        bytes.push(0);
        assert!(
            matches!(read(longer), Err(DigestError::Malformed(_))),
            "{position}"
        );
    }
}

#[test]
fn a_justification_of_too_many_slots_cannot_be_decoded() {
    let slots = PotJustification::MAX_SLOTS as usize;
    let encoded = |slots| (PotSeed::default(), vec![PotCheckpoints::default(); slots]).encode();
    assert!(PotJustification::decode(&mut &encoded(slots)[..]).is_ok());
    assert!(PotJustification::decode(&mut &encoded(slots + 1)[..]).is_err());
}

proptest! {
    #[test]
    fn arbitrary_items_never_panic(bytes: Vec<u8>, kind in 0..3u8) {
        let item = match kind {
            0 => DigestItem::PreRuntime(POAS_ENGINE_ID, bytes),
            1 => DigestItem::Consensus(POAS_ENGINE_ID, bytes),
            _ => DigestItem::Seal(POAS_ENGINE_ID, bytes),
        };
        let _ = read(vec![item]);
    }
}
