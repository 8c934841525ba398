//! Execution receipts: claims about domain blocks.
//!
//! The receipts of a domain form one chain, from the genesis receipt on. Each field is either checked when the receipt
//! comes on chain, or can be proven wrong afterwards.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Deref;
use scale_info::TypeInfo;
use sp_runtime::traits::{BlakeTwo256, Hash as _};

use crate::genesis::genesis_header;
use crate::limits::{MAX_BUNDLES_PER_BLOCK, MAX_TRACE_LENGTH, MIN_TRACE_LENGTH};
use crate::{Balance, BlockNumber, BundleInvalidity, ChainAmounts, ChainId, DomainId, Hash};

/// A claim about one block of a domain.
///
/// Its hash is BLAKE2b-256 of its SCALE encoding, version included.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", tag = "version", content = "receipt")
)]
pub enum ExecutionReceipt {
    /// The first version.
    #[codec(index = 0)]
    V0(ExecutionReceiptV0),
}

/// The first version of [`ExecutionReceipt`].
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct ExecutionReceiptV0 {
    /// The domain.
    pub domain_id: DomainId,
    /// Height of the domain block.
    pub domain_block_number: BlockNumber,
    /// Hash of the domain block.
    pub domain_block_hash: Hash,
    /// Root of the trie of its extrinsics.
    pub domain_block_extrinsics_root: Hash,
    /// Hash of the receipt of its parent; zero in the genesis receipt.
    pub parent_receipt_hash: Hash,
    /// Height of the consensus block that the domain block is derived from.
    pub consensus_block_number: BlockNumber,
    /// Hash of that consensus block; zero in the genesis receipt.
    pub consensus_block_hash: Hash,
    /// The bundles of the domain in that consensus block, in their order. None if the block is there for a runtime
    /// upgrade only.
    pub inboxed_bundles: BoundedVec<InboxedBundle, ConstU32<MAX_BUNDLES_PER_BLOCK>>,
    /// State root of the domain block.
    pub final_state_root: Hash,
    /// State roots after initialisation, after each extrinsic and after finalisation. The last is the final one.
    pub execution_trace: BoundedVec<Hash, ConstU32<MAX_TRACE_LENGTH>>,
    /// What the users paid.
    pub block_fees: BlockFees,
    /// What moved between chains.
    pub transfers: Transfers,
}

/// A bundle in the consensus block that a domain block is derived from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct InboxedBundle {
    /// What it was found to be.
    pub status: BundleStatus,
    /// Root of the trie of its extrinsics, as in its header.
    pub extrinsics_root: Hash,
}

/// What a bundle was found to be.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub enum BundleStatus {
    /// Its transactions are part of the domain block. The hash is that of [`crate::order::bundle_digest`].
    #[codec(index = 0)]
    Valid(Hash),
    /// Its transactions are not part of the domain block, for this reason: the first in the order of
    /// [`BundleInvalidity::order_key`].
    #[codec(index = 1)]
    Invalid(BundleInvalidity),
}

/// What the users of a domain paid in a block, in shannon. All of it left their balances on the domain.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct BlockFees {
    /// For storage on the consensus chain: goes back to the storage funds of the bundles' authors.
    #[cfg_attr(feature = "std", serde(with = "crate::json::amount"))]
    pub consensus_storage_fee: Balance,
    /// For execution: goes to the operators.
    #[cfg_attr(feature = "std", serde(with = "crate::json::amount"))]
    pub domain_execution_fee: Balance,
    /// Burned.
    #[cfg_attr(feature = "std", serde(with = "crate::json::amount"))]
    pub burned_balance: Balance,
    /// Fees of messages, by the chain whose block makers they go to.
    pub chain_rewards: ChainAmounts,
}

impl BlockFees {
    /// What leaves the balance of the domain; `None` if it overflows.
    pub fn total(&self) -> Option<Balance> {
        self.consensus_storage_fee
            .checked_add(self.domain_execution_fee)?
            .checked_add(self.burned_balance)?
            .checked_add(self.chain_rewards.total()?)
    }
}

