//! Who may make a bundle in a slot: a lottery by verifiable random function, weighted by stake.
//!
//! The VRF is that of sr25519. Its input is a transcript with the label `autonomys/bundle-election/v1`, the messages
//! `domain` (the domain id) and `challenge` (the [global challenge](PotOutput::global_challenge) of the slot). Two values
//! come of its pre-output, of which each key has exactly one for an input, and none of the proof, of which a key can make as
//! many as it likes:
//!
//! - the ticket: 16 bytes of VRF output in the context `autonomys/bundle-election/ticket/v1`, as an integer. It wins if it
//!   is less than the operator's [`threshold`];
//! - the centre of the [transaction range](crate::validity::TransactionRange): BLAKE2b-256 of
//!   `"autonomys/transaction-range/v1"` ‖ pre-output. It needs no key, so a bundle is judged from its header alone.
//!
//! Any number of operators win a slot.

use autonomys_core_primitives::{Fraction, GlobalChallenge, PotOutput, SlotNumber};
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use sp_core::crypto::VrfPublic;
use sp_core::sr25519;
use sp_core::sr25519::vrf::{VrfPreOutput, VrfProof, VrfSignData, VrfSignature, VrfTranscript};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

use crate::validity::TransactionRange;
use crate::{Balance, DomainId, OperatorId, OperatorPublic};

/// The claim of an operator to have won a slot.
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
pub struct ProofOfElection {
    /// The domain.
    pub domain_id: DomainId,
    /// The operator.
    pub operator_id: OperatorId,
    /// The slot.
    pub slot: SlotNumber,
    /// Proof of time of the slot.
    pub proof_of_time: PotOutput,
    /// Pre-output of the VRF.
    pub vrf_pre_output: [u8; 32],
    /// Proof of the VRF.
    pub vrf_proof: [u8; 64],
}

/// Why an operator has not won the slot that it claims.
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
pub enum ElectionError {
    /// The VRF proof is not that of the operator's key for the slot.
    #[error("the VRF proof is not that of the operator's key for the domain and slot")]
    VrfProof,
    /// The ticket is not under the threshold.
    #[error("the ticket is not under the threshold of the operator's stake")]
    NotElected,
}

/// What an operator signs by VRF to take part in the lottery of a slot.
pub fn vrf_sign_data(domain_id: DomainId, challenge: &GlobalChallenge) -> VrfSignData {
    VrfTranscript::new(
        b"autonomys/bundle-election/v1",
        &[
            (b"domain", &domain_id.to_le_bytes()),
            (b"challenge", &challenge.0),
        ],
    )
    .into_sign_data()
}

/// The ticket of the operator with this key and this VRF pre-output; `None` if one of them is not a point of the curve. An
/// operator asks its keystore for the pre-output, and for a proof only if the ticket wins.
pub fn ticket(
    key: &OperatorPublic,
    sign_data: &VrfSignData,
    pre_output: &VrfPreOutput,
) -> Option<u128> {
    let key: &sr25519::Public = key.as_ref();
    key.make_bytes(
        b"autonomys/bundle-election/ticket/v1",
        sign_data.as_ref(),
        pre_output,
    )
    .ok()
    .map(u128::from_le_bytes)
}

/// What a ticket must be less than to win: ⌊⌊⌊(2¹²⁸ − 1) ⁄ denominator⌋ × numerator ⁄ total stake⌋ × stake⌋, where
/// `bundles_per_slot` is how many bundles all operators together are to make in a slot. `None` if nobody has stake, or if
/// the operator has more than all.
pub fn threshold(
    bundles_per_slot: Fraction,
    total_stake: Balance,
    operator_stake: Balance,
) -> Option<u128> {
    u128::MAX
        .checked_div(bundles_per_slot.denominator.into())?
        .checked_mul(bundles_per_slot.numerator.into())?
        .checked_div(total_stake)?
        .checked_mul(operator_stake)
}

impl ProofOfElection {
    /// The claim of an operator to have won `slot`.
    pub fn new(
        domain_id: DomainId,
        operator_id: OperatorId,
        slot: SlotNumber,
        proof_of_time: PotOutput,
        signature: &VrfSignature,
    ) -> Self {
        Self {
            domain_id,
            operator_id,
            slot,
            proof_of_time,
            vrf_pre_output: *signature.pre_output.0.as_bytes(),
            vrf_proof: signature.proof.0.to_bytes(),
        }
    }

    /// Checks that the operator with this key has won the slot. Whether the proof of time is that of the slot, and whether
    /// the slot may still be used, is for the chain to check.
    pub fn verify(&self, key: &OperatorPublic, threshold: u128) -> Result<(), ElectionError> {
        let sign_data = vrf_sign_data(
            self.domain_id,
            &self.proof_of_time.global_challenge(self.slot),
        );
        let signature = self.vrf_signature().ok_or(ElectionError::VrfProof)?;
        let public: &sr25519::Public = key.as_ref();
        if !public.vrf_verify(&sign_data, &signature) {
            return Err(ElectionError::VrfProof);
        }
        let ticket =
            ticket(key, &sign_data, &signature.pre_output).ok_or(ElectionError::VrfProof)?;
        if ticket >= threshold {
            return Err(ElectionError::NotElected);
        }
        Ok(())
    }

    /// The signers whose transactions the bundle may hold. `divisor` is the domain's.
    pub fn transaction_range(&self, divisor: NonZeroU32) -> TransactionRange {
        let centre = BlakeTwo256::hash(
            &[
                b"autonomys/transaction-range/v1".as_slice(),
                &self.vrf_pre_output,
            ]
            .concat(),
        );
        TransactionRange::new(centre.0, divisor)
    }

    fn vrf_signature(&self) -> Option<VrfSignature> {
        Some(VrfSignature {
            pre_output: VrfPreOutput::decode_all(&mut self.vrf_pre_output.as_slice()).ok()?,
            proof: VrfProof::decode_all(&mut self.vrf_proof.as_slice()).ok()?,
        })
    }
}

#[cfg(test)]
mod tests;
