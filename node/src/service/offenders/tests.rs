use super::*;
use sc_consensus::ImportedAux;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_offender_is_refused_for_a_time_that_doubles_up_to_sixteen_minutes() {
    let mut offenders = Offenders::default();
    let peer = PeerId::random();
    let mut now = Instant::now();
    assert_eq!(offenders.refused(now), []);
    let minutes = [1, 2, 4, 8, 16, 16];
    for minutes in minutes {
        let refusal = Duration::from_secs(minutes * 60);
        assert_eq!(offenders.note(now, peer), Some(refusal));
        // Offences while it is refused change nothing: they are of blocks that were on their way
        assert_eq!(offenders.note(now + SECOND, peer), None);
        assert_eq!(offenders.refused(now + refusal - SECOND), [peer]);
        now += refusal;
        assert_eq!(offenders.refused(now), []);
    }
}

#[test]
fn an_offender_that_behaved_for_long_is_none_any_more() {
    let mut offenders = Offenders::default();
    let peer = PeerId::random();
    let mut now = Instant::now();
    offenders.note(now, peer);
    now += FIRST_REFUSAL;
    assert_eq!(offenders.note(now, peer), Some(FIRST_REFUSAL * 2));
    now += FIRST_REFUSAL * 2 + PROBATION;
    assert_eq!(offenders.note(now, peer), Some(FIRST_REFUSAL));
}

#[test]
fn the_refusal_of_one_peer_is_not_that_of_another() {
    let mut offenders = Offenders::default();
    let [one, other] = [PeerId::random(), PeerId::random()];
    let now = Instant::now();
    offenders.note(now, one);
    assert_eq!(offenders.refused(now), [one]);
    assert_eq!(offenders.note(now, other), Some(FIRST_REFUSAL));
}

#[test]
fn memory_is_bounded() {
    let mut offenders = Offenders::default();
    let now = Instant::now();
    let first = PeerId::random();
    offenders.note(now, first);
    for _ in 0..MAX_OFFENDERS {
        offenders.note(now + SECOND, PeerId::random());
    }
    assert_eq!(offenders.refused(now).len(), MAX_OFFENDERS);
    assert!(!offenders.refused(now).contains(&first));
}

/// Sync, as far as the import queue talks to it.
#[derive(Default)]
struct Recorder(Mutex<Vec<usize>>);

impl Link<Block> for Recorder {
    fn blocks_processed(
        &self,
        imported: usize,
        count: usize,
        results: Vec<(
            Result<BlockImportStatus<BlockNumber>, BlockImportError>,
            Hash,
        )>,
    ) {
        self.0
            .lock()
            .unwrap()
            .extend([imported, count, results.len()]);
    }
}

#[test]
fn who_sent_bad_blocks_is_an_offender_and_sync_learns_of_everything() {
    let offences = Offences::default();
    let sync = Recorder::default();
    let link = ReportingLink {
        link: &sync,
        offences: &offences,
    };
    let [bad, unverified, good, early] = std::array::from_fn(|_| PeerId::random());
    let results = vec![
        Ok(BlockImportStatus::ImportedUnknown(
            1,
            ImportedAux::default(),
            Some(good),
        )),
        Err(BlockImportError::BadBlock(Some(bad))),
        Err(BlockImportError::VerificationFailed(
            Some(unverified),
            "why".into(),
        )),
        // Not the peer's fault, or nobody's
        Err(BlockImportError::UnknownParent),
        Err(BlockImportError::IncompleteHeader(Some(early))),
        Err(BlockImportError::BadBlock(None)),
    ];
    let results = results
        .into_iter()
        .map(|result| (result, Hash::default()))
        .collect();
    link.blocks_processed(1, 6, results);
    let mut refused = offences.offenders().refused(Instant::now());
    refused.sort();
    let mut expected = [bad, unverified];
    expected.sort();
    assert_eq!(refused, expected);
    assert_eq!(*sync.0.lock().unwrap(), [1, 6, 6]);
}
