//! `farm.json`: what a farm is, for people and programs.

use super::FarmError;
use autonomys_core_primitives::{BlockHash, ConsensusParams, PublicKey};
use autonomys_farmer_components::checksum;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Name of the file.
pub(super) const FILE_NAME: &str = "farm.json";

/// Version of the files of a farm.
const VERSION: u8 = 0;

/// Longest description that is read.
const MAX_SIZE: u64 = 64 * 1024;

/// Description of a farm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FarmInfo {
    /// Version of the files.
    pub version: u8,
    /// Genesis of the network that the farm is for.
    pub genesis_hash: BlockHash,
    /// Key that the sectors are plotted for.
    pub public_key: PublicKey,
    /// Bytes that the farm may take.
    pub size: u64,
    /// Parameters of the network, by which the files are laid out.
    pub params: ConsensusParams,
}

/// Why bytes are not the description of a farm.
#[derive(Debug, thiserror::Error)]
pub enum FarmInfoError {
    /// Longer than a description can be.
    #[error("it has {0} bytes")]
    Size(u64),
    /// Not the JSON of a description.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Not what was written.
    #[error("it does not have its checksum")]
    Checksum,
    /// Written by another version of the farmer.
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    Version(u8),
}

#[derive(Serialize, Deserialize)]
struct Checked {
    farm: FarmInfo,
    /// Hex of the checksum of `farm` as compact JSON, its fields in their order.
    checksum: String,
}

impl FarmInfo {
    pub(super) fn new(
        genesis_hash: BlockHash,
        public_key: PublicKey,
        size: u64,
        params: ConsensusParams,
    ) -> Self {
        Self {
            version: VERSION,
            genesis_hash,
            public_key,
            size,
            params,
        }
    }

    /// Reads the description in the directory `farm`; nothing if there is none.
    pub(super) fn read(farm: &Path) -> Result<Option<Self>, FarmError> {
        let path = farm.join(FILE_NAME);
        let length = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FarmError::io("read", &path)(error)),
        };
        let corrupt = |cause| FarmError::Info {
            path: path.clone(),
            cause,
        };
        if length > MAX_SIZE {
            return Err(corrupt(FarmInfoError::Size(length)));
        }
        let bytes = fs::read(&path).map_err(FarmError::io("read", &path))?;
        Self::from_bytes(&bytes).map(Some).map_err(corrupt)
    }

    /// Reads a description from the bytes of its file.
    ///
    /// # Errors
    ///
    /// [`FarmInfoError`] unless it has its checksum and a version that this program knows. The parameters in it are not
    /// validated.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FarmInfoError> {
        let Checked {
            farm,
            checksum: written,
        } = serde_json::from_slice(bytes)?;
        if farm.checksum() != written {
            return Err(FarmInfoError::Checksum);
        }
        if farm.version != VERSION {
            return Err(FarmInfoError::Version(farm.version));
        }
        Ok(farm)
    }

    /// The bytes of the file: JSON for people to read, with its checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(&Checked {
            farm: self.clone(),
            checksum: self.checksum(),
        })
        .expect("structs of numbers and strings have JSON; qed");
        bytes.push(b'\n');
        bytes
    }

    /// Replaces the description in the directory `farm`, at once or not at all.
    pub(super) fn write(&self, farm: &Path) -> Result<(), FarmError> {
        let path = farm.join(FILE_NAME);
        let failed = FarmError::io("write", &path);
        let new_path = farm.join(format!("{FILE_NAME}.new"));
        let mut file = File::create(&new_path).map_err(&failed)?;
        file.write_all(&self.to_bytes()).map_err(&failed)?;
        file.sync_all().map_err(&failed)?;
        fs::rename(&new_path, &path).map_err(&failed)?;
        sync_directory(farm)
    }

    fn checksum(&self) -> String {
        let bytes =
            serde_json::to_vec(self).expect("structs of numbers and strings have JSON; qed");
        hex::encode(checksum(&bytes))
    }
}

/// Makes the names of new files in a directory safe on disk.
pub(super) fn sync_directory(path: &Path) -> Result<(), FarmError> {
    // Elsewhere a directory cannot be opened, and names are safe without
    if cfg!(unix) {
        File::open(path)
            .and_then(|directory| directory.sync_all())
            .map_err(FarmError::io("write", path))?;
    }
    Ok(())
}
