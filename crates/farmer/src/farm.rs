//! A farm on disk.
//!
//! A farm is a directory:
//!
//! | file | content |
//! |---|---|
//! | `identity.bin` | the key that sectors are plotted for, mode 0600; also what the lock is on |
//! | `farm.json` | network, public key, size and parameters |
//! | `plot.bin` | sectors, one every [`Space::sector_slot`] bytes |
//! | `metadata.bin` | their metadata, one every [`Space::metadata_slot`] bytes |
//! | `piece_cache.bin` | pieces that were lately plotted |
//!
//! Where something is depends only on the parameters of the network, so a farm can be given another size.
//!
//! A sector counts when its metadata is there. It is written in this order, each step on disk before the next: old
//! metadata cleared, sector, new metadata. So after a kill or a power failure at any point every sector is whole or not
//! there. The size of a farm, the sectors, their metadata and the pieces all have checksums; what does not have its
//! checksum is not used, is named in the log, and is plotted again.

mod files;
mod identity;
mod info;
mod piece_cache;
mod space;
#[cfg(test)]
mod tests;

pub use identity::Identity;
pub use info::{FarmInfo, FarmInfoError};
pub use piece_cache::PieceCache;
pub use space::Space;

use crate::options::FarmOptions;
use autonomys_core_primitives::farming::FarmerAppInfo;
use autonomys_core_primitives::params::ParamsError;
use autonomys_core_primitives::{
    BlockHash, ConsensusParams, HistorySize, PublicKey, SectorId, SectorIndex, SegmentIndex,
    SegmentRoot,
};
use autonomys_farmer_components::{
    EncodedSector, ReadAt, Section, Sector, SectorError, SectorLayout, SectorMetadata,
};
use files::{WriteFrom, open_file, set_length, write_all_at};
use parking_lot::{RwLock, RwLockReadGuard};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::warn;

const PLOT_FILE_NAME: &str = "plot.bin";
const METADATA_FILE_NAME: &str = "metadata.bin";

/// Bytes that are written to disk at a time.
const WRITE_BUFFER_SIZE: usize = 1024 * 1024;

/// Why a farm cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FarmError {
    /// The disk or the file system failed.
    #[error("cannot {action} {}: {source}; check the disk, its free space and its permissions", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Another farmer uses it.
    #[error(
        "farm {} is in use by another farmer; stop that one, or start this one without the farm", .path.display()
    )]
    Locked {
        /// The farm.
        path: PathBuf,
    },
    /// There is none.
    #[error("there is no farm in {}: it has no {}; check the path", .path.display(), info::FILE_NAME)]
    NoFarm {
        /// The directory.
        path: PathBuf,
    },
    /// Some of the files are gone.
    #[error(
        "farm {} is incomplete: it has a {missing} no more, without which its sectors are worthless; restore the file, or wipe the farm and start anew", .path.display()
    )]
    Incomplete {
        /// The farm.
        path: PathBuf,
        /// The missing file.
        missing: &'static str,
    },
    /// Plotted for another network.
    #[error(
        "farm {} is for the network with genesis {farm}, but the node is on the one with genesis {node}; start the farmer with a node of its network, or wipe the farm", .path.display()
    )]
    WrongGenesis {
        /// The farm.
        path: PathBuf,
        /// Genesis of the farm.
        farm: BlockHash,
        /// Genesis of the node.
        node: BlockHash,
    },
    /// Plotted with other sizes.
    #[error(
        "farm {} was made for sectors of another size than those of the node, although for the same genesis; wipe the farm", .path.display()
    )]
    WrongParams {
        /// The farm.
        path: PathBuf,
    },
    /// The key cannot be read.
    #[error(
        "{} is corrupt, and without the key in it the sectors of the farm are worthless; restore the file from a backup, or wipe the farm", .path.display()
    )]
    Identity {
        /// The file.
        path: PathBuf,
    },
    /// The description cannot be read.
    #[error(
        "{} is corrupt: {cause}; restore the file from a backup, or wipe the farm", .path.display()
    )]
    Info {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: FarmInfoError,
    },
    /// The key and the description do not belong together.
    #[error(
        "farm {} is of public key {described}, but its key is {actual}; restore the right files, or wipe the farm", .path.display()
    )]
    WrongKey {
        /// The farm.
        path: PathBuf,
        /// Key by the description.
        described: PublicKey,
        /// Key of the identity.
        actual: PublicKey,
    },
    /// No room for anything.
    #[error(
        "farm {} of {size} bytes has no room for a single sector; give it at least {least} bytes", .path.display()
    )]
    TooSmall {
        /// The farm.
        path: PathBuf,
        /// Size that was given.
        size: u64,
        /// Size that is needed.
        least: u64,
    },
    /// The parameters are none.
    #[error("the parameters of the network are broken: {0}; use a node of the same version")]
    Params(#[from] ParamsError),
}

