//! What a block shows by itself: checked before its parent is looked at.
//!
//! ```text
//! block from a peer ─▶ PoasVerifier ─▶ VerifiedHeader ─┐
//!                                                     ├─▶ PoasBlockImport: against the parent, history and state
//! block made here ───▶ VerifiedHeader::verify ─────────┘
//! ```
//!
//! [`VerifiedHeader`] can only be made by verifying, and the block import takes nothing else. In order of cost: digest,
//! seal, form of the justification, solution (against the range that the header itself claims).

#[cfg(test)]
mod tests;

use crate::link::PoasLink;
use crate::metrics::Metrics;
use crate::rejection::Rejection;
use autonomys_core_primitives::{BlockHash, PublicKey, SlotNumber};
use autonomys_runtime_primitives::opaque::Block;
use autonomys_runtime_primitives::{Hash, Header};
use autonomys_verification::{verify_seal, verify_solution};
use codec::DecodeAll;
use lru::LruCache;
use parking_lot::Mutex;
use sc_consensus::{BlockImportParams, StateAction, Verifier};
use sp_consensus_poas::{HeaderDigests, POAS_ENGINE_ID, PotJustification};
use sp_runtime::traits::Header as _;
use sp_runtime::{Digest, DigestItem, Justifications};
use std::num::NonZeroUsize;

/// Under which name a [`VerifiedHeader`] travels from the verifier to the block import.
pub(crate) const VERIFIED_HEADER: &[u8] = b"poas/verified-header";

/// Sealed slots that are remembered to notice two blocks by one key.
const REMEMBERED_SLOTS: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero; qed");

/// A header that is sealed, whose solution wins under the range that it claims, and a justification of the right form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHeader {
    digests: HeaderDigests,
    justification: PotJustification,
}

impl VerifiedHeader {
    /// Verifies a header without its seal, the seal, and the justification.
    pub fn verify(
        link: &PoasLink,
        header: &Header,
        post_digests: &[DigestItem],
        justifications: Option<&Justifications>,
    ) -> Result<Self, Rejection> {
        let logs = [header.digest().logs(), post_digests].concat();
        let digests = HeaderDigests::read(&Digest { logs })?;
        let (Some(seal), [_]) = (&digests.seal, post_digests) else {
            return Err(Rejection::Unsealed);
        };
        let pre_digest = &digests.pre_digest;
        verify_seal(
            &pre_digest.solution.public_key,
            &link.genesis_hash(),
            &BlockHash(header.hash().0),
            seal,
        )?;
        let justification = read_justification(justifications)?;
        let future_slot = pre_digest
            .slot
            .saturating_add(link.params().authoring_delay);
        if justification
            .checkpoints
            .last()
            .is_none_or(|last| last.output() != pre_digest.future_proof_of_time)
        {
            return Err(Rejection::ProofOfTimeMismatch { slot: future_slot });
        }
        verify_solution(
            link.params(),
            &pre_digest.solution,
            &pre_digest.proof_of_time.global_challenge(pre_digest.slot),
            digests.solution_range,
            None,
        )?;
        Ok(Self {
            digests,
            justification,
        })
    }

    /// A header whose seal and solution nobody looked at.
    #[cfg(test)]
    pub(crate) fn unverified(digests: HeaderDigests, justification: PotJustification) -> Self {
        Self {
            digests,
            justification,
        }
    }

    /// The digest.
    pub fn digests(&self) -> &HeaderDigests {
        &self.digests
    }

    /// The proofs of time that the block reveals. Whether they are valid depends on the parent.
    pub fn justification(&self) -> &PotJustification {
        &self.justification
    }
}

/// Reads the one justification that a block has.
///
/// Its encoding is archived, so there must be only one for the same proofs: SCALE refuses compact lengths that are longer than
/// necessary, and nothing may follow.
pub(crate) fn read_justification(
    justifications: Option<&Justifications>,
) -> Result<PotJustification, Rejection> {
    let mut all = justifications.into_iter().flat_map(Justifications::iter);
    match (all.next(), all.next()) {
        (None, _) => Err(Rejection::Justification("is missing")),
        (Some((POAS_ENGINE_ID, bytes)), None) => PotJustification::decode_all(&mut &bytes[..])
            .map_err(|_| Rejection::Justification("cannot be decoded")),
        _ => Err(Rejection::Justification("is not the only one")),
    }
}

/// Verifies blocks of peers before they are imported.
#[derive(Debug)]
pub struct PoasVerifier {
    link: PoasLink,
    metrics: Metrics,
    sealed_slots: Mutex<LruCache<(PublicKey, SlotNumber), Hash>>,
}

impl PoasVerifier {
    /// The verifier for the import queue.
    pub fn new(link: PoasLink, metrics: Metrics) -> Self {
        Self {
            link,
            metrics,
            sealed_slots: Mutex::new(LruCache::new(REMEMBERED_SLOTS)),
        }
    }

    fn verify_block(
        &self,
        block: &mut BlockImportParams<Block>,
    ) -> Result<VerifiedHeader, Rejection> {
        let hash = block.header.hash();
        let Some(seal @ DigestItem::Seal(..)) = block.header.digest_mut().pop() else {
            return Err(Rejection::Unsealed);
        };
        block.post_digests = vec![seal];
        block.post_hash = Some(hash);
        let verified = VerifiedHeader::verify(
            &self.link,
            &block.header,
            &block.post_digests,
            block.justifications.as_ref(),
        )?;
        self.note_sealed_slot(&verified, hash);
        Ok(verified)
    }

    /// One solution can be used for several blocks at no cost. Fork choice settles which of them counts, so it is only logged.
    fn note_sealed_slot(&self, verified: &VerifiedHeader, hash: Hash) {
        let pre_digest = &verified.digests.pre_digest;
        let public_key = pre_digest.solution.public_key;
        let known = self
            .sealed_slots
            .lock()
            .put((public_key, pre_digest.slot), hash);
        if let Some(other) = known.filter(|known| *known != hash) {
            tracing::info!(
                target: "poas::verifier",
                %public_key,
                slot = pre_digest.slot,
                first = %other,
                second = %hash,
                "A farmer sealed two blocks in one slot",
            );
        }
    }
}

#[async_trait::async_trait]
impl Verifier<Block> for PoasVerifier {
    async fn verify(
        &self,
        mut block: BlockImportParams<Block>,
    ) -> Result<BlockImportParams<Block>, String> {
        if block.with_state() {
            return Err(crate::rejection::Fault::StateImport.to_string());
        }
        let verified = self.verify_block(&mut block).map_err(|rejection| {
            self.metrics.block_rejected(&rejection);
            rejection.to_string()
        })?;
        block.insert_intermediate(VERIFIED_HEADER, verified);
        // Sync leaves it open whether a block is executed; here every block is.
        block.state_action = StateAction::Execute;
        Ok(block)
    }
}
