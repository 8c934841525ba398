//! Plot → audit → prove → verify, and what must not get through.

use crate::auditing::{AuditBuffer, Candidate, audit_sectors};
use crate::contents::{is_set, set};
use crate::*;
use autonomys_archiving::{Archiver, SegmentPieces, genesis_block_bytes, verify_piece};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::sectors::{mask_chunk, ticket_distance};
use autonomys_core_primitives::segments::SegmentHeader;
use autonomys_core_primitives::{
    Chunk, ConsensusParams, GlobalChallenge, HistorySize, PieceIndex, PieceOffset, PosSeed,
    PotOutput, Preset, PublicKey, RewardAddress, SBucket, SegmentIndex, SegmentRoot, Solution,
    SolutionRange,
};
use autonomys_erasure_coding::RecordCoder;
use autonomys_verification::{PieceCheck, VerificationError, piece_segment, verify_solution};
use codec::{Decode, Encode};
use std::convert::Infallible;
use std::io;
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const PUBLIC_KEY: PublicKey = PublicKey([7; 32]);
const REWARD_ADDRESS: RewardAddress = RewardAddress([8; 32]);
const SECTOR_INDEX: u16 = 3;

/// A chain with a few segments and one plotted sector.
struct Farmed {
    layout: SectorLayout,
    history: Vec<(SegmentHeader, SegmentPieces)>,
    metadata: SectorMetadata,
    bytes: Vec<u8>,
}

fn layout(preset: Preset) -> SectorLayout {
    SectorLayout::new(preset.params(NetworkTag::default())).unwrap()
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn segments(params: &ConsensusParams, count: usize) -> Vec<(SegmentHeader, SegmentPieces)> {
    let mut archiver = Archiver::new(params).unwrap();
    let mut segments = Vec::new();
    for number in 0.. {
        let block = genesis_block_bytes(vec![1, 2, 3], &[number as u8; 32], params);
        for segment in archiver.add_block(number, &block).unwrap() {
            segments.push((segment.header, segment.pieces));
        }
        if segments.len() >= count {
            segments.truncate(count);
            return segments;
        }
    }
    unreachable!()
}

fn generator(layout: &SectorLayout) -> TableGenerator {
    TableGenerator::new(K::new(layout.params().proof_of_space_k).unwrap())
}

impl Farmed {
    fn new(preset: Preset, history: usize) -> Self {
        let layout = layout(preset);
        let history = segments(layout.params(), history);
        let sector = SectorToPlot {
            public_key: PUBLIC_KEY,
            sector_index: SECTOR_INDEX,
            history_size: HistorySize::new(history.len() as u64).unwrap(),
        };
        let piece = |index: PieceIndex| -> Result<_, Infallible> {
            let (_, pieces) = &history[index.segment_index(layout.params()).0 as usize];
            Ok(pieces
                .piece(index.position(layout.params()))
                .unwrap()
                .to_vec())
        };
        let encoded = Plotter::new(&layout, threads(1), threads(2))
            .unwrap()
            .plot(&sector, piece, &())
            .unwrap();
        let mut bytes = Vec::new();
        let metadata = encoded.write_to(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, layout.sector_size());
        Self {
            layout,
            history,
            metadata,
            bytes,
        }
    }

    fn params(&self) -> &ConsensusParams {
        self.layout.params()
    }

    fn sector(&self) -> Sector<'_, &[u8]> {
        self.sector_of(&self.bytes)
    }

    fn sector_of<'a>(&'a self, bytes: &'a [u8]) -> Sector<'a, &'a [u8]> {
        Sector::new(&self.layout, &PUBLIC_KEY, &self.metadata, bytes)
    }

    fn root(&self, index: SegmentIndex) -> Option<SegmentRoot> {
        Some(self.history.get(index.0 as usize)?.0.segment_root)
    }

    fn piece_check(&self, solution: &Solution) -> Result<PieceCheck, VerificationError> {
        let size = HistorySize::new(self.history.len() as u64).unwrap();
        PieceCheck::look_up(self.params(), solution, size, |index| self.root(index))
    }

    /// A slot that this sector wins, with its best chunk.
    fn win(&self, range: SolutionRange) -> (u64, GlobalChallenge, Candidate) {
        self.wins(range, 1).remove(0)
    }

    fn wins(&self, range: SolutionRange, count: usize) -> Vec<(u64, GlobalChallenge, Candidate)> {
        (1..)
            .filter_map(|slot| {
                let challenge = output(slot).global_challenge(slot);
                let audit = audit_sectors(&[self.sector()], &challenge, range);
                assert!(audit.errors.is_empty());
                Some((slot, challenge, *audit.candidates.first()?))
            })
            .take(count)
            .collect()
    }
}