impl FarmError {
    /// Makes an error of an I/O error.
    fn io<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Self + 'a {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// A farm that is open, and locked against other farmers.
#[derive(Debug)]
pub struct Farm {
    path: PathBuf,
    identity: Identity,
    info: FarmInfo,
    layout: SectorLayout,
    space: Space,
    plot: File,
    metadata: File,
    piece_cache: PieceCache,
    sectors: Vec<SectorSlot>,
    /// Holds the lock.
    _identity_file: File,
}

/// A place for a sector.
#[derive(Debug)]
struct SectorSlot {
    /// What is plotted there. Whoever reads the sector holds this for reading, whoever writes it for writing.
    metadata: RwLock<Option<SectorMetadata>>,
    /// The history size at which the sector expires; `u64::MAX` while it is not known.
    expires_at: AtomicU64,
}

/// How many sectors are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectorCounts {
    /// Plotted, and valid now.
    pub plotted: u16,
    /// Plotted, but expired.
    pub expired: u16,
    /// All places.
    pub total: u16,
}

/// A sector of a farm, which nobody overwrites while this exists.
#[derive(Debug)]
pub struct PlottedSector<'a> {
    farm: &'a Farm,
    sector_index: SectorIndex,
    metadata: RwLockReadGuard<'a, Option<SectorMetadata>>,
}

impl Farm {
    /// Opens the farm in `options.path`, or makes one there if the directory is missing or empty of farm files.
    ///
    /// # Errors
    ///
    /// [`FarmError`]; nothing is changed in a farm of another network or one that is in use.
    pub fn open_or_create(options: &FarmOptions, node: &FarmerAppInfo) -> Result<Self, FarmError> {
        let FarmOptions { path, size } = options;
        let layout = SectorLayout::new(node.params.clone())?;
        if Space::new(&layout, *size).sectors == 0 {
            return Err(FarmError::TooSmall {
                path: path.clone(),
                size: *size,
                least: Space::size_of_sectors(&layout, 1),
            });
        }
        fs::create_dir_all(path).map_err(FarmError::io("create", path))?;
        if FarmInfo::read(path)?.is_some() || exists(&path.join(METADATA_FILE_NAME))? {
            require_identity(path)?;
        }
        // Everything else happens under the lock
        let identity_path = path.join(identity::FILE_NAME);
        let mut identity_file = Identity::open_file(&identity_path, true)?;
        lock(path, &identity_file)?;
        let info = FarmInfo::read(path)?;
        if let Some(info) = &info {
            check_network(path, info, node)?;
        }
        let identity = match &info {
            Some(info) => {
                let identity = Identity::read(&mut identity_file, &identity_path)?;
                check_key(path, info, &identity)?;
                identity
            }
            None if exists(&path.join(METADATA_FILE_NAME))? => {
                return Err(FarmError::Incomplete {
                    path: path.clone(),
                    missing: info::FILE_NAME,
                });
            }
            // A whole one is kept: it may have been put there from a backup
            None => match Identity::read(&mut identity_file, &identity_path) {
                Err(FarmError::Identity { .. }) => {
                    Identity::create(&mut identity_file, &identity_path)?
                }
                result => result?,
            },
        };
        let new_info = FarmInfo::new(
            node.genesis_hash,
            identity.public_key(),
            *size,
            node.params.clone(),
        );
        if info.as_ref() != Some(&new_info) {
            new_info.write(path)?;
        }
        Self::open_files(path.clone(), identity, new_info, layout, identity_file)
    }

    /// Opens an existing farm without a node.
    ///
    /// # Errors
    ///
    /// [`FarmError`]; [`FarmError::NoFarm`] if there is none.
    pub fn open(path: &Path) -> Result<Self, FarmError> {
        let info = Self::read_info(path)?;
        let layout = SectorLayout::new(info.params.clone())?;
        require_identity(path)?;
        let identity_path = path.join(identity::FILE_NAME);
        let mut identity_file = Identity::open_file(&identity_path, false)?;
        lock(path, &identity_file)?;
        let identity = Identity::read(&mut identity_file, &identity_path)?;
        check_key(path, &info, &identity)?;
        Self::open_files(path.to_owned(), identity, info, layout, identity_file)
    }

