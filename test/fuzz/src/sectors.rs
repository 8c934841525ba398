//! What a farmer reads from its disk.

use crate::history::{HISTORY, PARAMS};
use crate::input::Input;
use autonomys_core_primitives::{
    GlobalChallenge, HistorySize, PieceIndex, PublicKey, RewardAddress, SegmentRoot,
};
use autonomys_farmer_components::{
    AuditBuffer, CHECKSUM_SIZE, Candidate, K, Plotter, Sector, SectorLayout, SectorMetadata,
    SectorToPlot, TableGenerator, checksum,
};
use autonomys_verification::{PieceCheck, VerificationError, verify_solution};
use std::num::NonZeroUsize;
use std::sync::LazyLock;

/// A sector that was plotted.
pub(crate) struct Plotted {
    pub(crate) layout: SectorLayout,
    pub(crate) to_plot: SectorToPlot,
    pub(crate) metadata: SectorMetadata,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) static PLOTTED: LazyLock<Plotted> = LazyLock::new(|| {
    let layout = SectorLayout::new(PARAMS.clone()).expect("the parameters are valid");
    let to_plot = SectorToPlot {
        public_key: PublicKey([5; 32]),
        sector_index: 3,
        history_size: HistorySize::new(HISTORY.len() as u64).expect("there is history"),
    };
    let one = NonZeroUsize::MIN;
    let mut plotter = Plotter::new(&layout, one, one).expect("the parameters are valid");
    let sector = plotter
        .plot(
            &to_plot,
            |index| history_piece(index).ok_or("no such piece"),
            &(),
        )
        .expect("every piece is in history");
    let mut bytes = Vec::new();
    let metadata = sector.write_to(&mut bytes).expect("memory can be written");
    Plotted {
        layout,
        to_plot,
        metadata,
        bytes,
    }
});

/// A piece of history.
fn history_piece(index: PieceIndex) -> Option<Vec<u8>> {
    let segment = usize::try_from(index.segment_index(&PARAMS).0).ok()?;
    let segment = HISTORY.get(segment)?;
    segment
        .pieces
        .piece(index.position(&PARAMS))
        .map(<[u8]>::to_vec)
}

/// What verification needs to know of history.
pub(crate) fn piece_check(
    solution: &autonomys_core_primitives::Solution,
) -> Result<PieceCheck, VerificationError> {
    let history_size = PLOTTED.to_plot.history_size;
    PieceCheck::look_up(&PARAMS, solution, history_size, |index| {
        let segment = HISTORY.get(usize::try_from(index.0).ok()?)?;
        Some::<SegmentRoot>(segment.header.segment_root)
    })
}

