//! Challenge → winning chunks.

use crate::error::SectorError;
use crate::read_at::ReadAt;
use crate::sector::Sector;
use autonomys_core_primitives::sectors::ticket_distance;
use autonomys_core_primitives::{Chunk, GlobalChallenge, SBucket, SectorIndex, SolutionRange};
use autonomys_single_block_blake3::keyed_hash_many_32;
use rayon::prelude::*;

/// A chunk that wins, if it can be proven. The best one, that with the smallest distance, comes first in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// How far its ticket is from the challenge.
    pub distance: SolutionRange,
    /// The sector.
    pub sector_index: SectorIndex,
    /// The audited s-bucket.
    pub s_bucket: SBucket,
    /// Position of the chunk in the s-bucket.
    pub position: u16,
}

/// What an audit of several sectors found.
#[derive(Debug, Default)]
pub struct Audit {
    /// The chunks that win, best first.
    pub candidates: Vec<Candidate>,
    /// The sectors that could not be read.
    pub errors: Vec<SectorError>,
}

/// Working memory of an audit, which grows to the largest s-bucket and can be used for any number of sectors.
#[derive(Debug, Default)]
pub struct AuditBuffer {
    chunks: Vec<[u8; Chunk::SIZE]>,
    hashes: Vec<[u8; 32]>,
}

impl<R: ReadAt> Sector<'_, R> {
    /// Appends to `candidates` the chunks of the audited s-bucket whose tickets are within half of `solution_range` from
    /// `global_challenge`.
    ///
    /// The chunks are not checked: a corrupt one that wins shows when it is proven.
    ///
    /// # Errors
    ///
    /// [`SectorError::Read`] if the s-bucket cannot be read.
    pub fn audit(
        &self,
        global_challenge: &GlobalChallenge,
        solution_range: SolutionRange,
        buffer: &mut AuditBuffer,
        candidates: &mut Vec<Candidate>,
    ) -> Result<(), SectorError> {
        let challenge = self.id.slot_challenge(global_challenge);
        let s_bucket = challenge.s_bucket(self.layout.params());
        let (chunks_before, size) = self.metadata.s_bucket(s_bucket);
        let AuditBuffer { chunks, hashes } = buffer;
        chunks.resize(size, [0; Chunk::SIZE]);
        hashes.resize(size, [0; 32]);
        self.read(
            chunks.as_flattened_mut(),
            self.layout.chunks_offset() + chunks_before * Chunk::SIZE as u64,
        )?;
        // Both have the same length, which is all that can be wrong
        let hashed = keyed_hash_many_32(&challenge.0, chunks, hashes);
        debug_assert_eq!(hashed, Ok(()));
        for (hash, position) in hashes.iter().zip(0..) {
            let [a, b, c, d, e, f, g, h, ..] = *hash;
            let ticket = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
            let distance = ticket_distance(ticket, global_challenge);
            if distance <= solution_range / 2 {
                candidates.push(Candidate {
                    distance,
                    sector_index: self.metadata.sector_index(),
                    s_bucket,
                    position,
                });
            }
        }
        Ok(())
    }
}

/// Audits many sectors on the threads of the current rayon pool.
pub fn audit_sectors<R: ReadAt + Sync>(
    sectors: &[Sector<'_, R>],
    global_challenge: &GlobalChallenge,
    solution_range: SolutionRange,
) -> Audit {
    let mut audit = sectors
        .par_iter()
        .fold(
            || (Audit::default(), AuditBuffer::default()),
            |(mut audit, mut buffer), sector| {
                let result = sector.audit(
                    global_challenge,
                    solution_range,
                    &mut buffer,
                    &mut audit.candidates,
                );
                audit.errors.extend(result.err());
                (audit, buffer)
            },
        )
        .map(|(audit, _)| audit)
        .reduce(Audit::default, |mut all, audit| {
            all.candidates.extend(audit.candidates);
            all.errors.extend(audit.errors);
            all
        });
    audit.candidates.sort_unstable();
    audit
}
