//! The key of a farm.
//!
//! `identity.bin`, readable by its owner only:
//!
//! | offset | length | content |
//! |---|---|---|
//! | 0 | 1 | version, 0 |
//! | 1 | 32 | seed of the schnorrkel key pair (mini secret key, expanded as Ed25519 keys are, like the seeds of Substrate) |
//! | 33 | 32 | checksum of everything before |
//!
//! Sectors are plotted for this key: without it a farm is worthless, and whoever has it can seal blocks with the farm's
//! solutions. Rewards go to another address, so a thief of the key cannot spend them.

use super::FarmError;
use autonomys_core_primitives::farming::{BlockHash, SealRequest, SealResponse};
use autonomys_core_primitives::solutions::PublicKey;
use autonomys_farmer_components::{CHECKSUM_SIZE, checked, checksum};
use autonomys_verification::sign_seal;
use rand::TryRngCore;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Name of the file.
pub(super) const FILE_NAME: &str = "identity.bin";

const VERSION: u8 = 0;
const SEED_SIZE: usize = 32;
const FILE_SIZE: usize = 1 + SEED_SIZE + CHECKSUM_SIZE;

/// The key pair of a farm.
#[derive(Clone)]
pub struct Identity {
    keypair: Keypair,
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// The identity with this seed.
    pub fn from_seed(seed: &[u8; SEED_SIZE]) -> Self {
        let mini_secret_key =
            MiniSecretKey::from_bytes(seed).expect("any 32 bytes are a mini secret key; qed");
        Self {
            keypair: mini_secret_key.expand_to_keypair(ExpansionMode::Ed25519),
        }
    }

    /// The key that sectors are plotted for.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.keypair.public.to_bytes())
    }

    /// Seals a block.
    pub fn seal(&self, genesis_hash: &BlockHash, request: &SealRequest) -> SealResponse {
        SealResponse {
            pre_hash: request.pre_hash,
            seal: sign_seal(&self.keypair, genesis_hash, &request.pre_hash),
        }
    }

    /// The bytes of the file of the identity with this seed.
    pub fn file_bytes(seed: &[u8; SEED_SIZE]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_SIZE));
        bytes.push(VERSION);
        bytes.extend_from_slice(seed);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// The identity whose file has these bytes; `None` if it is corrupt or of another version.
    pub fn from_file_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != FILE_SIZE {
            return None;
        }
        let (&VERSION, seed) = checked(bytes)?.split_first()? else {
            return None;
        };
        let seed: Zeroizing<[u8; SEED_SIZE]> = Zeroizing::new(seed.try_into().ok()?);
        Some(Self::from_seed(&seed))
    }

    /// Opens the file, which only its owner may read; makes an empty one if it does not exist and `create` says so.
    pub(super) fn open_file(path: &Path, create: bool) -> Result<File, FarmError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(FarmError::io("open", path))
    }

    /// Writes a new identity over what is in the file.
    pub(super) fn create(file: &mut File, path: &Path) -> Result<Self, FarmError> {
        let failed = FarmError::io("write", path);
        let mut seed = Zeroizing::new([0; SEED_SIZE]);
        rand::rngs::OsRng
            .try_fill_bytes(&mut *seed)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let bytes = Self::file_bytes(&seed);
        file.set_len(0).map_err(&failed)?;
        file.rewind().map_err(&failed)?;
        file.write_all(&bytes).map_err(&failed)?;
        file.sync_all().map_err(&failed)?;
        Ok(Self::from_seed(&seed))
    }

    /// Reads an identity.
    pub(super) fn read(file: &mut File, path: &Path) -> Result<Self, FarmError> {
        // One more than there should be, so that a longer file is noticed
        let mut bytes = Zeroizing::new([0; FILE_SIZE + 1]);
        let mut length = 0;
        while length < bytes.len() {
            match file
                .read(&mut bytes[length..])
                .map_err(FarmError::io("read", path))?
            {
                0 => break,
                read => length += read,
            }
        }
        bytes
            .get(..length)
            .and_then(Self::from_file_bytes)
            .ok_or_else(|| FarmError::Identity {
                path: path.to_owned(),
            })
    }
}