    /// What the farm in `path` is, without locking it.
    ///
    /// # Errors
    ///
    /// [`FarmError::NoFarm`] if there is none; [`FarmError::Info`] if its description is corrupt.
    pub fn read_info(path: &Path) -> Result<FarmInfo, FarmError> {
        FarmInfo::read(path)?.ok_or_else(|| FarmError::NoFarm {
            path: path.to_owned(),
        })
    }

    /// Deletes the files of the farm in `path`, and nothing else; the directory too, if it is empty then.
    ///
    /// # Errors
    ///
    /// [`FarmError::Locked`] if a farmer uses it; [`FarmError::NoFarm`] if there is none.
    pub fn wipe(path: &Path) -> Result<(), FarmError> {
        let identity_path = path.join(identity::FILE_NAME);
        // A broken farm has to be wiped as well, so nothing is read but the lock taken
        let lock = if exists(&identity_path)? {
            let file = Identity::open_file(&identity_path, false)?;
            lock(path, &file)?;
            Some(file)
        } else {
            None
        };
        // The identity last: as long as it is there, what remains can be wiped again
        let mut found = false;
        for name in [
            info::FILE_NAME,
            METADATA_FILE_NAME,
            PLOT_FILE_NAME,
            piece_cache::FILE_NAME,
            identity::FILE_NAME,
        ] {
            let file = path.join(name);
            if exists(&file)? {
                found = true;
                fs::remove_file(&file).map_err(FarmError::io("delete", &file))?;
            }
        }
        drop(lock);
        if !found {
            return Err(FarmError::NoFarm {
                path: path.to_owned(),
            });
        }
        // Other files may be in the directory, which stays then
        let _ = fs::remove_dir(path);
        Ok(())
    }

    fn open_files(
        path: PathBuf,
        identity: Identity,
        info: FarmInfo,
        layout: SectorLayout,
        identity_file: File,
    ) -> Result<Self, FarmError> {
        let space = Space::new(&layout, info.size);
        let plot_path = path.join(PLOT_FILE_NAME);
        let plot = open_file(&plot_path)?;
        set_length(&plot, &plot_path, space.plot_size())?;
        let metadata_path = path.join(METADATA_FILE_NAME);
        let metadata = open_file(&metadata_path)?;
        set_length(&metadata, &metadata_path, space.metadata_size())?;
        let piece_cache = PieceCache::open(&path, &space, layout.params().piece_size())?;
        info::sync_directory(&path)?;

        let mut farm = Self {
            path,
            identity,
            info,
            layout,
            space,
            plot,
            metadata,
            piece_cache,
            sectors: Vec::new(),
            _identity_file: identity_file,
        };
        farm.sectors = (0..space.sectors)
            .map(|sector_index| {
                Ok(SectorSlot {
                    metadata: RwLock::new(farm.read_metadata(sector_index)?),
                    expires_at: AtomicU64::new(u64::MAX),
                })
            })
            .collect::<Result<_, FarmError>>()?;
        Ok(farm)
    }

