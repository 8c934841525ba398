//! Pieces of segments on disk, one file a segment.
//!
//! A cache: every segment can be recreated from stored blocks. So files are not synced, and a piece is checked against the root of
//! its segment whenever it is read; a file with a wrong piece is deleted.
//!
//! A file `segment-<index>.pieces` holds all pieces of the segment one after the other. It is written under another name
//! first. The least recently used segments are deleted when the store is full.

#[cfg(test)]
mod tests;

use autonomys_archiving::{NewArchivedSegment, is_piece_valid};
use autonomys_core_primitives::{ConsensusParams, PiecePosition, SegmentHeader, SegmentIndex};
use lru::LruCache;
use parking_lot::Mutex;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of pieces kept: 8 segments of production size.
const CAPACITY_BYTES: usize = 2 << 30;
/// Segments kept at least.
const MIN_SEGMENTS: usize = 2;

const PREFIX: &str = "segment-";
const SUFFIX: &str = ".pieces";
const UNFINISHED_SUFFIX: &str = ".unfinished";

/// A file or folder of the store that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot {action} {path}: {source}; check space and permissions, or delete the folder, which is only a cache"
)]
pub struct PieceStoreError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Pieces of the segments last archived or asked for.
#[derive(Debug)]
pub struct PieceStore {
    folder: PathBuf,
    params: Arc<ConsensusParams>,
    /// Segments whose file exists. The lock is held while files are created and deleted, not while they are read.
    segments: Mutex<LruCache<SegmentIndex, ()>>,
}

impl PieceStore {
    /// Opens the store in a folder of its own, which is created where it is missing.
    pub fn open(
        folder: impl Into<PathBuf>,
        params: Arc<ConsensusParams>,
    ) -> Result<Self, PieceStoreError> {
        let segment_bytes = params
            .piece_size()
            .saturating_mul(usize::try_from(params.pieces_per_segment()).unwrap_or(usize::MAX));
        let capacity = CAPACITY_BYTES
            .checked_div(segment_bytes)
            .unwrap_or(0)
            .max(MIN_SEGMENTS);
        Self::open_with_capacity(folder.into(), params, capacity)
    }

    fn open_with_capacity(
        folder: PathBuf,
        params: Arc<ConsensusParams>,
        capacity: usize,
    ) -> Result<Self, PieceStoreError> {
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed("read", &folder))? {
            let path = entry.map_err(failed("read", &folder))?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.starts_with(PREFIX) && name.ends_with(UNFINISHED_SUFFIX) {
                fs::remove_file(&path).map_err(failed("delete", &path))?;
            } else if let Some(segment_index) = segment_index_in(name) {
                found.push(segment_index);
            }
        }
        // Newer segments are asked for more
        found.sort_unstable();
        let store = Self {
            folder,
            params,
            segments: Mutex::new(LruCache::new(
                NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN),
            )),
        };
        for segment_index in found {
            store.note_used(segment_index)?;
        }
        Ok(store)
    }

    /// Stores the pieces of a segment.
    pub fn insert(&self, segment: &NewArchivedSegment) -> Result<(), PieceStoreError> {
        let path = self.path(segment.header.segment_index);
        let unfinished = path.with_extension(UNFINISHED_SUFFIX.trim_start_matches('.'));
        fs::write(&unfinished, segment.pieces.as_bytes()).map_err(failed("write", &unfinished))?;
        fs::rename(&unfinished, &path).map_err(failed("write", &path))?;
        self.note_used(segment.header.segment_index)
    }

    /// Reads a valid piece of the segment with this header; `None` if the store does not have it.
    pub fn piece(&self, header: &SegmentHeader, position: PiecePosition) -> Option<Vec<u8>> {
        let segment_index = header.segment_index;
        self.segments.lock().get(&segment_index)?;
        let path = self.path(segment_index);
        match self.read(&path, position) {
            Ok(piece) if is_piece_valid(&self.params, &piece, &header.segment_root, position) => {
                Some(piece)
            }
            // Deleted for another segment just now
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            result => {
                tracing::warn!(
                    target: "poas::pieces",
                    path = %path.display(),
                    position,
                    error = ?result.err(),
                    "A file of pieces is damaged; it is deleted and will be recreated",
                );
                self.segments.lock().pop(&segment_index);
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    fn read(&self, path: &Path, position: PiecePosition) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; self.params.piece_size()];
        let offset = u64::try_from(piece.len())
            .ok()
            .and_then(|size| size.checked_mul(u64::from(position)))
            .ok_or(io::ErrorKind::InvalidInput)?;
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut piece)?;
        Ok(piece)
    }

    /// Makes a segment the most recently used one, and deletes the file of the one that has no place any more.
    fn note_used(&self, segment_index: SegmentIndex) -> Result<(), PieceStoreError> {
        let mut segments = self.segments.lock();
        match segments.push(segment_index, ()) {
            Some((evicted, ())) if evicted != segment_index => {
                let path = self.path(evicted);
                fs::remove_file(&path).map_err(failed("delete", &path))
            }
            _ => Ok(()),
        }
    }

    fn path(&self, segment_index: SegmentIndex) -> PathBuf {
        self.folder.join(file_name(segment_index))
    }
}

fn file_name(segment_index: SegmentIndex) -> String {
    format!("{PREFIX}{segment_index}{SUFFIX}")
}

/// The segment of the file of this name; `None` for a name that the store does not give, such as one with a leading zero.
fn segment_index_in(name: &str) -> Option<SegmentIndex> {
    let number = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let segment_index = SegmentIndex(number.parse().ok()?);
    (file_name(segment_index) == name).then_some(segment_index)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PieceStoreError {
    let path = path.to_path_buf();
    move |source| PieceStoreError {
        action,
        path,
        source,
    }
}
