//! From bundles to the extrinsics of a domain block, and the digests that stand for them.
//!
//! The transactions of the valid bundles, in the order of inclusion, without repetitions, are shuffled with randomness of
//! the consensus block, such that the transactions of one signer keep their order. A dispute knows digests instead of
//! transactions; the order depends on nothing else.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use chacha20::ChaCha8;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use sp_runtime::{OpaqueExtrinsic, StateVersion};
use trie_root::{TrieStream, Value};

use crate::{AccountId, DomainId, Hash};

/// What stands for an extrinsic in the trie of a block's extrinsics: its encoding, length included, if that has less than
/// 33 bytes, else the hash of the encoding.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ExtrinsicDigest {
    /// The encoding itself.
    #[codec(index = 0)]
    Inline(BoundedVec<u8, ConstU32<{ sp_core::storage::TRIE_VALUE_NODE_THRESHOLD - 1 }>>),
    /// BLAKE2b-256 of the encoding.
    #[codec(index = 1)]
    Hash(Hash),
}

impl ExtrinsicDigest {
    /// The digest of an extrinsic.
    pub fn new(extrinsic: &OpaqueExtrinsic) -> Self {
        extrinsic.using_encoded(|encoded| {
            BoundedVec::try_from(encoded.to_vec())
                .map_or_else(|_| Self::Hash(BlakeTwo256::hash(encoded)), Self::Inline)
        })
    }
}

/// What stands for a transaction of a valid bundle.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TransactionDigest {
    /// Who signed it; `None` if nobody did.
    pub signer: Option<AccountId>,
    /// The transaction.
    pub extrinsic: ExtrinsicDigest,
}

/// The hash that a receipt holds of a valid bundle: BLAKE2b-256 of the SCALE list of its transactions' digests.
pub fn bundle_digest(transactions: &[TransactionDigest]) -> Hash {
    BlakeTwo256::hash_of(&transactions)
}

/// Root of the trie of these extrinsics, as in the header of a bundle or of a domain block.
pub fn extrinsics_root(extrinsics: &[OpaqueExtrinsic]) -> Hash {
    BlakeTwo256::ordered_trie_root(
        extrinsics.iter().map(Encode::encode).collect(),
        StateVersion::V1,
    )
}

/// [`extrinsics_root`] of the extrinsics that `digests` stand for.
pub fn extrinsics_root_of_digests<'a>(
    digests: impl IntoIterator<Item = &'a ExtrinsicDigest>,
) -> Hash {
    trie_root::trie_root_no_extension::<BlakeTwo256, DigestStream, _, _, _>(
        (0u32..)
            .zip(digests)
            .map(|(index, digest)| (Compact(index).encode(), Entry::new(digest))),
        None,
    )
}

/// Seed of the order of a domain's transactions in a consensus block.
pub type ShufflingSeed = [u8; 32];

/// The seed for `domain_id` in the block with this randomness: BLAKE2b-256 of `"autonomys/shuffling/v1"` ‖ randomness ‖
/// domain id.
pub fn shuffling_seed(block_randomness: &[u8; 32], domain_id: DomainId) -> ShufflingSeed {
    BlakeTwo256::hash(
        &[
            b"autonomys/shuffling/v1".as_slice(),
            block_randomness,
            &domain_id.to_le_bytes(),
        ]
        .concat(),
    )
    .0
}