fn output(slot: u64) -> PotOutput {
    PotOutput(u128::from(slot).to_le_bytes())
}

static UNIT: LazyLock<Farmed> = LazyLock::new(|| Farmed::new(Preset::Unit, 3));

/// Verification as a node does it that has the whole history.
fn verify(
    farmed: &Farmed,
    solution: &Solution,
    challenge: &GlobalChallenge,
    range: SolutionRange,
) -> Result<SolutionRange, VerificationError> {
    let check = farmed.piece_check(solution)?;
    verify_solution(farmed.params(), solution, challenge, range, Some(&check))
}

fn end_to_end(farmed: &Farmed) {
    let params = farmed.params();
    let range = params.pieces_to_solution_range(u64::from(params.pieces_in_sector));
    let mut generator = generator(&farmed.layout);
    for (_, challenge, candidate) in farmed.wins(range, 3) {
        let solution = farmed
            .sector()
            .prove(&candidate, &REWARD_ADDRESS, &mut generator)
            .unwrap();
        assert_eq!(
            verify(farmed, &solution, &challenge, range),
            Ok(candidate.distance)
        );
        // Its own distance is the narrowest range under which it wins
        assert_eq!(
            verify(farmed, &solution, &challenge, candidate.distance * 2),
            Ok(candidate.distance)
        );
        assert_eq!(
            verify(farmed, &solution, &challenge, candidate.distance * 2 - 1),
            Err(VerificationError::OutsideSolutionRange {
                distance: candidate.distance,
                solution_range: candidate.distance * 2 - 1,
            })
        );
        assert_eq!(
            Solution::decode(&mut &solution.encode()[..]).unwrap(),
            solution
        );
    }
}

#[test]
fn what_is_plotted_at_unit_parameters_is_farmed() {
    end_to_end(&UNIT);
    UNIT.sector().scrub().unwrap();
}

#[test]
fn what_is_plotted_at_dev_parameters_is_farmed() {
    let farmed = Farmed::new(Preset::Dev, 2);
    end_to_end(&farmed);
    farmed.sector().scrub().unwrap();
    let mut generator = generator(&farmed.layout);
    check_piece(&farmed, 0, &mut generator);
}

