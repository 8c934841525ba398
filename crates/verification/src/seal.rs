//! Seals: the signature by which the farmer whose solution a block has takes responsibility for the whole block.

#[cfg(test)]
mod tests;

use autonomys_core_primitives::farming::{BlockHash, SEAL_CONTEXT, Signature, seal_message};
use autonomys_core_primitives::solutions::PublicKey;

/// Why a seal is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes of the key are no key, or the neutral element, under which anybody could sign.
    #[error("the public key of the solution is not a schnorrkel key, so the block is invalid")]
    PublicKey,
    /// The bytes of the signature are not the canonical form of one.
    #[error("the seal is not a schnorrkel signature, so the block is invalid")]
    Encoding,
    /// The signature is of something or somebody else.
    #[error("the seal is not by the key of the solution for this block, so the block is invalid")]
    Signature,
}

/// Verifies that `seal` is by `public_key`, for the header with hash `pre_hash` (without the seal) on the chain with this
/// genesis.
///
/// # Errors
///
/// [`SealError`] if it is not. Non-canonical encodings of a valid signature are refused.
pub fn verify_seal(
    public_key: &PublicKey,
    genesis_hash: &BlockHash,
    pre_hash: &BlockHash,
    seal: &Signature,
) -> Result<(), SealError> {
    if *public_key == PublicKey::default() {
        return Err(SealError::PublicKey);
    }
    let signature = schnorrkel::Signature::from_bytes(&seal.0).map_err(|_| SealError::Encoding)?;
    schnorrkel::PublicKey::from_bytes(&public_key.0)
        .map_err(|_| SealError::PublicKey)?
        .verify_simple(
            SEAL_CONTEXT,
            &seal_message(genesis_hash, pre_hash),
            &signature,
        )
        .map_err(|_| SealError::Signature)
}

/// Seals the block whose header has hash `pre_hash` (without the seal) on the chain with this genesis.
#[cfg(feature = "std")]
pub fn sign_seal(
    keypair: &schnorrkel::Keypair,
    genesis_hash: &BlockHash,
    pre_hash: &BlockHash,
) -> Signature {
    Signature(
        keypair
            .sign_simple(SEAL_CONTEXT, &seal_message(genesis_hash, pre_hash))
            .to_bytes(),
    )
}
