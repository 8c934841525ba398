//! The runtime of the consensus chain.
//!
//! It orders and stores; farmers secure it with proofs that they keep its history ([`pallet_poas`]), which the client
//! verifies before a block is executed. Everything else is stock: accounts, signatures and transactions are those that
//! every Substrate wallet knows, and no host function is needed beyond `sp_io::SubstrateHostFunctions`.
//!
//! The node links no runtime. It embeds the WebAssembly that `autonomys-runtime-blobs` builds from this crate, and takes
//! genesis from the presets in [`genesis`]. Compiled natively this crate serves tests only.
//!
//! Pallet names, their indices, the calls in them and the order of transaction extensions are what wallets sign: changing
//! one needs a new `transaction_version`.
//!
//! Golden vectors: `test/vectors/network-tag.json`.

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "512"]
#![allow(
    missing_docs,
    reason = "the macro that makes the runtime documents none of what it generates, here at the root of the crate"
)]

extern crate alloc;

mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod configs;
pub mod genesis;
#[cfg(test)]
mod tests;

pub use apis::{RUNTIME_API_VERSIONS, RuntimeApi};
pub use configs::{ProxyType, RuntimeBlockLength, RuntimeBlockWeights};

use alloc::borrow::Cow;
use alloc::vec::Vec;
use autonomys_runtime_primitives::{AccountId, Address, Header, Signature};
use frame_support::traits::Get;
use sp_runtime::generic;
use sp_runtime::type_with_default::TypeWithDefault;
use sp_version::RuntimeVersion;

/// Name, version and interfaces of the runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("autonomys"),
    impl_name: Cow::Borrowed("autonomys"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    // State and extrinsics roots both of trie layout V1
    system_version: 2,
};

/// Nonce of an account that does not exist yet: the number of the block it is created in. Were it zero, then whoever got
/// hold of an old transaction could repeat it once the account has been reaped and funded again.
#[derive(Debug)]
pub struct DefaultNonce;

impl Get<autonomys_runtime_primitives::Nonce> for DefaultNonce {
    fn get() -> autonomys_runtime_primitives::Nonce {
        System::block_number()
    }
}

/// Number of transactions an account has signed, counted from [`DefaultNonce`]. Outside it is a plain 32-bit integer.
pub type Nonce = TypeWithDefault<autonomys_runtime_primitives::Nonce, DefaultNonce>;

/// What is checked of a transaction, in this order, and what it signs besides its call. The order is that of current
/// SDK runtimes: authorization first, so that the checks after it know who pays; reclaimed weight last.
pub type TransactionExtensions = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);

/// Extrinsic as it is in a block.
pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TransactionExtensions>;

/// What a transaction signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TransactionExtensions>;

/// Block of the chain.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// Executes blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;

    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;

    #[runtime::pallet_index(2)]
    pub type Poas = pallet_poas;

    #[runtime::pallet_index(4)]
    pub type Rewards = pallet_rewards;

    #[runtime::pallet_index(5)]
    pub type Balances = pallet_balances;

    // After Poas and Balances: its genesis and the end of a block read both
    #[runtime::pallet_index(6)]
    pub type TransactionFees = pallet_transaction_fees;

    #[runtime::pallet_index(7)]
    pub type TransactionPayment = pallet_transaction_payment;

    #[runtime::pallet_index(8)]
    pub type Utility = pallet_utility;

    #[runtime::pallet_index(9)]
    pub type Multisig = pallet_multisig;

    #[runtime::pallet_index(10)]
    pub type Proxy = pallet_proxy;

    // 12 Domains, 30 Mmr, 31 MmrRoots, 60 Messenger and 61 Transporter are reserved

    #[runtime::pallet_index(100)]
    pub type Sudo = pallet_sudo;
}
