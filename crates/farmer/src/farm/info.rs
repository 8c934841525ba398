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
        let corrupt = |cause: String| FarmError::Info {
            path: path.clone(),
            cause,
        };
        if length > MAX_SIZE {
            return Err(corrupt(format!("it has {length} bytes")));
        }
        let bytes = fs::read(&path).map_err(FarmError::io("read", &path))?;
        let Checked {
            farm,
            checksum: written,
        } = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
        if farm.checksum() != written {
            return Err(corrupt("it does not have its checksum".to_owned()));
        }
        if farm.version != VERSION {
            return Err(corrupt(format!(
                "it is of version {}, and this program knows version {VERSION}",
                farm.version
            )));
        }
        Ok(Some(farm))
    }

    /// Replaces the description in the directory `farm`, at once or not at all.
    pub(super) fn write(&self, farm: &Path) -> Result<(), FarmError> {
        let path = farm.join(FILE_NAME);
        let failed = FarmError::io("write", &path);
        let new_path = farm.join(format!("{FILE_NAME}.new"));
        let mut bytes = serde_json::to_vec_pretty(&Checked {
            farm: self.clone(),
            checksum: self.checksum(),
        })
        .map_err(|error| failed(error.into()))?;
        bytes.push(b'\n');
        let mut file = File::create(&new_path).map_err(&failed)?;
        file.write_all(&bytes).map_err(&failed)?;
        file.sync_all().map_err(&failed)?;
        fs::rename(&new_path, &path).map_err(&failed)?;
        sync_directory(farm)
    }

    fn checksum(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
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
