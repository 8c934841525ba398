//! Verification of solutions and seals, shared by client, farmer and runtime.
//!
//! A solution claims: *the sector of this key stores a chunk whose ticket is close enough to the challenge of this slot*.
//! [`verify_solution`] checks it in two halves. What a header shows by itself (stateless) is checked before the parent of
//! the block is known; what needs the history of the branch (stateful) is added once it is, as a [`PieceCheck`].
//!
//! The order is that of cost, so that a forgery is refused as cheaply as possible:
//!
//! | # | check | needs | cost |
//! |---|---|---|---|
//! | 1 | piece offset, lengths of all three proofs | parameters | – |
//! | 2 | history size not beyond the history of the parent block, sector not expired | [`PieceCheck`] | one hash |
//! | 3 | distance of the ticket ≤ half the solution range | – | four hashes |
//! | 4 | chunk is in the record, at the audited s-bucket | – | 16 hashes |
//! | 5 | record is in its segment, at the position that the sector drew | [`PieceCheck`] | 8 hashes |
//! | 6 | the proof of space is one for this sector, piece offset and s-bucket | – | 64 + 63 function calls |
//!
//! The ticket comes before the proof of space, because it needs only the hash of that proof.
//!
//! History is as long as the state of the **parent** says. A sector plotted with a segment whose header is only in
//! this very block is therefore refused, and the answer is a function of the chain alone.
//!
//! Golden vectors: `test/vectors/verification.json` (a seal), `test/vectors/solution.json` (solutions made by the farmer).

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod seal;
#[cfg(test)]
mod tests;

#[cfg(feature = "std")]
pub use seal::sign_seal;
pub use seal::{SealError, verify_seal};

use autonomys_core_primitives::sectors::{mask_chunk, ticket_distance};
use autonomys_core_primitives::{
    ConsensusParams, GlobalChallenge, HistorySize, PieceOffset, SectorId, SegmentIndex,
    SegmentRoot, Solution, SolutionRange,
};
use autonomys_merkle_tree as merkle_tree;
use autonomys_proof_of_space as proof_of_space;

/// Why a solution is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// The sector has fewer pieces.
    #[error(
        "the solution is of piece {piece_offset} of a sector of {pieces_in_sector} pieces, so it is invalid"
    )]
    PieceOffset {
        /// What the solution says.
        piece_offset: PieceOffset,
        /// Pieces of a sector.
        pieces_in_sector: u16,
    },
    /// A proof is shorter or longer than the parameters say.
    #[error("the {proof} has length {actual} instead of {expected}, so the solution is invalid")]
    ProofLength {
        /// Which proof.
        proof: &'static str,
        /// Length by the parameters.
        expected: usize,
        /// Length in the solution.
        actual: usize,
    },
    /// The sector claims to know segments that the chain does not have.
    #[error(
        "the sector was plotted at history size {claimed}, but history has {current} segments at the parent block, so the solution is invalid"
    )]
    FutureHistorySize {
        /// What the solution says.
        claimed: HistorySize,
        /// History at the parent block.
        current: HistorySize,
    },
    /// The sector has to be replotted.
    #[error(
        "the sector expired at history size {expired_at}, and history has {current} segments, so the solution is invalid; replot the sector"
    )]
    SectorExpired {
        /// First history size at which the sector is invalid.
        expired_at: HistorySize,
        /// History at the parent block.
        current: HistorySize,
    },
    /// The ticket is too far from the challenge.
    #[error(
        "the ticket is {distance} from the challenge, more than half of the solution range {solution_range}, so the solution is invalid"
    )]
    OutsideSolutionRange {
        /// Distance of the ticket.
        distance: SolutionRange,
        /// The range, in both directions together.
        solution_range: SolutionRange,
    },
    /// The chunk is not in the record at the audited s-bucket.
    #[error("the chunk is not in the record at the audited s-bucket, so the solution is invalid")]
    ChunkProof,
    /// The record is not the one the sector has to store there.
    #[error(
        "the record is not in segment {segment_index} at the position that the sector drew, so the solution is invalid"
    )]
    RecordProof {
        /// The segment of the piece.
        segment_index: SegmentIndex,
    },
    /// The proof of space is wrong.
    #[error("the proof of space is invalid for this sector, so the solution is invalid")]
    ProofOfSpace,
    /// The caller does not know the root of a segment that is within the history it named. A fault of the caller, not of
    /// the solution.
    #[error(
        "the root of segment {0} is unknown here, so the solution cannot be verified; check the store of segment headers"
    )]
    UnknownSegment(SegmentIndex),
}

/// What the stateful half of verification needs to know of the branch of the parent block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PieceCheck {
    /// Size of history in the state of the parent block.
    pub history_size: HistorySize,
    /// Root of the segment of the piece, see [`piece_segment`].
    pub segment_root: SegmentRoot,
    /// Root of the segment that decides when the sector expires ([`SectorId::expiration_segment`]), if history is that
    /// long.
    pub expiration_segment_root: Option<SegmentRoot>,
}

