//! The digest item by which a domain block names the consensus block it is derived from.

use codec::{DecodeAll, Encode};
use sp_runtime::{ConsensusEngineId, Digest, DigestItem};

use crate::Hash;

/// Engine id of digest items of domain blocks.
pub const DOMAIN_ENGINE_ID: ConsensusEngineId = *b"DOMN";

/// The digest item of a domain block that is derived from the consensus block with this hash: the only pre-runtime item.
pub fn consensus_block_digest(consensus_block_hash: Hash) -> DigestItem {
    DigestItem::PreRuntime(DOMAIN_ENGINE_ID, consensus_block_hash.encode())
}

/// The consensus block that the domain block with this digest is derived from. `None` for genesis, and for a digest that
/// names none or two.
pub fn consensus_block_of(digest: &Digest) -> Option<Hash> {
    let mut items = digest.logs().iter().filter_map(|item| match item {
        DigestItem::PreRuntime(DOMAIN_ENGINE_ID, bytes) => Some(bytes),
        _ => None,
    });
    let hash = Hash::decode_all(&mut items.next()?.as_slice()).ok()?;
    items.next().is_none().then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_block_names_exactly_one_consensus_block() {
        let item = consensus_block_digest(Hash::repeat_byte(7));
        let other = DigestItem::PreRuntime(*b"POAS", Hash::repeat_byte(8).encode());
        let digest = |logs: &[&DigestItem]| Digest {
            logs: logs.iter().copied().cloned().collect(),
        };
        assert_eq!(
            consensus_block_of(&digest(&[&other, &item])),
            Some(Hash::repeat_byte(7))
        );
        assert_eq!(consensus_block_of(&digest(&[])), None);
        assert_eq!(consensus_block_of(&digest(&[&other])), None);
        assert_eq!(consensus_block_of(&digest(&[&item, &item])), None);
        let long = DigestItem::PreRuntime(DOMAIN_ENGINE_ID, [7; 33].into());
        assert_eq!(consensus_block_of(&digest(&[&long])), None);
    }
}