    /// Reads the metadata of a sector. What is corrupt counts as not plotted, and is named.
    fn read_metadata(
        &self,
        sector_index: SectorIndex,
    ) -> Result<Option<SectorMetadata>, FarmError> {
        let path = self.path.join(METADATA_FILE_NAME);
        let mut bytes = vec![0; self.layout.sector_metadata_size()];
        self.metadata
            .read_at(&mut bytes, self.space.metadata_offset(sector_index))
            .map_err(FarmError::io("read", &path))?;
        if bytes.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        let metadata = match SectorMetadata::from_bytes(&self.layout, sector_index, &bytes) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.warn_of_corruption(sector_index, &error);
                return Ok(None);
            }
        };
        let sector = Sector::new(
            &self.layout,
            &self.info.public_key,
            &metadata,
            self.section(sector_index),
        );
        if let Err(error) = sector.check_written() {
            self.warn_of_corruption(sector_index, &error);
            return Ok(None);
        }
        Ok(Some(metadata))
    }

    fn warn_of_corruption(&self, sector_index: SectorIndex, error: &dyn std::error::Error) {
        warn!(
            target: "farmer::farm",
            path = %self.path.display(),
            sector_index,
            offset = self.space.sector_offset(sector_index),
            error = %error,
            "Sector cannot be used and is plotted again"
        );
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the farm is.
    pub fn info(&self) -> &FarmInfo {
        &self.info
    }

    /// The key of the farm.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Layout of the sectors.
    pub fn layout(&self) -> &SectorLayout {
        &self.layout
    }

    /// Division of the space.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The pieces that are cached.
    pub fn piece_cache(&self) -> &PieceCache {
        &self.piece_cache
    }

    /// How many sectors are in which state when history has this size. One that is being written is not plotted.
    pub fn counts(&self, history_size: HistorySize) -> SectorCounts {
        let mut counts = SectorCounts {
            total: self.space.sectors,
            ..SectorCounts::default()
        };
        for slot in &self.sectors {
            let is_plotted = slot
                .metadata
                .try_read()
                .is_some_and(|metadata| metadata.is_some());
            if !is_plotted {
                continue;
            }
            if slot.is_valid(history_size) {
                counts.plotted += 1;
            } else {
                counts.expired += 1;
            }
        }
        counts
    }

    /// Metadata of a sector, if it is plotted.
    pub fn sector_metadata(&self, sector_index: SectorIndex) -> Option<SectorMetadata> {
        self.sectors
            .get(usize::from(sector_index))?
            .metadata
            .read()
            .clone()
    }

    /// The sector, if it is plotted and not being written: a proof cannot wait as long as that takes.
    pub fn sector(&self, sector_index: SectorIndex) -> Option<PlottedSector<'_>> {
        let slot = self.sectors.get(usize::from(sector_index))?;
        let metadata = slot.metadata.try_read()?;
        metadata.is_some().then_some(PlottedSector {
            farm: self,
            sector_index,
            metadata,
        })
    }

    /// All sectors that are valid when history has this size and are not being written.
    pub fn valid_sectors(&self, history_size: HistorySize) -> Vec<PlottedSector<'_>> {
        self.sectors
            .iter()
            .zip(0..)
            .filter(|(slot, _)| slot.is_valid(history_size))
            .filter_map(|(slot, sector_index)| {
                let metadata = slot.metadata.try_read()?;
                metadata.is_some().then_some(PlottedSector {
                    farm: self,
                    sector_index,
                    metadata,
                })
            })
            .collect()
    }

    /// Learns when sectors expire, as far as the roots of the segments that decide it are known. One that is being written
    /// is passed over.
    pub fn update_expirations(
        &self,
        mut segment_root: impl FnMut(SegmentIndex) -> Option<SegmentRoot>,
    ) {
        for (slot, sector_index) in self.sectors.iter().zip(0..) {
            let Some(metadata) = slot.metadata.try_read() else {
                continue;
            };
            let expires_at = metadata.as_ref().and_then(|metadata| {
                let history_size = metadata.history_size();
                let root = segment_root(SectorId::expiration_segment(
                    self.layout.params(),
                    history_size,
                )?)?;
                SectorId::new(&self.info.public_key, sector_index, history_size).expiration(
                    self.layout.params(),
                    history_size,
                    &root,
                )
            });
            slot.expires_at.store(
                expires_at.map_or(u64::MAX, HistorySize::get),
                Ordering::Relaxed,
            );
        }
    }

    /// The sector to plot next when history has this size: one that is not plotted, else one that expired, else one that
    /// expires with the next segment. One that is being written counts as plotted.
    pub fn next_to_plot(&self, history_size: HistorySize) -> Option<SectorIndex> {
        let first = |wanted: &dyn Fn(&SectorSlot) -> bool| {
            self.sectors
                .iter()
                .zip(0..)
                .find(|(slot, _)| wanted(slot))
                .map(|(_, sector_index)| sector_index)
        };
        let is_free = |slot: &SectorSlot| {
            let metadata = slot.metadata.try_read();
            metadata.is_some_and(|metadata| metadata.is_none())
        };
        first(&is_free)
            .or_else(|| first(&|slot| !slot.is_valid(history_size)))
            .or_else(|| {
                let next = HistorySize::new(history_size.get().checked_add(1)?)?;
                first(&|slot| !slot.is_valid(next))
            })
    }

    /// Writes a sector in place of what is there. Waits for those who read it.
    ///
    /// # Errors
    ///
    /// [`FarmError::Io`]; the sector is not plotted then.
    pub fn write_sector(
        &self,
        sector_index: SectorIndex,
        sector: &EncodedSector,
    ) -> Result<(), FarmError> {
        let Some(slot) = self.sectors.get(usize::from(sector_index)) else {
            return Ok(());
        };
        let mut metadata = slot.metadata.write();
        *metadata = None;
        // Always: metadata that were refused when the farm was opened are still on disk
        self.clear_metadata(sector_index)?;
        slot.expires_at.store(u64::MAX, Ordering::Relaxed);

        let plot_path = self.path.join(PLOT_FILE_NAME);
        let failed = FarmError::io("write", &plot_path);
        let mut out = BufWriter::with_capacity(
            WRITE_BUFFER_SIZE,
            WriteFrom {
                file: &self.plot,
                offset: self.space.sector_offset(sector_index),
            },
        );
        let written = sector.write_to(&mut out).map_err(&failed)?;
        out.flush().map_err(&failed)?;
        drop(out);
        self.plot.sync_data().map_err(&failed)?;

        let metadata_path = self.path.join(METADATA_FILE_NAME);
        let failed = FarmError::io("write", &metadata_path);
        write_all_at(
            &self.metadata,
            &written.to_bytes(&self.layout),
            self.space.metadata_offset(sector_index),
        )
        .map_err(&failed)?;
        self.metadata.sync_data().map_err(&failed)?;
        *metadata = Some(written);
        Ok(())
    }

    /// Gives a sector up, so that it is plotted again.
    ///
    /// # Errors
    ///
    /// [`FarmError::Io`]; the sector is not used any more all the same.
    pub fn discard_sector(&self, sector_index: SectorIndex) -> Result<(), FarmError> {
        let Some(slot) = self.sectors.get(usize::from(sector_index)) else {
            return Ok(());
        };
        let mut metadata = slot.metadata.write();
        *metadata = None;
        self.clear_metadata(sector_index)
    }

    fn clear_metadata(&self, sector_index: SectorIndex) -> Result<(), FarmError> {
        let path = self.path.join(METADATA_FILE_NAME);
        let failed = FarmError::io("write", &path);
        write_all_at(
            &self.metadata,
            &vec![0; self.layout.sector_metadata_size()],
            self.space.metadata_offset(sector_index),
        )
        .map_err(&failed)?;
        self.metadata.sync_data().map_err(&failed)
    }

    /// Forgets cached pieces that are not intact. Returns how many these are.
    pub fn scrub_piece_cache(&self) -> usize {
        self.piece_cache.scrub()
    }

    fn section(&self, sector_index: SectorIndex) -> Section<&File> {
        Section::new(
            &self.plot,
            self.space.sector_offset(sector_index),
            self.layout.sector_size(),
        )
    }
}