/// Metadata of a sector, with the checksum made right if the first byte is odd. What is accepted is written the same.
pub fn sector_metadata(data: &[u8]) -> bool {
    let mut input = Input(data);
    let flags = input.u8();
    let sector_index = input.u16();
    let mut bytes = input.0.to_vec();
    if flags % 2 == 1 {
        repair(&mut bytes);
    }
    let layout = &PLOTTED.layout;
    match SectorMetadata::from_bytes(layout, sector_index, &bytes) {
        Ok(metadata) => {
            assert_eq!(metadata.to_bytes(layout), bytes);
            assert_eq!(metadata.sector_index(), sector_index);
            assert!(metadata.chunk_count() <= layout.chunk_slots());
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Makes the checksum at the end of a block right.
pub(crate) fn repair(block: &mut [u8]) {
    if let Some((content, sum)) = block.split_last_chunk_mut::<CHECKSUM_SIZE>() {
        *sum = checksum(content);
    }
}

/// Which checksums are made right before a changed sector is read.
const REPAIR_CONTENTS: u8 = 1;
const REPAIR_RECORD_METADATA: u8 = 2;
const REPAIR_SECTOR: u8 = 4;
/// Bits of the flags that make it prove and read a piece, which takes a table, if they are these.
const TABLE_MASK: u8 = 0xf0;
const TABLE: u8 = 0x10;

/// Flags, a challenge, and changes (offset, byte) of a sector that was plotted and its metadata.
///
/// The sector is audited, scrubbed, proven with and read back. None of it gives anything but what was plotted.
pub fn sector(data: &[u8]) -> bool {
    let mut input = Input(data);
    let flags = input.u8();
    let global_challenge = GlobalChallenge(input.array());
    let Plotted {
        layout, to_plot, ..
    } = &*PLOTTED;
    let mut metadata = PLOTTED.metadata.to_bytes(layout);
    let mut bytes = PLOTTED.bytes.clone();
    while !input.0.is_empty() {
        let offset = usize::from(input.u16());
        let byte = input.u8();
        if let Some(place) = metadata
            .iter_mut()
            .chain(&mut bytes)
            .nth(offset % (layout.sector_metadata_size() + PLOTTED.bytes.len()))
        {
            *place = byte;
        }
    }
    if flags & REPAIR_CONTENTS != 0 {
        repair(&mut bytes[..layout.contents_map_size()]);
    }
    if flags & REPAIR_RECORD_METADATA != 0 {
        for offset in layout.piece_offsets() {
            let start = usize::try_from(layout.record_metadata_offset(offset))
                .expect("the sector is in memory");
            repair(&mut bytes[start..start + layout.record_metadata_size()]);
        }
    }
    if flags & REPAIR_SECTOR != 0 {
        repair(&mut bytes);
        // Sector index, number of pieces and history size come before the checksum of the sector
        let sum = bytes.len() - CHECKSUM_SIZE;
        metadata[12..12 + CHECKSUM_SIZE].copy_from_slice(&bytes[sum..]);
    }
    repair(&mut metadata);
    let Ok(metadata) = SectorMetadata::from_bytes(layout, to_plot.sector_index, &metadata) else {
        return false;
    };
    let sector = Sector::new(layout, &to_plot.public_key, &metadata, &bytes);

    let scrubbed = sector.scrub();
    if flags & REPAIR_SECTOR == 0 && scrubbed.is_ok() {
        assert_eq!(bytes, PLOTTED.bytes);
    }
    let mut candidates = Vec::new();
    sector
        .audit(
            &global_challenge,
            u64::MAX,
            &mut AuditBuffer::default(),
            &mut candidates,
        )
        .expect("every s-bucket is within the sector");
    assert!(candidates.len() <= layout.pieces());
    if flags & TABLE_MASK != TABLE {
        return scrubbed.is_ok();
    }

    let mut generator = TableGenerator::new(K::MIN);
    let is_other_sector = metadata.history_size() != to_plot.history_size;
    let is_record_metadata_trusted = flags & REPAIR_RECORD_METADATA == 0;
    if let Some(candidate) = candidates.first() {
        let reward_address = RewardAddress([6; 32]);
        match sector.prove(candidate, &reward_address, &mut generator) {
            Ok(solution) => {
                assert!(
                    !is_other_sector,
                    "a sector was unmasked with the tables of another"
                );
                let check = piece_check(&solution).expect("the sector is of this history");
                let range = candidate.distance.saturating_mul(2).saturating_add(1);
                let verified =
                    verify_solution(&PARAMS, &solution, &global_challenge, range, Some(&check));
                if is_record_metadata_trusted {
                    assert_eq!(verified, Ok(candidate.distance));
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let offset = global_challenge.0[31] % 4;
    match sector.read_piece(offset.into(), &mut generator) {
        Ok(piece) => {
            assert!(
                !is_other_sector,
                "a sector was unmasked with the tables of another"
            );
            let index = to_plot.piece_indices(layout)[usize::from(offset)];
            let expected = history_piece(index).expect("the piece is in history");
            let compared = if is_record_metadata_trusted {
                expected.len()
            } else {
                PARAMS.record_size()
            };
            assert_eq!(piece[..compared], expected[..compared]);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    scrubbed.is_ok()
}

/// The chunks of the plotted sector that win against a challenge under the widest range.
pub(crate) fn candidates(global_challenge: &GlobalChallenge) -> Vec<Candidate> {
    let Plotted {
        layout,
        to_plot,
        metadata,
        bytes,
    } = &*PLOTTED;
    let mut candidates = Vec::new();
    Sector::new(layout, &to_plot.public_key, metadata, bytes)
        .audit(
            global_challenge,
            u64::MAX,
            &mut AuditBuffer::default(),
            &mut candidates,
        )
        .expect("the sector was plotted");
    candidates.sort_unstable();
    candidates
}

pub(crate) mod seeds {
    use super::*;

    pub(crate) fn sector_metadata() -> Vec<Vec<u8>> {
        let bytes = PLOTTED.metadata.to_bytes(&PLOTTED.layout);
        let index = PLOTTED.to_plot.sector_index.to_le_bytes();
        [0, 1]
            .map(|flags| [&[flags], &index[..], &bytes].concat())
            .into()
    }

    pub(crate) fn sector() -> Vec<Vec<u8>> {
        let all = REPAIR_CONTENTS | REPAIR_RECORD_METADATA | REPAIR_SECTOR;
        let mut seeds: Vec<_> = (0..=all)
            .map(|flags| [&[flags], &[flags; 32][..], &[0, 0, 3]].concat())
            .collect();
        for flags in [TABLE, TABLE | all] {
            let challenge = (0u8..)
                .map(|byte| GlobalChallenge([byte; 32]))
                .find(|challenge| !candidates(challenge).is_empty())
                .expect("half of the s-buckets have chunks");
            seeds.push([&[flags], &challenge.0[..]].concat());
        }
        seeds
    }
}
