//! Solutions of the golden vectors, and what must not pass for one. That every changed bit is found, and expiry at its
//! boundary, are tested where solutions are made: in `autonomys-farmer-components`.

use super::*;
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{PosProof, PotOutput, Preset};
use codec::{Decode, Encode};
use serde::de::DeserializeOwned;
use serde_json::Value;

struct Vector {
    global_challenge: GlobalChallenge,
    distance: SolutionRange,
    solution: Solution,
}

fn params() -> ConsensusParams {
    Preset::Unit.params(NetworkTag::default())
}

fn field<T: DeserializeOwned>(value: &Value, name: &str) -> T {
    serde_json::from_value(value[name].clone()).unwrap()
}

fn file() -> Value {
    serde_json::from_str(include_str!("../../../test/vectors/solution.json")).unwrap()
}

fn vectors() -> Vec<Vector> {
    let solutions: Vec<Value> = field(&file(), "solutions");
    assert!(!solutions.is_empty());
    solutions
        .iter()
        .map(|vector| {
            let solution: Solution = field(vector, "solution");
            assert_eq!(
                hex::encode(solution.encode()),
                field::<String>(vector, "scale")
            );
            assert_eq!(
                Solution::decode(&mut &solution.encode()[..]),
                Ok(solution.clone())
            );
            let output: PotOutput = field(vector, "proofOfTime");
            let global_challenge = output.global_challenge(field(vector, "slot"));
            assert_eq!(global_challenge, field(vector, "globalChallenge"));
            Vector {
                global_challenge,
                distance: field(vector, "distance"),
                solution,
            }
        })
        .collect()
}

fn solution_range() -> SolutionRange {
    field(&file(), "solutionRange")
}

fn segment_roots() -> Vec<SegmentRoot> {
    field(&file()["sector"], "segmentRoots")
}

fn check(solution: &Solution) -> PieceCheck {
    let roots = segment_roots();
    PieceCheck::look_up(
        &params(),
        solution,
        HistorySize::new(roots.len() as u64).unwrap(),
        |index| roots.get(index.0 as usize).copied(),
    )
    .unwrap()
}

#[test]
fn golden_solutions_are_valid() {
    for vector in vectors() {
        for piece_check in [None, Some(&check(&vector.solution))] {
            assert_eq!(
                verify_solution(
                    &params(),
                    &vector.solution,
                    &vector.global_challenge,
                    solution_range(),
                    piece_check,
                ),
                Ok(vector.distance)
            );
        }
    }
}

#[test]
fn each_kind_of_forgery_is_refused_for_its_reason() {
    let params = params();
    let vector = vectors().remove(0);
    let range = SolutionRange::MAX;
    let verify = |change: &dyn Fn(&mut Solution, &mut PieceCheck)| {
        let mut solution = vector.solution.clone();
        let mut piece_check = check(&solution);
        change(&mut solution, &mut piece_check);
        verify_solution(
            &params,
            &solution,
            &vector.global_challenge,
            range,
            Some(&piece_check),
        )
    };
    assert_eq!(verify(&|_, _| {}), Ok(vector.distance));
    assert_eq!(
        verify(&|solution, _| solution.chunk_proof[0].0[0] ^= 1),
        Err(VerificationError::ChunkProof)
    );
    assert_eq!(
        verify(&|solution, _| solution.record_root.0[0] ^= 1),
        Err(VerificationError::ChunkProof)
    );
    assert!(matches!(
        verify(&|solution, _| solution.record_proof[0].0[0] ^= 1),
        Err(VerificationError::RecordProof { .. })
    ));
    assert!(matches!(
        verify(&|_, check| check.segment_root.0[0] ^= 1),
        Err(VerificationError::RecordProof { .. })
    ));
    // With another proof the chunk has another ticket, which this range is too wide to refuse
    assert_eq!(
        verify(&|solution, _| solution.proof_of_space.0[0] ^= 1),
        Err(VerificationError::ProofOfSpace)
    );
    assert!(matches!(
        verify(&|solution, check| {
            check.history_size = HistorySize::ONE;
            assert!(solution.history_size > HistorySize::ONE);
        }),
        Err(VerificationError::FutureHistorySize { .. })
    ));
}