/// What moved between a domain and other chains in a block, in shannon by the other chain.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct Transfers {
    /// Received, by sender.
    pub transfers_in: ChainAmounts,
    /// Sent, by recipient.
    pub transfers_out: ChainAmounts,
    /// Sent by this domain, rejected by the recipient and taken back, by recipient.
    pub rejected_transfers_claimed: ChainAmounts,
    /// Sent to this domain and rejected by it, by sender.
    pub transfers_rejected: ChainAmounts,
}

impl Transfers {
    /// Whether no transfer is between `own_chain` and itself.
    pub fn exclude(&self, own_chain: ChainId) -> bool {
        [
            &self.transfers_in,
            &self.transfers_out,
            &self.rejected_transfers_claimed,
            &self.transfers_rejected,
        ]
        .iter()
        .all(|amounts| amounts.get(own_chain) == 0)
    }
}

/// Why a receipt contradicts itself, whatever the chain says.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    thiserror::Error,
)]
pub enum ReceiptError {
    /// It is for block 0, whose receipt the consensus chain makes itself.
    #[error("a receipt for block 0; only the consensus chain makes that one")]
    Genesis,
    /// Its trace cannot be that of a block.
    #[error("a trace of {0} state roots; there are at least {MIN_TRACE_LENGTH}")]
    TraceTooShort(u32),
    /// Its trace ends with another state root than the final one.
    #[error("the last state root of the trace is not the final state root")]
    FinalStateRoot,
    /// It has transfers between the domain and itself.
    #[error("a transfer from the domain to itself")]
    OwnTransfer,
    /// Its fees or transfers add up to more than there can be.
    #[error("amounts that overflow")]
    Overflow,
}

impl ExecutionReceipt {
    /// The receipt of the genesis block of a domain that was instantiated in consensus block `consensus_block_number`.
    /// The consensus chain makes it; nobody executed it and nobody disputes it.
    pub fn genesis(
        domain_id: DomainId,
        state_root: Hash,
        consensus_block_number: BlockNumber,
    ) -> Self {
        let header = genesis_header(state_root);
        Self::V0(ExecutionReceiptV0 {
            domain_id,
            domain_block_number: 0,
            domain_block_hash: header.hash(),
            domain_block_extrinsics_root: header.extrinsics_root,
            parent_receipt_hash: Hash::zero(),
            consensus_block_number,
            consensus_block_hash: Hash::zero(),
            inboxed_bundles: BoundedVec::new(),
            final_state_root: state_root,
            execution_trace: BoundedVec::truncate_from([state_root].into()),
            block_fees: BlockFees::default(),
            transfers: Transfers::default(),
        })
    }

    /// Hash of the receipt.
    pub fn hash(&self) -> Hash {
        BlakeTwo256::hash_of(self)
    }

    /// Checks all that needs no state. To be called when the receipt comes on chain: what is found only at confirmation
    /// halts the domain.
    pub fn check(&self) -> Result<(), ReceiptError> {
        if self.domain_block_number == 0 {
            return Err(ReceiptError::Genesis);
        }
        let trace_length = u32::try_from(self.execution_trace.len()).unwrap_or(u32::MAX);
        if trace_length < MIN_TRACE_LENGTH {
            return Err(ReceiptError::TraceTooShort(trace_length));
        }
        if self.execution_trace.last() != Some(&self.final_state_root) {
            return Err(ReceiptError::FinalStateRoot);
        }
        if !self.transfers.exclude(self.domain_id.into()) {
            return Err(ReceiptError::OwnTransfer);
        }
        let Transfers {
            transfers_in,
            transfers_out,
            rejected_transfers_claimed,
            transfers_rejected,
        } = &self.transfers;
        self.block_fees
            .total()
            .and(transfers_in.total())
            .and(transfers_out.total())
            .and(rejected_transfers_claimed.total())
            .and(transfers_rejected.total())
            .map(|_| ())
            .ok_or(ReceiptError::Overflow)
    }
}

/// Reads what all versions have in common. There is one version so far.
impl Deref for ExecutionReceipt {
    type Target = ExecutionReceiptV0;

    fn deref(&self) -> &Self::Target {
        let Self::V0(receipt) = self;
        receipt
    }
}

#[cfg(test)]
mod tests;
