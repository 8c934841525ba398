//! Sectors: which pieces a sector holds, how its chunks are masked, how it is challenged, when it expires.
//!
//! All of it follows from the sector's id, and that from the farmer's key, the sector's index and the size of history
//! when it was plotted, so that nobody can choose.

use crate::bytes::byte_array;
use crate::hashes::{
    CHUNK_MASK_KEY, PIECE_INDEX_KEY, POS_SEED_KEY, SECTOR_EXPIRATION_KEY, SECTOR_ID_KEY,
    keyed_hash, modulo_le,
};
use crate::params::ConsensusParams;
use crate::pieces::{Chunk, PieceIndex, PieceOffset};
use crate::segments::{HistorySize, SegmentIndex, SegmentRoot};
use crate::solutions::{GlobalChallenge, PublicKey, SolutionRange};

byte_array! {
    /// Id of a sector.
    pub struct SectorId(32);
}

byte_array! {
    /// Seed of the proof-of-space table that masks one record of a sector.
    pub struct PosSeed(32);
}

byte_array! {
    /// What one sector is audited against in one slot.
    pub struct SectorSlotChallenge(32);
}

/// Number of a sector in a farm.
pub type SectorIndex = u16;

/// Number of a group of chunks of a sector: those at the same position of their erasure-coded record.
pub type SBucket = u16;

impl SectorId {
    /// H(public key ‖ sector index ‖ history size).
    pub fn new(
        public_key: &PublicKey,
        sector_index: SectorIndex,
        history_size: HistorySize,
    ) -> Self {
        Self(keyed_hash(
            &SECTOR_ID_KEY,
            &[
                &public_key.0,
                &sector_index.to_le_bytes(),
                &history_size.get().to_le_bytes(),
            ],
        ))
    }

    /// Seed of the table for the record at `offset`: H(sector id ‖ offset).
    pub fn pos_seed(&self, offset: PieceOffset) -> PosSeed {
        PosSeed(keyed_hash(&POS_SEED_KEY, &[&self.0, &offset.to_le_bytes()]))
    }

    /// The piece at `offset` of this sector, plotted when history had `history_size` segments.
    ///
    /// It is drawn from all pieces of history. In a history longer than the recent segments divided by the recent
    /// fraction, the odd offsets below twice the recent fraction of the sector draw from the recent segments only, so
    /// that young history is replicated soon.
    pub fn piece_index(
        &self,
        params: &ConsensusParams,
        offset: PieceOffset,
        history_size: HistorySize,
    ) -> PieceIndex {
        let draw = |modulus| {
            modulo_le(
                &keyed_hash(&PIECE_INDEX_KEY, &[&self.0, &offset.to_le_bytes()]),
                modulus,
            )
        };
        let fraction = &params.recent_history_fraction;
        let pieces = history_size.pieces(params);
        let recent_pieces = params
            .recent_segments
            .saturating_mul(u64::from(params.pieces_per_segment()));
        let long_history = recent_pieces
            .saturating_mul(fraction.denominator)
            .checked_div(fraction.numerator)
            .unwrap_or(u64::MAX);
        let interleaved_offsets = u64::from(params.pieces_in_sector)
            .saturating_mul(fraction.numerator)
            .checked_div(fraction.denominator)
            .unwrap_or(0)
            .saturating_mul(2)
            .max(1);
        let is_recent = pieces > long_history
            && u64::from(offset) < interleaved_offsets
            && !offset.is_multiple_of(2);
        PieceIndex(if is_recent {
            pieces
                .saturating_sub(recent_pieces)
                .saturating_add(draw(recent_pieces))
        } else {
            draw(pieces)
        })
    }

    /// The segment whose root decides when this sector expires: the last one of its minimum lifetime. `None` where
    /// history cannot get so long.
    pub fn expiration_segment(
        params: &ConsensusParams,
        history_size: HistorySize,
    ) -> Option<SegmentIndex> {
        history_size
            .get()
            .checked_add(params.min_sector_lifetime)?
            .checked_sub(1)
            .map(SegmentIndex)
    }

    /// The history size from which on solutions of this sector are invalid, given the root of
    /// [`Self::expiration_segment`]: its minimum lifetime plus a draw below three times its history size. So half of
    /// all sectors have expired when history has doubled, and all when it has quadrupled. `None` where history cannot
    /// get so long.
    pub fn expiration(
        &self,
        params: &ConsensusParams,
        history_size: HistorySize,
        expiration_segment_root: &SegmentRoot,
    ) -> Option<HistorySize> {
        let earliest = history_size.get().checked_add(params.min_sector_lifetime)?;
        let latest = history_size
            .get()
            .checked_mul(4)?
            .checked_add(params.min_sector_lifetime)?;
        let draw = modulo_le(
            &keyed_hash(
                &SECTOR_EXPIRATION_KEY,
                &[&self.0, &expiration_segment_root.0],
            ),
            latest.checked_sub(earliest)?,
        );
        HistorySize::new(earliest.checked_add(draw)?)
    }

    /// What this sector is audited against when the global challenge is `global_challenge`: both, XORed.
    pub fn slot_challenge(&self, global_challenge: &GlobalChallenge) -> SectorSlotChallenge {
        let mut challenge = self.0;
        for (byte, global) in challenge.iter_mut().zip(global_challenge.0) {
            *byte ^= global;
        }
        SectorSlotChallenge(challenge)
    }
}