/// Every distance is within the range, so nothing but the proof of space itself can be wrong.
#[test]
fn only_proofs_of_space_of_this_record_and_s_bucket_are_accepted() {
    let params = params();
    let vector = vectors().remove(0);
    let solution = &vector.solution;
    let sector_id = solution.sector_id();
    let s_bucket = sector_id
        .slot_challenge(&vector.global_challenge)
        .s_bucket(&params);
    let challenge = params.proof_of_space_challenge(s_bucket);
    let verify = |proof: &[u8]| {
        let mut changed = solution.clone();
        changed.proof_of_space = PosProof(proof.to_vec().try_into().unwrap());
        verify_solution(
            &params,
            &changed,
            &vector.global_challenge,
            SolutionRange::MAX,
            Some(&check(solution)),
        )
    };
    let refused = Err(VerificationError::ProofOfSpace);

    let k = proof_of_space::K::new(params.proof_of_space_k).unwrap();
    let mut generator = proof_of_space::TableGenerator::new(k);
    let table = generator.generate(&sector_id.pos_seed(solution.piece_offset));
    assert!(table.find_proof(challenge).is_some());
    for proof in table.find_proofs(challenge) {
        assert!(verify(&proof).is_ok());
    }
    let mut others = 0;
    for other in (0..512).filter(|&other| other != s_bucket) {
        if let Some(proof) = table.find_proof(params.proof_of_space_challenge(other)) {
            assert_eq!(verify(&proof), refused, "proof of s-bucket {other}");
            others += 1;
        }
    }
    assert!(others > 200);

    // The same challenge in the table of another record of the sector
    let foreign = (0..params.pieces_in_sector)
        .filter(|&offset| offset != solution.piece_offset)
        .find_map(|offset| {
            let table = generator.generate(&sector_id.pos_seed(offset));
            table.find_proof(challenge)
        })
        .unwrap();
    assert_eq!(verify(&foreign), refused);
    // 64 equal values
    for byte in [0, 0xff] {
        assert_eq!(verify(&vec![byte; params.proof_of_space_size()]), refused);
    }
}

#[test]
fn a_look_up_asks_for_what_is_needed_and_no_more() {
    let params = params();
    let solution = vectors().remove(0).solution;
    let piece = piece_segment(&params, &solution);
    let expiration = SectorId::expiration_segment(&params, solution.history_size).unwrap();
    let asked = |history_size: u64| {
        let mut asked = Vec::new();
        let result = PieceCheck::look_up(
            &params,
            &solution,
            HistorySize::new(history_size).unwrap(),
            |index| {
                asked.push(index);
                Some(SegmentRoot::default())
            },
        );
        (result.map(|check| check.expiration_segment_root), asked)
    };
    let at = solution.history_size.get();
    assert_eq!(asked(at), (Ok(None), vec![piece]));
    assert_eq!(asked(expiration.0), (Ok(None), vec![piece]));
    assert_eq!(
        asked(expiration.0 + 1),
        (Ok(Some(SegmentRoot::default())), vec![piece, expiration])
    );
    assert!(matches!(
        asked(at - 1),
        (Err(VerificationError::FutureHistorySize { .. }), asked) if asked.is_empty()
    ));
    assert_eq!(
        PieceCheck::look_up(&params, &solution, solution.history_size, |_| None),
        Err(VerificationError::UnknownSegment(piece))
    );
}

#[test]
fn parameters_without_proof_of_space_verify_nothing_and_do_not_panic() {
    let vector = vectors().remove(0);
    for k in [0, 14, 26, u8::MAX] {
        let params = ConsensusParams {
            proof_of_space_k: k,
            ..params()
        };
        assert!(
            verify_solution(
                &params,
                &vector.solution,
                &vector.global_challenge,
                solution_range(),
                None
            )
            .is_err()
        );
    }
}
