//! Operators and their nominators, as the consensus chain shows them.

use alloc::vec::Vec;
use autonomys_core_primitives::Fraction;
use autonomys_core_primitives::params::NetworkTag;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ByteArray;
use sp_core::crypto::KeyTypeId;
use sp_runtime::{Percent, RuntimeAppPublic};

use crate::{AccountId, Balance, BlockNumber, DomainId, EpochIndex, Hash, OperatorId, election};

/// Type of operators' signing keys in keystores.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"oper");

#[allow(
    missing_docs,
    unreachable_pub,
    reason = "what the SDK's macro makes of a key type"
)]
mod app {
    use sp_application_crypto::{app_crypto, sr25519};

    app_crypto!(sr25519, super::KEY_TYPE);
}

/// Public key that an operator signs bundles and takes part in elections with.
pub type OperatorPublic = app::Public;

/// Signature by an operator.
pub type OperatorSignature = app::Signature;

/// Key pair of an operator.
#[cfg(feature = "std")]
pub type OperatorPair = app::Pair;

/// What the holder of a signing key signs to let `owner` use it for an operator on `domain_id`:
/// `"autonomys/operator-key/v1"` ‖ network tag ‖ domain id ‖ owner.
pub fn signing_key_message(
    network_tag: &NetworkTag,
    domain_id: DomainId,
    owner: &AccountId,
) -> Vec<u8> {
    [
        b"autonomys/operator-key/v1".as_slice(),
        &network_tag.0,
        &domain_id.to_le_bytes(),
        owner.as_ref(),
    ]
    .concat()
}

/// Whether `signature` shows that `owner` may use `key` for an operator on `domain_id`. The zero key is refused: anyone can
/// sign with it.
pub fn possesses_signing_key(
    key: &OperatorPublic,
    network_tag: &NetworkTag,
    domain_id: DomainId,
    owner: &AccountId,
    signature: &OperatorSignature,
) -> bool {
    key.as_slice().iter().any(|byte| *byte != 0)
        && key.verify(
            &signing_key_message(network_tag, domain_id, owner),
            signature,
        )
}

/// What an operator chooses for itself.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct OperatorConfig {
    /// Its signing key, which no other operator has or had.
    pub signing_key: OperatorPublic,
    /// Least stake of a nominator, in shannon.
    pub minimum_nominator_stake: Balance,
    /// Share of the rewards that the operator takes before they are shared out.
    pub nomination_tax: Percent,
}

/// What an operator may do.
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
pub enum OperatorStatus {
    /// Takes part in elections.
    #[codec(index = 0)]
    Registered,
    /// Taken out of elections by Root.
    #[codec(index = 1)]
    Deactivated {
        /// The epoch from which it may come back.
        reactivate_from: EpochIndex,
    },
    /// Left.
    #[codec(index = 2)]
    Deregistered {
        /// Height of the domain from which stake is given back.
        unlock_at: BlockNumber,
    },
    /// Out of elections because the receipt with this hash calls a bundle of it invalid.
    #[codec(index = 3)]
    InvalidBundle(Hash),
    /// Submitted a receipt on top of one that was proven wrong.
    #[codec(index = 4)]
    PendingSlash,
    /// Loses its stake.
    #[codec(index = 5)]
    Slashed,
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OperatorInfo {
    /// Its domain.
    pub domain_id: DomainId,
    /// The account that registered it.
    pub owner: AccountId,
    /// What it chose.
    pub config: OperatorConfig,
    /// What it may do.
    pub status: OperatorStatus,
    /// Stake of it and of all its nominators in the current epoch, in shannon.
    pub total_stake: Balance,
    /// What its storage fund can pay for, in shannon.
    pub storage_fund: Balance,
    /// The last slot it used. It can use later ones only.
    pub highest_slot: Option<crate::SlotNumber>,
}

/// What an operator needs to know to find out whether it wins a slot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ElectionParams {
    /// Bundles that all operators together are to make in a slot.
    pub bundles_per_slot: Fraction,
    /// Stake of all operators of the domain in the current epoch.
    pub total_stake: Balance,
    /// Stake of this operator in the current epoch.
    pub operator_stake: Balance,
    /// Signing key of this operator in the current epoch.
    pub signing_key: OperatorPublic,
}

impl ElectionParams {
    /// What a ticket of the operator must be less than to win; see [`election::threshold`].
    pub fn threshold(&self) -> Option<u128> {
        election::threshold(self.bundles_per_slot, self.total_stake, self.operator_stake)
    }
}

/// What somebody has with an operator, in shannon. Owners are nominators of their own operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct NominatorPosition {
    /// Shares of the operator's stake.
    pub shares: Balance,
    /// What these shares are worth now.
    pub stake: Balance,
    /// What becomes stake when the epoch ends.
    pub pending_deposit: Balance,
    /// What the deposits' part in the operator's storage fund is worth now.
    pub storage_fund: Balance,
    /// What waits to be given back, oldest first.
    pub withdrawals: Vec<PendingWithdrawal>,
}

/// A withdrawal that waits to be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct PendingWithdrawal {
    /// Height of the domain from which it is given back.
    pub unlock_at: BlockNumber,
    /// What is given back, in shannon: for a withdrawal of this epoch, at today's share price.
    pub amount: Balance,
}

/// What an operator has in all, in shannon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OperatorPosition {
    /// Shares that all nominators have.
    pub total_shares: Balance,
    /// Stake of this epoch.
    pub total_stake: Balance,
    /// What becomes stake when the epoch ends.
    pub pending_deposits: Balance,
    /// What leaves stake when the epoch ends, at today's share price.
    pub pending_withdrawals: Balance,
    /// Rewards of this epoch so far, before tax.
    pub epoch_rewards: Balance,
    /// What the storage fund holds.
    pub storage_fund: Balance,
}

/// A domain in figures.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct DomainSummary {
    /// Height of the last domain block that the consensus chain has bundles for.
    pub best_number: BlockNumber,
    /// Height of the last domain block with a receipt on chain.
    pub head_receipt_number: BlockNumber,
    /// Height of the last domain block whose receipt is confirmed.
    pub confirmed_number: BlockNumber,
    /// Stake epoch.
    pub epoch: EpochIndex,
    /// Operators that take part in elections, by number, with their stake.
    pub operators: Vec<OperatorStake>,
    /// Stake of all of them, in shannon.
    #[cfg_attr(feature = "std", serde(with = "crate::json::amount"))]
    pub total_stake: Balance,
}

/// Stake of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct OperatorStake {
    /// The operator.
    pub operator_id: OperatorId,
    /// Its stake in the current epoch, in shannon.
    #[cfg_attr(feature = "std", serde(with = "crate::json::amount"))]
    pub stake: Balance,
}

#[cfg(test)]
mod tests;
