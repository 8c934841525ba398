//! `piece_cache.bin`: pieces of history that were lately plotted, so that a sector that is plotted again, and other
//! farms of the same farmer, need not ask the network.
//!
//! The file is slots of equal size:
//!
//! | offset | length | content |
//! |---|---|---|
//! | 0 | 8 | piece index + 1, little-endian; 0 if the slot is free |
//! | 8 | piece size | the piece |
//! | 8 + piece size | 32 | checksum of everything before |
//!
//! Nothing is synced to disk: a torn slot is found by its checksum and counts as free.

use super::{FarmError, Space};
use autonomys_core_primitives::PieceIndex;
use autonomys_farmer_components::{CHECKSUM_SIZE, ReadAt, checked, checksum};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use super::files::{open_file, write_all_at};

/// Name of the file.
pub(super) const FILE_NAME: &str = "piece_cache.bin";

/// Bytes of the piece index.
const INDEX_SIZE: usize = 8;

/// A cache of pieces on disk. The oldest one makes room for a new one.
#[derive(Debug)]
pub struct PieceCache {
    file: File,
    piece_size: usize,
    slot_size: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Slot of each piece.
    slots: HashMap<PieceIndex, u64>,
    /// Piece of each slot.
    pieces: Vec<Option<PieceIndex>>,
    /// The slot that is written next.
    next: u64,
}

impl PieceCache {
    /// The bytes of a slot with a piece; `None` for the last of all indices, which no slot can name.
    pub fn encode_slot(piece_index: PieceIndex, piece: &[u8]) -> Option<Vec<u8>> {
        let number = piece_index.0.checked_add(1)?;
        let mut bytes = Vec::with_capacity(INDEX_SIZE + piece.len() + CHECKSUM_SIZE);
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(piece);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        Some(bytes)
    }

    /// The piece in the bytes of a slot; `None` if it is free or does not have its checksum.
    pub fn decode_slot(bytes: &[u8]) -> Option<(PieceIndex, &[u8])> {
        let (number, piece) = checked(bytes)?.split_first_chunk()?;
        Some((index_of(*number)?, piece))
    }

    pub(super) fn open(
        directory: &Path,
        space: &Space,
        piece_size: usize,
    ) -> Result<Self, FarmError> {
        let path = directory.join(FILE_NAME);
        let file = open_file(&path)?;
        file.set_len(space.cache_size())
            .map_err(FarmError::io("resize", &path))?;
        let mut slots = HashMap::new();
        let mut pieces = Vec::new();
        let mut first_free = None;
        for slot in 0..space.cached_pieces {
            let mut number = [0; INDEX_SIZE];
            file.read_at(&mut number, slot * space.cache_slot)
                .map_err(FarmError::io("read", &path))?;
            let piece_index = index_of(number);
            pieces.push(piece_index);
            match piece_index {
                Some(piece_index) => {
                    slots.insert(piece_index, slot);
                }
                None => {
                    first_free.get_or_insert(slot);
                }
            }
        }
        Ok(Self {
            file,
            piece_size,
            slot_size: space.cache_slot,
            state: Mutex::new(State {
                slots,
                pieces,
                next: first_free.unwrap_or(0),
            }),
        })
    }

    /// The piece, if it is cached and intact.
    pub fn get(&self, piece_index: PieceIndex) -> Option<Vec<u8>> {
        let mut state = self.state.lock();
        let slot = *state.slots.get(&piece_index)?;
        let mut bytes = vec![0; INDEX_SIZE + self.piece_size + CHECKSUM_SIZE];
        let piece = self
            .file
            .read_at(&mut bytes, slot * self.slot_size)
            .ok()
            .and_then(|()| Self::decode_slot(&bytes))
            .filter(|(index, _)| *index == piece_index)
            .map(|(_, piece)| piece.to_vec());
        if piece.is_none() {
            state.slots.remove(&piece_index);
        }
        piece
    }

    /// Caches a piece. One of a wrong length is not cached.
    ///
    /// # Errors
    ///
    /// [`std::io::Error`] if it cannot be written; the cache is then without it.
    pub fn insert(&self, piece_index: PieceIndex, piece: &[u8]) -> std::io::Result<()> {
        let mut state = self.state.lock();
        if piece.len() != self.piece_size
            || state.pieces.is_empty()
            || state.slots.contains_key(&piece_index)
        {
            return Ok(());
        }
        let Some(bytes) = Self::encode_slot(piece_index, piece) else {
            return Ok(());
        };
        let slot = state.next;
        state.next = (slot + 1) % state.pieces.len() as u64;
        let place = &mut state.pieces[slot as usize];
        if let Some(replaced) = place.replace(piece_index)
            && state.slots.get(&replaced) == Some(&slot)
        {
            state.slots.remove(&replaced);
        }
        write_all_at(&self.file, &bytes, slot * self.slot_size)?;
        state.slots.insert(piece_index, slot);
        Ok(())
    }

    /// Forgets a piece, which is not of the history of the network.
    pub(crate) fn forget(&self, piece_index: PieceIndex) {
        self.state.lock().slots.remove(&piece_index);
    }

    /// Number of pieces that are cached.
    pub fn len(&self) -> usize {
        self.state.lock().slots.len()
    }

    /// Whether no piece is cached.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks all pieces and forgets those that are not intact. Returns how many these are.
    pub(super) fn scrub(&self) -> usize {
        let pieces: Vec<_> = self.state.lock().slots.keys().copied().collect();
        pieces
            .into_iter()
            .filter(|&piece_index| self.get(piece_index).is_none())
            .count()
    }
}

/// The piece whose slot begins with `number`; `None` if the slot is free.
fn index_of(number: [u8; INDEX_SIZE]) -> Option<PieceIndex> {
    u64::from_le_bytes(number).checked_sub(1).map(PieceIndex)
}