impl SectorSlot {
    /// Whether solutions of the sector are valid when history has this size.
    fn is_valid(&self, history_size: HistorySize) -> bool {
        self.expires_at.load(Ordering::Relaxed) > history_size.get()
    }
}

impl PlottedSector<'_> {
    /// The sector, to audit, prove and read.
    pub fn get(&self) -> Option<Sector<'_, Section<&File>>> {
        Some(Sector::new(
            &self.farm.layout,
            &self.farm.info.public_key,
            self.metadata.as_ref()?,
            self.farm.section(self.sector_index),
        ))
    }

    /// Checks every byte of the sector.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn scrub(&self) -> Result<(), SectorError> {
        self.get().map_or(Ok(()), |sector| sector.scrub())
    }
}

/// Takes the lock of a farm, which lasts until `identity_file` is closed.
fn lock(path: &Path, identity_file: &File) -> Result<(), FarmError> {
    match identity_file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(FarmError::Locked {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(FarmError::io("lock", path)(error)),
    }
}

/// Refuses to make a new key for sectors of an old one.
fn require_identity(path: &Path) -> Result<(), FarmError> {
    if !exists(&path.join(identity::FILE_NAME))? {
        return Err(FarmError::Incomplete {
            path: path.to_owned(),
            missing: identity::FILE_NAME,
        });
    }
    Ok(())
}

fn check_network(path: &Path, info: &FarmInfo, node: &FarmerAppInfo) -> Result<(), FarmError> {
    if info.genesis_hash != node.genesis_hash {
        return Err(FarmError::WrongGenesis {
            path: path.to_owned(),
            farm: info.genesis_hash,
            node: node.genesis_hash,
        });
    }
    // Others may change with the network
    let layout = |params: &ConsensusParams| {
        (
            params.chunks_per_record,
            params.source_records_per_segment,
            params.proof_of_space_k,
            params.pieces_in_sector,
        )
    };
    if layout(&info.params) != layout(&node.params) {
        return Err(FarmError::WrongParams {
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn check_key(path: &Path, info: &FarmInfo, identity: &Identity) -> Result<(), FarmError> {
    if info.public_key != identity.public_key() {
        return Err(FarmError::WrongKey {
            path: path.to_owned(),
            described: info.public_key,
            actual: identity.public_key(),
        });
    }
    Ok(())
}

fn exists(path: &Path) -> Result<bool, FarmError> {
    fs::exists(path).map_err(FarmError::io("read", path))
}
