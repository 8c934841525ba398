//! Verification of proofs of time with a memory of the valid ones.
//!
//! A proof reaches a node up to three times: it makes it or hears it, a block reveals it, and a sibling of that block
//! reveals it again. For a seed and a number of iterations exactly one proof is valid, so the memory also tells that a
//! different one is not.

use autonomys_core_primitives::{PotCheckpoints, PotOutput, PotSeed};
use lru::LruCache;
use parking_lot::Mutex;
use sp_consensus_poas::PotJustification;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, OnceLock};

#[cfg(test)]
mod tests;

/// Proofs that are remembered: all that a block may reveal, and some that are ahead of it.
const CAPACITY: NonZeroUsize =
    NonZeroUsize::new(PotJustification::MAX_SLOTS as usize + 1024).expect("not zero; qed");

type Key = (PotSeed, NonZeroU32);

/// What is known of the proof of one seed and number of iterations.
#[derive(Debug, Default)]
struct Entry {
    valid: OnceLock<PotCheckpoints>,
    /// Held while a proof is verified.
    verification: Mutex<()>,
}

/// Verifies proofs of time and remembers valid ones; clones share the memory.
///
/// It takes at most some 10 MiB: the least recently used proof is forgotten.
#[derive(Clone, Debug)]
pub struct PotVerifier {
    entries: Arc<Mutex<LruCache<Key, Arc<Entry>>>>,
}

impl Default for PotVerifier {
    fn default() -> Self {
        Self::new()
    }
}

impl PotVerifier {
    /// A verifier that remembers nothing yet.
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    fn with_capacity(capacity: NonZeroUsize) -> Self {
        Self {
            entries: Arc::new(Mutex::new(LruCache::new(capacity))),
        }
    }

    /// Whether `checkpoints` are the proof of time of `seed`.
    ///
    /// Known proofs take no time, others a sixteenth of what proving takes, on the calling thread. Callers that ask for
    /// the same seed and iterations meanwhile wait instead of doing the same work.
    #[must_use]
    pub fn verify(
        &self,
        seed: PotSeed,
        iterations: NonZeroU32,
        checkpoints: &PotCheckpoints,
    ) -> bool {
        self.verify_with(seed, iterations, checkpoints, || {
            autonomys_proof_of_time::verify(
                seed.0,
                iterations,
                &checkpoints.0.map(|checkpoint| checkpoint.0),
            )
        })
    }

    fn verify_with(
        &self,
        seed: PotSeed,
        iterations: NonZeroU32,
        checkpoints: &PotCheckpoints,
        verify: impl FnOnce() -> bool,
    ) -> bool {
        let key = (seed, iterations);
        let entry = Arc::clone(self.entries.lock().get_or_insert(key, Arc::default));
        if let Some(valid) = entry.valid.get() {
            return valid == checkpoints;
        }
        let verification = entry.verification.lock();
        if let Some(valid) = entry.valid.get() {
            return valid == checkpoints;
        }
        let is_valid = verify();
        if is_valid {
            let _ = entry.valid.set(*checkpoints);
        }
        drop(verification);
        if !is_valid {
            self.forget_unknown(&key, &entry);
        }
        is_valid
    }

    /// Remembers a proof that is known to be valid because it was made here.
    pub fn remember(&self, seed: PotSeed, iterations: NonZeroU32, checkpoints: PotCheckpoints) {
        let entry = Arc::clone(
            self.entries
                .lock()
                .get_or_insert((seed, iterations), Arc::default),
        );
        let _ = entry.valid.set(checkpoints);
    }

    /// The valid proof of `seed`, if it is remembered. Never waits for a verification.
    pub fn get(&self, seed: PotSeed, iterations: NonZeroU32) -> Option<PotCheckpoints> {
        self.entries
            .lock()
            .get(&(seed, iterations))?
            .valid
            .get()
            .copied()
    }

    /// Drops an entry that a proof turned out not to be valid for, so that such proofs displace nothing.
    fn forget_unknown(&self, key: &Key, entry: &Arc<Entry>) {
        let mut entries = self.entries.lock();
        if entries.peek(key).is_some_and(|current| {
            Arc::ptr_eq(current, entry)
                && current.valid.get().is_none()
                && current.verification.try_lock().is_some()
        }) {
            entries.pop(key);
        }
    }
}

/// Makes the proof of time of `seed` for as long as `keep_going` answers yes; `None` if it said no.
///
/// # Errors
///
/// Those of [`autonomys_proof_of_time::prove_while`].
pub(crate) fn prove_while(
    seed: PotSeed,
    iterations: NonZeroU32,
    keep_going: impl FnMut() -> bool,
) -> Result<Option<PotCheckpoints>, autonomys_proof_of_time::Error> {
    Ok(
        autonomys_proof_of_time::prove_while(seed.0, iterations, keep_going)?
            .map(|checkpoints| PotCheckpoints(checkpoints.map(PotOutput))),
    )
}
