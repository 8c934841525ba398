//! Bundles: what an operator puts on the consensus chain.

use alloc::boxed::Box;
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::ops::Deref;
use scale_info::TypeInfo;
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use sp_runtime::{OpaqueExtrinsic, RuntimeAppPublic, Weight};

use crate::limits::MAX_BUNDLE_EXTRINSICS;
use crate::order::extrinsics_root;
use crate::{
    BundleLimits, ExecutionReceipt, Hash, OperatorPublic, OperatorSignature, ProofOfElection,
};

/// Transactions of a domain as opaque bytes, in the order in which their author found them valid.
pub type BundleExtrinsics = BoundedVec<OpaqueExtrinsic, ConstU32<MAX_BUNDLE_EXTRINSICS>>;

/// Transactions of a domain, and a claim about its latest block.
///
/// The hash of a bundle is BLAKE2b-256 of its SCALE encoding.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum Bundle {
    /// The first version.
    #[codec(index = 0)]
    V0(BundleV0),
}

/// The first version of [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct BundleV0 {
    /// The header, signed by the operator.
    pub header: Sealed<BundleHeader>,
    /// The transactions.
    pub extrinsics: BundleExtrinsics,
}

/// All that an operator says of its bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct BundleHeader {
    /// Who made it, for which domain, in which slot.
    pub election: ProofOfElection,
    /// The receipt of the first block of the domain that had none on chain.
    pub receipt: Receipt,
    /// Sum of the weights of the transactions.
    pub weight: Weight,
    /// Root of the trie of the transactions.
    pub extrinsics_root: Hash,
}

/// The receipt in a bundle. The bundles of a consensus block all carry the same one, so only the first needs to spell it
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum Receipt {
    /// The receipt.
    #[codec(index = 0)]
    Full(Box<ExecutionReceipt>),
    /// The hash of a receipt that is on chain, perhaps since an earlier bundle of the same block.
    #[codec(index = 1)]
    Ref(Hash),
}

impl Receipt {
    /// Hash of the receipt.
    pub fn hash(&self) -> Hash {
        match self {
            Self::Full(receipt) => receipt.hash(),
            Self::Ref(hash) => *hash,
        }
    }
}

/// A receipt without transactions: how operators catch up when more than one block of a domain has no receipt on chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum SingletonReceipt {
    /// The first version.
    #[codec(index = 0)]
    V0(Sealed<SubmittedReceipt>),
}

/// What is signed in a [`SingletonReceipt`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SubmittedReceipt {
    /// Who submits it, for which domain, in which slot.
    pub election: ProofOfElection,
    /// The receipt.
    pub receipt: ExecutionReceipt,
}

/// What operators sign: the name of the use ‖ BLAKE2b-256 of the SCALE encoding.
pub trait Sealable: Encode + Sized {
    /// Name of the use.
    const CONTEXT: &'static [u8];

    /// Hash of the value.
    fn hash(&self) -> Hash {
        BlakeTwo256::hash_of(self)
    }

    /// The message that is signed.
    fn signing_message(&self) -> Vec<u8> {
        [Self::CONTEXT, self.hash().as_bytes()].concat()
    }
}

impl Sealable for BundleHeader {
    const CONTEXT: &'static [u8] = b"autonomys/bundle/v1";
}

impl Sealable for SubmittedReceipt {
    const CONTEXT: &'static [u8] = b"autonomys/singleton-receipt/v1";
}

/// A value and the signature of an operator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Sealed<T> {
    /// The value.
    pub content: T,
    /// Signature of [`Sealable::signing_message`].
    pub signature: OperatorSignature,
}

impl<T: Sealable> Sealed<T> {
    /// Whether the operator with this key signed the value.
    pub fn is_signed_by(&self, key: &OperatorPublic) -> bool {
        key.verify(&self.content.signing_message(), &self.signature)
    }
}

/// Why a bundle contradicts itself or is too much.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    thiserror::Error,
)]
pub enum BundleError {
    /// It is too long.
    #[error("a bundle of {size} bytes; the domain allows {max_size}")]
    TooLong {
        /// Bytes of the encoded bundle.
        size: u32,
        /// Bytes that it may have.
        max_size: u32,
    },
    /// It declares too much weight.
    #[error("a bundle with more weight than the domain allows")]
    TooHeavy,
    /// Its header is that of other transactions.
    #[error("the extrinsics root in the header is not that of the transactions")]
    ExtrinsicsRoot,
    /// Its receipt is that of another domain.
    #[error("the receipt in the bundle is that of another domain")]
    ReceiptDomain,
}

impl Bundle {
    /// Hash of the bundle.
    pub fn hash(&self) -> Hash {
        BlakeTwo256::hash_of(self)
    }

    /// Bytes of the encoded bundle, which its author pays for.
    pub fn size(&self) -> u32 {
        u32::try_from(self.encoded_size()).unwrap_or(u32::MAX)
    }

    /// Checks all that needs neither state nor keys.
    pub fn check(&self, limits: &BundleLimits) -> Result<(), BundleError> {
        let header = &self.header.content;
        if self.size() > limits.max_size {
            return Err(BundleError::TooLong {
                size: self.size(),
                max_size: limits.max_size,
            });
        }
        if header.weight.any_gt(limits.max_weight) {
            return Err(BundleError::TooHeavy);
        }
        if let Receipt::Full(receipt) = &header.receipt
            && receipt.domain_id != header.election.domain_id
        {
            return Err(BundleError::ReceiptDomain);
        }
        if header.extrinsics_root != extrinsics_root(&self.extrinsics) {
            return Err(BundleError::ExtrinsicsRoot);
        }
        Ok(())
    }
}

/// Reads what all versions have in common. There is one version so far.
impl Deref for Bundle {
    type Target = BundleV0;

    fn deref(&self) -> &Self::Target {
        let Self::V0(bundle) = self;
        bundle
    }
}

/// Reads what all versions have in common. There is one version so far.
impl Deref for SingletonReceipt {
    type Target = Sealed<SubmittedReceipt>;

    fn deref(&self) -> &Self::Target {
        let Self::V0(receipt) = self;
        receipt
    }
}

#[cfg(test)]
mod tests;
