//! Names of pallets and storage keys that one chain knows of another.
//!
//! The consensus chain writes into a domain's genesis, disputes read a domain's state, and messages read the state of
//! either. So these names and hashers are fixed for all runtimes; a test in each runtime compares its own with them.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_io::hashing::{blake2_128, twox_64, twox_128};

use crate::{AccountId, DomainId};

/// Names of pallets as they stand in `construct_runtime`.
pub mod pallets {
    /// Stock system pallet, everywhere.
    pub const SYSTEM: &str = "System";
    /// Stock balances pallet, everywhere.
    pub const BALANCES: &str = "Balances";
    /// Stock timestamp pallet, everywhere.
    pub const TIMESTAMP: &str = "Timestamp";
    /// Own id of a domain.
    pub const SELF_DOMAIN_ID: &str = "SelfDomainId";
    /// Executive of a domain.
    pub const EXECUTIVE: &str = "ExecutivePallet";
    /// Fees of a domain.
    pub const BLOCK_FEES: &str = "BlockFees";
    /// Calls that the consensus chain's Root sends to a domain.
    pub const DOMAIN_SUDO: &str = "DomainSudo";
    /// Money between chains, everywhere.
    pub const TRANSPORTER: &str = "Transporter";
    /// Messages between chains, everywhere.
    pub const MESSENGER: &str = "Messenger";
    /// Domains, on the consensus chain.
    pub const DOMAINS: &str = "Domains";
    /// Stock Merkle mountain range, on the consensus chain.
    pub const MMR: &str = "Mmr";
    /// Its roots by block, on the consensus chain.
    pub const MMR_ROOTS: &str = "MmrRoots";
    /// Identities, on auto-id.
    pub const AUTO_ID: &str = "AutoId";
}

/// A storage value that other chains know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageValue {
    /// Name of the pallet.
    pub pallet: &'static str,
    /// Name of the item.
    pub item: &'static str,
}

impl StorageValue {
    const fn new(pallet: &'static str, item: &'static str) -> Self {
        Self { pallet, item }
    }

    /// The storage key: Twox-128 of the pallet ‖ Twox-128 of the item. Of a map, what all its keys start with.
    pub fn key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        let (pallet, item) = key.split_at_mut(16);
        pallet.copy_from_slice(&twox_128(self.pallet.as_bytes()));
        item.copy_from_slice(&twox_128(self.item.as_bytes()));
        key
    }
}

/// How the key of a map is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHasher {
    /// Not at all: for keys that the chain gives out itself.
    Identity,
    /// Twox-64, then the key.
    Twox64Concat,
    /// BLAKE2b-128, then the key: for keys that anyone can choose.
    Blake2_128Concat,
}

/// A storage map that other chains know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageMap {
    /// Pallet and name.
    pub prefix: StorageValue,
    /// How keys are hashed.
    pub hasher: KeyHasher,
}

impl StorageMap {
    const fn new(pallet: &'static str, item: &'static str, hasher: KeyHasher) -> Self {
        Self {
            prefix: StorageValue::new(pallet, item),
            hasher,
        }
    }

    /// The storage key of an entry.
    pub fn key(&self, key: &impl Encode) -> Vec<u8> {
        let mut storage_key = self.prefix.key().to_vec();
        key.using_encoded(|key| {
            match self.hasher {
                KeyHasher::Identity => {}
                KeyHasher::Twox64Concat => storage_key.extend(twox_64(key)),
                KeyHasher::Blake2_128Concat => storage_key.extend(blake2_128(key)),
            }
            storage_key.extend(key);
        });
        storage_key
    }
}

/// Accounts with their balances; `AccountId` → `AccountInfo`.
pub const SYSTEM_ACCOUNT: StorageMap =
    StorageMap::new(pallets::SYSTEM, "Account", KeyHasher::Blake2_128Concat);
/// Digest of the block; `Digest`.
pub const SYSTEM_DIGEST: StorageValue = StorageValue::new(pallets::SYSTEM, "Digest");
/// Issuance; `Balance`.
pub const TOTAL_ISSUANCE: StorageValue = StorageValue::new(pallets::BALANCES, "TotalIssuance");
/// On a domain: its id; `DomainId`.
pub const SELF_DOMAIN_ID: StorageValue = StorageValue::new(pallets::SELF_DOMAIN_ID, "SelfDomainId");
/// On a domain: the network it belongs to; `NetworkTag`.
pub const NETWORK_TAG: StorageValue = StorageValue::new(pallets::SELF_DOMAIN_ID, "NetworkTag");
/// On a domain: what the users paid in the block; `BlockFees`, written in every block.
pub const COLLECTED_BLOCK_FEES: StorageValue =
    StorageValue::new(pallets::BLOCK_FEES, "CollectedBlockFees");
/// On a domain: what moved between chains in the block; `Transfers`, written in every block.
pub const CHAIN_TRANSFERS: StorageValue = StorageValue::new(pallets::TRANSPORTER, "ChainTransfers");
/// On the consensus chain: what the block hands a domain; `DomainId` → `DomainInherentData`.
pub const DOMAIN_INHERENT_DATA: StorageMap =
    StorageMap::new(pallets::DOMAINS, "DomainInherentData", KeyHasher::Identity);
/// On the consensus chain: the bundles of a domain in the block, in their order; `DomainId` → hashes of bundles.
pub const SUCCESSFUL_BUNDLES: StorageMap =
    StorageMap::new(pallets::DOMAINS, "SuccessfulBundles", KeyHasher::Identity);
/// On the consensus chain: the last confirmed receipt; `DomainId` → `ExecutionReceipt`.
pub const LATEST_CONFIRMED_RECEIPT: StorageMap = StorageMap::new(
    pallets::DOMAINS,
    "LatestConfirmedReceipt",
    KeyHasher::Identity,
);
/// On the consensus chain: roots of the Merkle mountain range; block number → `Hash`.
pub const MMR_ROOT_HASHES: StorageMap =
    StorageMap::new(pallets::MMR_ROOTS, "MmrRootHashes", KeyHasher::Twox64Concat);

/// The storage key of an account of a domain or of the consensus chain.
pub fn account_key(account: &AccountId) -> Vec<u8> {
    SYSTEM_ACCOUNT.key(account)
}

/// The storage key of what a consensus block hands a domain.
pub fn inherent_data_key(domain_id: DomainId) -> Vec<u8> {
    DOMAIN_INHERENT_DATA.key(&domain_id)
}

/// Decodes a value that was read from a storage proof; nothing may be left over.
pub fn decode_value<T: Decode>(value: &[u8]) -> Option<T> {
    codec::DecodeAll::decode_all(&mut &*value).ok()
}

#[cfg(test)]
mod tests;
