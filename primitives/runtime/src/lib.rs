//! Account, balance and block types shared by the runtimes and their clients.
//!
//! They are those that every Substrate wallet knows: 32-byte accounts, `MultiSignature`, 32-bit block numbers and
//! nonces, BLAKE2 block hashes.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

use sp_runtime::generic;
use sp_runtime::traits::{BlakeTwo256, IdentifyAccount, Verify};
use sp_runtime::{MultiAddress, MultiSignature};

/// Height of a block.
pub type BlockNumber = u32;
/// Hash of a block, of an extrinsic, of state.
pub type Hash = sp_core::H256;
/// The hash function of all of these.
pub type Hashing = BlakeTwo256;
/// Amount of Auto Coin in shannon.
pub type Balance = u128;
/// Number of transactions an account has signed.
pub type Nonce = u32;
/// Signature of a transaction.
pub type Signature = MultiSignature;
/// An account.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// Header of a block.
pub type Header = generic::Header<BlockNumber, Hashing>;

/// Block whose extrinsics are bytes, for clients that link no runtime.
pub mod opaque {
    use super::Header;

    /// Block whose extrinsics are bytes.
    pub type Block = sp_runtime::generic::Block<Header, sp_runtime::OpaqueExtrinsic>;
    /// Identifier of a block.
    pub type BlockId = sp_runtime::generic::BlockId<Block>;
}

/// One Auto Coin in shannon.
pub const AUTO_COIN: Balance = 1_000_000_000_000_000_000;
/// Symbol of Auto Coin.
pub const TOKEN_SYMBOL: &str = "ATC";
/// Decimals of Auto Coin.
pub const TOKEN_DECIMALS: u8 = 18;
/// SS58 prefix of addresses.
pub const SS58_PREFIX: u16 = 6094;
/// Least balance of an account: 10¹³ shannon.
pub const EXISTENTIAL_DEPOSIT: Balance = 10_000_000_000_000;