/// The order of the transactions of a domain block: positions in `transactions`, which are those of all valid bundles in
/// the order of inclusion.
///
/// 1. A transaction that occurred before is left out.
/// 2. The list of the signers of what is left, one entry for each transaction, is shuffled. Nobody is a signer too.
/// 3. Each entry of the shuffled list is replaced by the next transaction of that signer.
///
/// Takes O(n log n) for n transactions.
pub fn block_order(transactions: &[TransactionDigest], seed: &ShufflingSeed) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let mut groups = BTreeMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut labels = Vec::new();
    for (position, transaction) in transactions.iter().enumerate() {
        if !seen.insert(&transaction.extrinsic) {
            continue;
        }
        let group = *groups
            .entry(&transaction.signer)
            .or_insert_with(|| members.len());
        match members.get_mut(group) {
            Some(positions) => positions.push(position),
            None => members.push([position].into()),
        }
        labels.push(group);
    }
    shuffle(&mut labels, seed);
    let mut members: Vec<_> = members.into_iter().map(IntoIterator::into_iter).collect();
    labels
        .into_iter()
        .filter_map(|group| members.get_mut(group)?.next())
        .collect()
}

/// Fisher–Yates shuffle: for i from the last position down to 1, swaps the entries at i and ⌊r × (i + 1) ⁄ 2⁶⁴⌋, where r is
/// the next 8 bytes of the ChaCha8 key stream of `seed` with a nonce of 12 zero bytes.
fn shuffle<T>(entries: &mut [T], seed: &ShufflingSeed) {
    let mut stream = ChaCha8::new(seed.into(), &[0; 12].into());
    for last in (1..entries.len()).rev() {
        let mut random = [0; 8];
        stream.apply_keystream(&mut random);
        entries.swap(last, scale(u64::from_le_bytes(random), last));
    }
}

/// ⌊random × (last + 1) ⁄ 2⁶⁴⌋, which is at most `last`.
fn scale(random: u64, last: usize) -> usize {
    let choices = u128::try_from(last).map_or(u128::MAX, |last| last.saturating_add(1));
    let chosen = u128::from(random).saturating_mul(choices) >> 64;
    usize::try_from(chosen).map_or(last, |chosen| chosen.min(last))
}

/// A value for [`DigestStream`]: bytes of an inline value with a 0 after them, or of a hash with a 1.
struct Entry(Vec<u8>);

impl Entry {
    fn new(digest: &ExtrinsicDigest) -> Self {
        let (value, kind) = match digest {
            ExtrinsicDigest::Inline(value) => (value.as_slice(), 0),
            ExtrinsicDigest::Hash(hash) => (hash.as_bytes(), 1),
        };
        let mut entry = Vec::with_capacity(value.len().saturating_add(1));
        entry.extend_from_slice(value);
        entry.push(kind);
        Self(entry)
    }
}

impl AsRef<[u8]> for Entry {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The encoder of stock tries for values of which some are hashed already.
struct DigestStream(sp_trie::TrieStream);

impl DigestStream {
    fn value(entry: Value<'_>) -> Value<'_> {
        match entry {
            Value::Inline([value @ .., 0]) => Value::Inline(value),
            Value::Inline([hash @ .., _]) => Value::Node(hash.to_vec()),
            other => other,
        }
    }
}

impl TrieStream for DigestStream {
    fn new() -> Self {
        Self(TrieStream::new())
    }

    fn append_empty_data(&mut self) {
        self.0.append_empty_data();
    }

    fn begin_branch(
        &mut self,
        key: Option<&[u8]>,
        value: Option<Value<'_>>,
        has_children: impl Iterator<Item = bool>,
    ) {
        self.0
            .begin_branch(key, value.map(Self::value), has_children);
    }

    fn append_empty_child(&mut self) {
        self.0.append_empty_child();
    }

    fn end_branch(&mut self, value: Option<Value<'_>>) {
        self.0.end_branch(value.map(Self::value));
    }

    fn append_leaf(&mut self, key: &[u8], value: Value<'_>) {
        self.0.append_leaf(key, Self::value(value));
    }

    fn append_extension(&mut self, key: &[u8]) {
        self.0.append_extension(key);
    }

    fn append_substream<H: trie_root::Hasher>(&mut self, other: Self) {
        self.0.append_substream::<H>(other.0);
    }

    fn out(self) -> Vec<u8> {
        self.0.out()
    }
}

#[cfg(test)]
mod tests;