impl SectorSlotChallenge {
    /// The s-bucket that is audited: the first two bytes modulo the number of s-buckets.
    pub fn s_bucket(&self, params: &ConsensusParams) -> SBucket {
        let [first, second, ..] = self.0;
        let last_s_bucket =
            SBucket::try_from(params.s_buckets().saturating_sub(1)).unwrap_or(SBucket::MAX);
        SBucket::from_le_bytes([first, second]) & last_s_bucket
    }

    /// The ticket of a masked chunk: first 8 bytes of BLAKE3 of it, keyed with this challenge. All of the chunk has to be
    /// stored to compute it.
    pub fn ticket(&self, masked_chunk: &Chunk) -> u64 {
        first_word(blake3::keyed_hash(&self.0, &masked_chunk.0).as_bytes())
    }
}

/// How far a ticket is from the global challenge, in the smaller of both directions. It wins at half the solution range
/// or less.
pub fn ticket_distance(ticket: u64, global_challenge: &GlobalChallenge) -> SolutionRange {
    let target = first_word(&global_challenge.0);
    ticket.wrapping_sub(target).min(target.wrapping_sub(ticket))
}

/// Masks a chunk with a proof of space, or unmasks it: XOR with H(proof).
pub fn mask_chunk(chunk: &Chunk, proof_of_space: &[u8]) -> Chunk {
    let mut masked = keyed_hash(&CHUNK_MASK_KEY, &[proof_of_space]);
    for (byte, chunk) in masked.iter_mut().zip(chunk.0) {
        *byte ^= chunk;
    }
    Chunk(masked)
}

fn first_word(bytes: &[u8; 32]) -> u64 {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{NetworkTag, Preset};

    fn main() -> ConsensusParams {
        Preset::Main.params(NetworkTag::default())
    }

    fn history(segments: u64) -> HistorySize {
        HistorySize::new(segments).unwrap()
    }

    #[test]
    fn every_part_of_a_sector_id_matters() {
        let id = SectorId::new(&PublicKey([1; 32]), 2, history(3));
        assert_ne!(id, SectorId::new(&PublicKey([2; 32]), 2, history(3)));
        assert_ne!(id, SectorId::new(&PublicKey([1; 32]), 3, history(3)));
        assert_ne!(id, SectorId::new(&PublicKey([1; 32]), 2, history(4)));
        assert_ne!(id.pos_seed(0), id.pos_seed(1));
    }

    #[test]
    fn a_tenth_of_a_sector_is_recent_once_history_is_long() {
        let params = main();
        let id = SectorId([5; 32]);
        let short = history(50);
        let recent = |size: HistorySize| {
            (0..params.pieces_in_sector)
                .filter(|&offset| {
                    let index = id.piece_index(&params, offset, size);
                    assert!(index.0 < size.pieces(&params));
                    index.0 >= size.pieces(&params) - 5 * 256
                })
                .count()
        };
        // Of 50 segments the last 5 are drawn with probability 1/10 by everybody
        assert!((60..=140).contains(&recent(short)));
        // Of 1,000,000 segments nearly never, so the interleaved offsets remain
        assert_eq!(recent(history(1_000_000)), 100);
    }

    #[test]
    fn expiration_is_between_minimum_lifetime_and_four_times_the_history() {
        let params = main();
        let size = history(10);
        assert_eq!(
            SectorId::expiration_segment(&params, size),
            Some(SegmentIndex(13))
        );
        let expirations = (0..200u8).map(|byte| {
            SectorId([byte; 32])
                .expiration(&params, size, &SegmentRoot([7; 32]))
                .unwrap()
                .get()
        });
        assert!(expirations.clone().all(|at| (14..44).contains(&at)));
        assert!(expirations.clone().min() < Some(17) && expirations.max() > Some(40));
        assert_eq!(
            SectorId::default().expiration(&params, history(u64::MAX), &SegmentRoot::default()),
            None
        );
        assert_eq!(
            SectorId::expiration_segment(&params, history(u64::MAX)),
            None
        );
    }

    #[test]
    fn s_bucket_is_taken_from_the_first_two_bytes() {
        let mut challenge = SectorSlotChallenge::default();
        challenge.0[..2].copy_from_slice(&0xfedcu16.to_le_bytes());
        assert_eq!(challenge.s_bucket(&main()), 0xfedc);
        let dev = Preset::Dev.params(NetworkTag::default());
        assert_eq!(challenge.s_bucket(&dev), 0xfedc % 2048);
    }

    #[test]
    fn distance_wraps_around() {
        let mut challenge = GlobalChallenge::default();
        assert_eq!(ticket_distance(0, &challenge), 0);
        assert_eq!(ticket_distance(u64::MAX, &challenge), 1);
        assert_eq!(ticket_distance(1 << 63, &challenge), 1 << 63);
        challenge.0[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(ticket_distance(1, &challenge), 2);
    }

    #[test]
    fn masking_twice_gives_the_chunk_back() {
        let chunk = Chunk([9; 32]);
        let masked = mask_chunk(&chunk, &[1; 160]);
        assert_ne!(masked, chunk);
        assert_ne!(masked, mask_chunk(&chunk, &[2; 160]));
        assert_eq!(mask_chunk(&masked, &[1; 160]), chunk);
    }
}