impl PieceCheck {
    /// Looks up the segment roots that `solution` needs.
    ///
    /// `segment_root` is asked only for segments within `history_size`.
    ///
    /// # Errors
    ///
    /// - [`VerificationError::FutureHistorySize`] if the solution is of a longer history;
    /// - [`VerificationError::UnknownSegment`] if `segment_root` does not know a segment.
    pub fn look_up(
        params: &ConsensusParams,
        solution: &Solution,
        history_size: HistorySize,
        mut segment_root: impl FnMut(SegmentIndex) -> Option<SegmentRoot>,
    ) -> Result<Self, VerificationError> {
        check_history_size(solution, history_size)?;
        let mut known_root = |segment_index| {
            segment_root(segment_index).ok_or(VerificationError::UnknownSegment(segment_index))
        };
        Ok(Self {
            history_size,
            segment_root: known_root(piece_segment(params, solution))?,
            expiration_segment_root: SectorId::expiration_segment(params, solution.history_size)
                .filter(|&index| index <= history_size.last_segment_index())
                .map(known_root)
                .transpose()?,
        })
    }
}

/// The segment of the piece that `solution` is of.
pub fn piece_segment(params: &ConsensusParams, solution: &Solution) -> SegmentIndex {
    solution
        .sector_id()
        .piece_index(params, solution.piece_offset, solution.history_size)
        .segment_index(params)
}

/// Verifies that `solution` wins against `global_challenge` under `solution_range`, and returns the distance of its ticket.
///
/// The challenge is that of the block's slot:
/// [`PotOutput::global_challenge`](autonomys_core_primitives::PotOutput::global_challenge). Without `piece_check` the
/// solution may be of a piece that is not in history, of a future history or of an expired sector.
///
/// # Errors
///
/// The first check of the [table](crate) that fails.
pub fn verify_solution(
    params: &ConsensusParams,
    solution: &Solution,
    global_challenge: &GlobalChallenge,
    solution_range: SolutionRange,
    piece_check: Option<&PieceCheck>,
) -> Result<SolutionRange, VerificationError> {
    check_bounds(params, solution)?;
    let sector_id = solution.sector_id();
    if let Some(check) = piece_check {
        check_history_size(solution, check.history_size)?;
        check_expiration(params, solution, &sector_id, check)?;
    }

    let challenge = sector_id.slot_challenge(global_challenge);
    let masked_chunk = mask_chunk(&solution.chunk, solution.proof_of_space.as_ref());
    let distance = ticket_distance(challenge.ticket(&masked_chunk), global_challenge);
    if distance > solution_range >> 1 {
        return Err(VerificationError::OutsideSolutionRange {
            distance,
            solution_range,
        });
    }

    let s_bucket = challenge.s_bucket(params);
    if !merkle_tree::verify(
        &solution.record_root,
        to_usize(params.s_buckets()),
        usize::from(s_bucket),
        &solution.chunk,
        &solution.chunk_proof,
    ) {
        return Err(VerificationError::ChunkProof);
    }

    if let Some(check) = piece_check {
        let piece_index =
            sector_id.piece_index(params, solution.piece_offset, solution.history_size);
        if !merkle_tree::verify(
            &check.segment_root,
            to_usize(params.pieces_per_segment()),
            to_usize(piece_index.position(params)),
            &solution.record_root,
            &solution.record_proof,
        ) {
            return Err(VerificationError::RecordProof {
                segment_index: piece_index.segment_index(params),
            });
        }
    }

    proof_of_space::K::new(params.proof_of_space_k)
        .ok()
        .and_then(|k| {
            proof_of_space::verify(
                k,
                &sector_id.pos_seed(solution.piece_offset),
                params.proof_of_space_challenge(s_bucket),
                solution.proof_of_space.as_ref(),
            )
            .ok()
        })
        .ok_or(VerificationError::ProofOfSpace)?;
    Ok(distance)
}

/// What the parameters alone say.
fn check_bounds(params: &ConsensusParams, solution: &Solution) -> Result<(), VerificationError> {
    if solution.piece_offset >= params.pieces_in_sector {
        return Err(VerificationError::PieceOffset {
            piece_offset: solution.piece_offset,
            pieces_in_sector: params.pieces_in_sector,
        });
    }
    for (proof, expected, actual) in [
        (
            "record proof",
            to_usize(params.record_proof_depth()),
            solution.record_proof.len(),
        ),
        (
            "chunk proof",
            to_usize(params.chunk_proof_depth()),
            solution.chunk_proof.len(),
        ),
        (
            "proof of space",
            params.proof_of_space_size(),
            solution.proof_of_space.as_ref().len(),
        ),
    ] {
        if actual != expected {
            return Err(VerificationError::ProofLength {
                proof,
                expected,
                actual,
            });
        }
    }
    Ok(())
}

fn check_history_size(solution: &Solution, current: HistorySize) -> Result<(), VerificationError> {
    if solution.history_size > current {
        return Err(VerificationError::FutureHistorySize {
            claimed: solution.history_size,
            current,
        });
    }
    Ok(())
}

fn check_expiration(
    params: &ConsensusParams,
    solution: &Solution,
    sector_id: &SectorId,
    check: &PieceCheck,
) -> Result<(), VerificationError> {
    // History never gets so long that this overflows; a sector could not expire then
    let Some(expiration_segment) = SectorId::expiration_segment(params, solution.history_size)
        .filter(|&index| index <= check.history_size.last_segment_index())
    else {
        return Ok(());
    };
    let root = check
        .expiration_segment_root
        .ok_or(VerificationError::UnknownSegment(expiration_segment))?;
    match sector_id.expiration(params, solution.history_size, &root) {
        Some(expired_at) if expired_at <= check.history_size => {
            Err(VerificationError::SectorExpired {
                expired_at,
                current: check.history_size,
            })
        }
        _ => Ok(()),
    }
}

/// `usize` has at least 32 bits on every target.
const fn to_usize(value: u32) -> usize {
    value as usize
}