fn check_piece(farmed: &Farmed, offset: PieceOffset, generator: &mut TableGenerator) {
    let sector = farmed.sector();
    let index = sector
        .id()
        .piece_index(farmed.params(), offset, farmed.metadata.history_size());
    match sector.read_piece(offset, generator) {
        Ok(piece) => {
            let root = farmed.root(index.segment_index(farmed.params())).unwrap();
            let position = index.position(farmed.params());
            assert_eq!(
                verify_piece(farmed.params(), &piece, &root, position),
                Ok(())
            );
        }
        Err(SectorError::RecordLeftOut { piece_offset, .. }) => assert_eq!(piece_offset, offset),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_piece_is_read_back() {
    let mut generator = generator(&UNIT.layout);
    for offset in UNIT.layout.piece_offsets() {
        check_piece(&UNIT, offset, &mut generator);
    }
    assert!(matches!(
        UNIT.sector().read_piece(8, &mut generator),
        Err(SectorError::RecordLeftOut {
            piece_offset: 8,
            ..
        })
    ));
}

/// The sector as the crate documentation says it, made one chunk at a time.
#[test]
fn a_sector_is_what_the_simple_way_gives() {
    let farmed = &*UNIT;
    let params = farmed.params();
    let sector = farmed.sector();
    let mut generator = generator(&farmed.layout);
    let mut records = Vec::new();
    let mut record_metadata = Vec::new();
    for offset in 0..params.pieces_in_sector {
        let index = sector
            .id()
            .piece_index(params, offset, farmed.metadata.history_size());
        let (_, pieces) = &farmed.history[index.segment_index(params).0 as usize];
        let piece = pieces.piece(index.position(params)).unwrap();
        let (source, tail) = piece.split_at(params.record_size());
        let source = source.as_chunks::<32>().0;
        let mut parity = source.to_vec();
        RecordCoder::new(source.len())
            .unwrap()
            .extend(source, &mut parity)
            .unwrap();
        let table = generator.generate(&sector.id().pos_seed(offset));
        let mut masked = vec![None; params.s_buckets() as usize];
        let mut count = 0;
        for (s_bucket, chunk) in source.iter().chain(&parity).enumerate() {
            let challenge = (s_bucket as u32) << (17 - 9);
            if count < params.chunks_per_record
                && let Some(proof) = table.find_proof(challenge)
            {
                masked[s_bucket] = Some(mask_chunk(&Chunk(*chunk), &proof));
                count += 1;
            }
        }
        if count < params.chunks_per_record {
            masked.fill(None);
        }
        records.push(masked);
        let leaves: Vec<_> = source.iter().chain(&parity).copied().collect();
        let mut block = autonomys_merkle_tree::root(&leaves).unwrap().to_vec();
        block.extend_from_slice(tail);
        let sum = checksum(&block);
        block.extend_from_slice(&sum);
        record_metadata.extend_from_slice(&block);
    }

    let mut expected = Vec::new();
    for record in &records {
        let mut bitmap = vec![0u8; 64];
        for (s_bucket, chunk) in record.iter().enumerate() {
            if chunk.is_some() {
                set(&mut bitmap, s_bucket as SBucket);
                assert!(is_set(&bitmap, s_bucket as SBucket));
            }
        }
        expected.extend_from_slice(&bitmap);
    }
    let sum = checksum(&expected);
    expected.extend_from_slice(&sum);
    for s_bucket in 0..params.s_buckets() as usize {
        for chunk in records.iter().filter_map(|record| record[s_bucket]) {
            expected.extend_from_slice(&chunk.0);
        }
    }
    expected.resize(8 * 64 + 32 + 8 * 256 * 32, 0);
    expected.extend_from_slice(&record_metadata);
    let sum = checksum(&expected);
    expected.extend_from_slice(&sum);
    assert!(expected == farmed.bytes);
}

#[test]
fn audits_find_what_hashing_one_by_one_finds() {
    let farmed = &*UNIT;
    let params = farmed.params();
    let sector = farmed.sector();
    let range = u64::MAX / 8;
    for slot in 0..200 {
        let challenge = output(slot).global_challenge(slot);
        let sector_challenge = sector.id().slot_challenge(&challenge);
        let s_bucket = sector_challenge.s_bucket(params);
        // Where the s-bucket is follows from counting all bits of the contents map before it
        let bit = |record: usize, s_bucket: usize| {
            farmed.bytes[record * 64 + s_bucket / 8] >> (s_bucket % 8) & 1 == 1
        };
        let chunks_before = (0..usize::from(s_bucket))
            .map(|s_bucket| (0..8).filter(|&record| bit(record, s_bucket)).count())
            .sum::<usize>();
        let size = (0..8)
            .filter(|&record| bit(record, usize::from(s_bucket)))
            .count();
        let mut expected: Vec<_> = (0..size)
            .filter_map(|position| {
                let at = 8 * 64 + 32 + (chunks_before + position) * 32;
                let chunk = Chunk(farmed.bytes[at..at + 32].try_into().unwrap());
                let distance = ticket_distance(sector_challenge.ticket(&chunk), &challenge);
                (distance <= range / 2).then_some(Candidate {
                    distance,
                    sector_index: SECTOR_INDEX,
                    s_bucket,
                    position: position as u16,
                })
            })
            .collect();
        expected.sort();
        let audit = audit_sectors(&[sector], &challenge, range);
        assert_eq!(audit.candidates, expected, "slot {slot}");
    }
}

#[test]
fn an_audit_of_many_sectors_has_the_best_first_and_names_those_that_cannot_be_read() {
    let farmed = &*UNIT;
    let challenge = output(1).global_challenge(1);
    let nothing: &[u8] = &[];
    let sectors = [farmed.sector(), farmed.sector_of(nothing), farmed.sector()];
    let audit = audit_sectors(&sectors, &challenge, u64::MAX);
    let mut buffer = AuditBuffer::default();
    let mut once = Vec::new();
    farmed
        .sector()
        .audit(&challenge, u64::MAX, &mut buffer, &mut once)
        .unwrap();
    assert_eq!(audit.candidates.len(), 2 * once.len());
    assert!(
        audit
            .candidates
            .is_sorted_by_key(|candidate| candidate.distance)
    );
    assert!(matches!(
        audit.errors[..],
        [SectorError::Read {
            sector_index: SECTOR_INDEX,
            ..
        }]
    ));
}

#[test]
fn every_changed_bit_of_a_solution_makes_it_invalid() {
    let farmed = &*UNIT;
    let range = farmed.params().pieces_to_solution_range(8);
    let (_, challenge, candidate) = farmed.win(range);
    let solution = farmed
        .sector()
        .prove(&candidate, &REWARD_ADDRESS, &mut generator(&farmed.layout))
        .unwrap();
    verify(farmed, &solution, &challenge, range).unwrap();
    let encoded = solution.encode();
    // The address that the reward goes to is the only field that the solution itself does not bind: the seal does
    let reward_address = 32 * 8..64 * 8;
    let mut decodable = 0;
    for bit in 0..encoded.len() * 8 {
        let mut changed = encoded.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = Solution::decode(&mut &changed[..]) else {
            continue;
        };
        decodable += 1;
        let result = verify(farmed, &changed, &challenge, range);
        if reward_address.contains(&bit) {
            assert_eq!(result, Ok(candidate.distance), "bit {bit}");
        } else {
            assert!(result.is_err(), "bit {bit}: {changed:?}");
        }
    }
    assert!(decodable > encoded.len() * 8 - 50);
}

#[test]
fn a_solution_is_invalid_in_another_slot_and_with_proofs_of_another_length() {
    let farmed = &*UNIT;
    let range = farmed.params().pieces_to_solution_range(8);
    let (slot, challenge, candidate) = farmed.win(range);
    let solution = farmed
        .sector()
        .prove(&candidate, &REWARD_ADDRESS, &mut generator(&farmed.layout))
        .unwrap();
    // With a range of all distances only the s-bucket tells slots apart
    let widest = u64::MAX;
    for other in (0..100).filter(|&other| other != slot) {
        let other_challenge = output(slot).global_challenge(other);
        if solution
            .sector_id()
            .slot_challenge(&other_challenge)
            .s_bucket(farmed.params())
            != candidate.s_bucket
        {
            assert!(matches!(
                verify(farmed, &solution, &other_challenge, widest),
                Err(VerificationError::ChunkProof | VerificationError::OutsideSolutionRange { .. })
            ));
        }
    }
    let length = |change: &dyn Fn(&mut Solution)| {
        let mut changed = solution.clone();
        change(&mut changed);
        verify(farmed, &changed, &challenge, widest)
    };
    for (name, result) in [
        (
            "record proof",
            length(&|s| {
                s.record_proof.pop();
            }),
        ),
        (
            "record proof",
            length(&|s| s.record_proof.try_push(Default::default()).unwrap()),
        ),
        (
            "chunk proof",
            length(&|s| {
                s.chunk_proof.pop();
            }),
        ),
        (
            "chunk proof",
            length(&|s| s.chunk_proof.try_push(Default::default()).unwrap()),
        ),
        (
            "proof of space",
            length(&|s| {
                s.proof_of_space.0.pop();
            }),
        ),
        (
            "proof of space",
            length(&|s| s.proof_of_space.0.try_push(0).unwrap()),
        ),
    ] {
        assert!(
            matches!(result, Err(VerificationError::ProofLength { proof, .. }) if proof == name),
            "{name}: {result:?}"
        );
    }
    for piece_offset in [farmed.params().pieces_in_sector, u16::MAX] {
        let mut changed = solution.clone();
        changed.piece_offset = piece_offset;
        assert_eq!(
            verify(farmed, &changed, &challenge, widest),
            Err(VerificationError::PieceOffset {
                piece_offset,
                pieces_in_sector: 8
            })
        );
    }
}

#[test]
fn a_chunk_proven_for_another_s_bucket_is_refused() {
    let farmed = &*UNIT;
    // All chunks are near enough, so that what is refused is the s-bucket
    let range = u64::MAX;
    let (_, challenge, candidate) = farmed.win(range);
    let mut generator = generator(&farmed.layout);
    let chunks_in = |s_bucket: SBucket| farmed.metadata.s_bucket(s_bucket).1;
    let others = (0..512).filter(|&other| other != candidate.s_bucket && chunks_in(other) > 0);
    for s_bucket in others.take(3) {
        let other = Candidate {
            s_bucket,
            position: 0,
            ..candidate
        };
        let solution = farmed
            .sector()
            .prove(&other, &REWARD_ADDRESS, &mut generator)
            .unwrap();
        assert_eq!(
            verify(farmed, &solution, &challenge, range),
            Err(VerificationError::ChunkProof)
        );
    }
    for (s_bucket, position) in [
        (candidate.s_bucket, chunks_in(candidate.s_bucket) as u16),
        (candidate.s_bucket, u16::MAX),
        (512, 0),
        (SBucket::MAX, 0),
    ] {
        let missing = Candidate {
            s_bucket,
            position,
            ..candidate
        };
        assert!(matches!(
            farmed.sector().prove(&missing, &REWARD_ADDRESS, &mut generator),
            Err(SectorError::NoSuchChunk { s_bucket: s, position: p, .. })
                if (s, p) == (s_bucket, position)
        ));
    }
}

#[test]
fn a_sector_is_valid_up_to_the_segment_before_it_expires_and_not_beyond() {
    let farmed = &*UNIT;
    let params = farmed.params();
    let range = params.pieces_to_solution_range(8);
    let (_, challenge, candidate) = farmed.win(range);
    let solution = farmed
        .sector()
        .prove(&candidate, &REWARD_ADDRESS, &mut generator(&farmed.layout))
        .unwrap();
    let segment_root = farmed.root(piece_segment(params, &solution)).unwrap();
    let root = SegmentRoot([9; 32]);
    let expires_at = solution
        .sector_id()
        .expiration(params, solution.history_size, &root)
        .unwrap();
    let verify_at = |history_size, expiration_segment_root| {
        verify_solution(
            params,
            &solution,
            &challenge,
            range,
            Some(&PieceCheck {
                history_size,
                segment_root,
                expiration_segment_root,
            }),
        )
    };
    let before = HistorySize::new(expires_at.get() - 1).unwrap();
    assert_eq!(verify_at(before, Some(root)), Ok(candidate.distance));
    for history in [expires_at.get(), expires_at.get() + 1, u64::MAX] {
        let current = HistorySize::new(history).unwrap();
        assert_eq!(
            verify_at(current, Some(root)),
            Err(VerificationError::SectorExpired {
                expired_at: expires_at,
                current
            })
        );
        // Where the segment exists, its root has to be known: nobody escapes expiry by ignorance
        assert_eq!(
            verify_at(current, None),
            Err(VerificationError::UnknownSegment(SegmentIndex(6)))
        );
    }
    // Plotted with segments that the parent block does not know
    assert_eq!(
        verify_at(solution.history_size, None),
        Ok(candidate.distance)
    );
    assert_eq!(
        verify_at(HistorySize::new(2).unwrap(), None),
        Err(VerificationError::FutureHistorySize {
            claimed: solution.history_size,
            current: HistorySize::new(2).unwrap(),
        })
    );
    // Without the branch only what the solution shows by itself is verified
    assert_eq!(
        verify_solution(params, &solution, &challenge, range, None),
        Ok(candidate.distance)
    );
}

#[test]
fn a_solution_of_the_end_of_time_is_refused_without_overflow() {
    let farmed = &*UNIT;
    let range = farmed.params().pieces_to_solution_range(8);
    let (_, challenge, candidate) = farmed.win(range);
    let mut solution = farmed
        .sector()
        .prove(&candidate, &REWARD_ADDRESS, &mut generator(&farmed.layout))
        .unwrap();
    for history in [u64::MAX, u64::MAX - 3, u64::MAX / 4, u64::MAX / 4 + 2] {
        solution.history_size = HistorySize::new(history).unwrap();
        for current in [history, u64::MAX] {
            let check = PieceCheck {
                history_size: HistorySize::new(current).unwrap(),
                segment_root: SegmentRoot::default(),
                expiration_segment_root: Some(SegmentRoot::default()),
            };
            assert!(
                verify_solution(farmed.params(), &solution, &challenge, range, Some(&check))
                    .is_err()
            );
        }
    }
}

#[test]
fn a_record_with_too_few_proofs_is_left_out_and_the_rest_is_farmed() {
    let layout = layout(Preset::Unit);
    let history = segments(layout.params(), 1);
    let k = K::new(17).unwrap();
    let mut generator = TableGenerator::new(k);
    let too_few = |seed: &PosSeed, generator: &mut TableGenerator| {
        let table = generator.generate(seed);
        (0..512u16)
            .filter(|&s_bucket| {
                table
                    .find_proof(layout.params().proof_of_space_challenge(s_bucket))
                    .is_some()
            })
            .count()
            < 256
    };
    let sector = |sector_index| SectorToPlot {
        public_key: LEFT_OUT_KEY,
        sector_index,
        history_size: HistorySize::ONE,
    };
    assert!(too_few(
        &sector(LEFT_OUT_SECTOR).id().pos_seed(LEFT_OUT_OFFSET),
        &mut generator
    ));
    let encoded = Plotter::new(&layout, threads(2), threads(1))
        .unwrap()
        .plot(
            &sector(LEFT_OUT_SECTOR),
            |index| -> Result<_, Infallible> {
                Ok(history[0].1.piece(index.0 as u32).unwrap().to_vec())
            },
            &(),
        )
        .unwrap();
    assert_eq!(encoded.left_out().collect::<Vec<_>>(), [LEFT_OUT_OFFSET]);
    let mut bytes = Vec::new();
    let metadata = encoded.write_to(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, layout.sector_size());
    assert_eq!(metadata.chunk_count(), 7 * 256);
    let stored = SectorMetadata::from_bytes(&layout, LEFT_OUT_SECTOR, &metadata.to_bytes(&layout));
    assert_eq!(stored.as_ref(), Ok(&metadata));
    let sector = Sector::new(&layout, &LEFT_OUT_KEY, &metadata, &bytes);
    sector.scrub().unwrap();
    for offset in layout.piece_offsets() {
        let piece = sector.read_piece(offset, &mut generator);
        if offset == LEFT_OUT_OFFSET {
            assert!(matches!(piece, Err(SectorError::RecordLeftOut { .. })));
        } else {
            let index = sector
                .id()
                .piece_index(layout.params(), offset, HistorySize::ONE);
            assert_eq!(piece.unwrap(), history[0].1.piece(index.0 as u32).unwrap());
        }
    }
}

/// A key, sector and piece offset whose table has too few proofs (252), found by trying.
const LEFT_OUT_KEY: PublicKey = PublicKey([1; 32]);
const LEFT_OUT_SECTOR: u16 = 6;
const LEFT_OUT_OFFSET: PieceOffset = 6;

#[test]
fn any_number_of_generators_and_threads_gives_the_same_sector() {
    for (generators, threads_each) in [(1, 1), (2, 1), (3, 2)] {
        let sector = SectorToPlot {
            public_key: PUBLIC_KEY,
            sector_index: SECTOR_INDEX,
            history_size: UNIT.metadata.history_size(),
        };
        let params = UNIT.params();
        let encoded = Plotter::new(&UNIT.layout, threads(generators), threads(threads_each))
            .unwrap()
            .plot(
                &sector,
                |index| -> Result<_, Infallible> {
                    let (_, pieces) = &UNIT.history[index.segment_index(params).0 as usize];
                    Ok(pieces.piece(index.position(params)).unwrap().to_vec())
                },
                &(),
            )
            .unwrap();
        let mut bytes = Vec::new();
        assert_eq!(encoded.write_to(&mut bytes).unwrap(), UNIT.metadata);
        assert!(bytes == UNIT.bytes);
    }
}

#[test]
fn plotting_reports_progress_and_stops_when_told() {
    struct StopAfter(usize, AtomicUsize);
    impl PlotObserver for StopAfter {
        fn may_continue(&self) -> bool {
            self.1.load(Ordering::Relaxed) < self.0
        }
        fn record_encoded(&self, done: usize, total: usize) {
            assert_eq!(
                (done, total),
                (self.1.fetch_add(1, Ordering::Relaxed) + 1, 8)
            );
        }
    }
    let params = UNIT.params();
    let sector = SectorToPlot {
        public_key: PUBLIC_KEY,
        sector_index: 0,
        history_size: HistorySize::ONE,
    };
    let piece = |index: PieceIndex| -> Result<_, &'static str> {
        Ok(UNIT.history[0]
            .1
            .piece(index.position(params))
            .unwrap()
            .to_vec())
    };
    let mut plotter = Plotter::new(&UNIT.layout, threads(1), threads(1)).unwrap();
    let observer = StopAfter(2, AtomicUsize::new(0));
    assert!(matches!(
        plotter.plot(&sector, piece, &observer),
        Err(PlotError::Stopped)
    ));
    assert_eq!(observer.1.into_inner(), 2);
    assert!(matches!(
        plotter.plot(&sector, |_| Err("no network"), &()),
        Err(PlotError::NoPiece {
            source: "no network",
            ..
        })
    ));
    assert!(matches!(
        plotter.plot(&sector, |_| Ok::<_, Infallible>(vec![0; 5]), &()),
        Err(PlotError::Piece { .. })
    ));
    // A record of zeros has a parity of zeros, and not the root of zeros
    let zeros = vec![0; params.piece_size()];
    assert!(matches!(
        plotter.plot(&sector, |_| Ok::<_, Infallible>(zeros.clone()), &()),
        Err(PlotError::ParityRoot { .. })
    ));
}

#[test]
fn every_changed_byte_of_a_sector_is_found_by_scrubbing() {
    let farmed = &*UNIT;
    let mut bytes = farmed.bytes.clone();
    // Every byte of the parts that are read for other purposes, and every 97th of the chunks
    let chunks =
        farmed.layout.chunks_offset() as usize..farmed.layout.record_metadata_offset(0) as usize;
    for at in (0..bytes.len()).filter(|at| !chunks.contains(at) || at % 97 == 0) {
        bytes[at] ^= 1 << (at % 8);
        let error = farmed.sector_of(&bytes).scrub().unwrap_err();
        assert!(error.is_corruption(), "byte {at}: {error}");
        bytes[at] ^= 1 << (at % 8);
    }
    for length in [0, 1, 1000, bytes.len() - 1] {
        assert!(matches!(
            farmed.sector_of(&bytes[..length]).scrub(),
            Err(SectorError::Read { .. })
        ));
    }
}

#[test]
fn nothing_is_proven_from_a_corrupt_record() {
    let farmed = &*UNIT;
    let range = farmed.params().pieces_to_solution_range(8);
    let (_, _, candidate) = farmed.win(range);
    let mut generator = generator(&farmed.layout);
    let good = farmed
        .sector()
        .prove(&candidate, &REWARD_ADDRESS, &mut generator)
        .unwrap();
    let chunks =
        farmed.layout.chunks_offset() as usize..farmed.layout.record_metadata_offset(0) as usize;
    let mut bytes = farmed.bytes.clone();
    // All chunks of the record: each is destroyed once, by destroying every chunk slot one after the other
    let mut refused = 0;
    for at in chunks.step_by(32 * 13) {
        bytes[at] ^= 1;
        match farmed
            .sector_of(&bytes)
            .prove(&candidate, &REWARD_ADDRESS, &mut generator)
        {
            Ok(solution) => assert_eq!(solution, good, "a chunk of another record"),
            Err(SectorError::RecordRoot { piece_offset, .. }) => {
                assert_eq!(piece_offset, good.piece_offset);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
        bytes[at] ^= 1;
    }
    assert!(refused > 0);

    let at = farmed.layout.record_metadata_offset(good.piece_offset) as usize;
    bytes[at] ^= 1;
    assert!(matches!(
        farmed.sector_of(&bytes).prove(&candidate, &REWARD_ADDRESS, &mut generator),
        Err(SectorError::Checksum { part: SectorPart::RecordMetadata(offset), .. })
            if offset == good.piece_offset
    ));
    bytes[0] ^= 1;
    assert!(matches!(
        farmed
            .sector_of(&bytes)
            .prove(&candidate, &REWARD_ADDRESS, &mut generator),
        Err(SectorError::Checksum {
            part: SectorPart::ContentsMap,
            offset: 0,
            ..
        })
    ));
}

#[test]
fn a_contents_map_that_lies_never_panics_even_with_a_checksum() {
    let farmed = &*UNIT;
    let range = farmed.params().pieces_to_solution_range(8);
    let (_, _, candidate) = farmed.win(range);
    let mut generator = generator(&farmed.layout);
    let map_size = 8 * 64;
    for seed in 0..20u8 {
        let mut bytes = farmed.bytes.clone();
        blake3::Hasher::new_keyed(&[seed; 32])
            .finalize_xof()
            .fill(&mut bytes[..map_size]);
        if seed >= 10 {
            // Whole records, so that their chunks are read
            for record in bytes[..map_size].chunks_mut(64) {
                record[..32].fill(0xff);
                record[32..].fill(0);
            }
            bytes[usize::from(seed)] = 0;
            bytes[64 - usize::from(seed)] = 0xff;
        }
        let sum = checksum(&bytes[..map_size]);
        bytes[map_size..][..32].copy_from_slice(&sum);
        let sector = farmed.sector_of(&bytes);
        let _ = sector.prove(&candidate, &REWARD_ADDRESS, &mut generator);
        for offset in farmed.layout.piece_offsets() {
            assert!(sector.read_piece(offset, &mut generator).is_err());
        }
        assert!(sector.scrub().unwrap_err().is_corruption());
    }
}

#[test]
fn a_failing_disk_is_an_error_that_names_the_place() {
    struct Broken;
    impl ReadAt for Broken {
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<()> {
            Err(io::Error::other("broken"))
        }
    }
    let farmed = &*UNIT;
    let sector = Sector::new(&farmed.layout, &PUBLIC_KEY, &farmed.metadata, Broken);
    let error = sector
        .audit(
            &GlobalChallenge::default(),
            u64::MAX,
            &mut AuditBuffer::default(),
            &mut Vec::new(),
        )
        .unwrap_err();
    assert!(!error.is_corruption());
    assert!(
        error
            .to_string()
            .contains("sector 3 cannot be read at offset")
    );
    assert!(sector.check_written().is_err());
    assert!(sector.scrub().is_err());
}

mod golden;
