//! Plotting yields to proving: a solution is worth nothing after its slot, a sector can wait.

use parking_lot::{Condvar, Mutex};
use std::time::Duration;

/// Counts the proofs that are being made. Plotting asks before each record.
#[derive(Debug, Default)]
pub(crate) struct ProvingGate {
    proving: Mutex<usize>,
    changed: Condvar,
}

/// A proof that is being made.
#[derive(Debug)]
pub(crate) struct Proving<'a>(&'a ProvingGate);

impl ProvingGate {
    /// Notes that a proof is being made for as long as what is returned exists.
    pub(crate) fn enter(&self) -> Proving<'_> {
        *self.proving.lock() += 1;
        Proving(self)
    }

    /// Waits until no proof is being made, but no longer than `timeout`. Returns whether it is so.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let mut proving = self.proving.lock();
        !self
            .changed
            .wait_while_for(&mut proving, |proving| *proving > 0, timeout)
            .timed_out()
    }
}

impl Drop for Proving<'_> {
    fn drop(&mut self) {
        *self.0.proving.lock() -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    #[test]
    fn plotting_goes_on_when_the_last_proof_is_made() {
        let gate = Arc::new(ProvingGate::default());
        assert!(gate.wait(Duration::from_secs(60)));
        let first = gate.enter();
        let second = gate.enter();
        let done = Arc::new(AtomicBool::new(false));
        let plotting = thread::spawn({
            let (gate, done) = (Arc::clone(&gate), Arc::clone(&done));
            move || {
                assert!(gate.wait(Duration::from_secs(60)));
                done.load(Ordering::SeqCst)
            }
        });
        drop(first);
        assert!(!gate.wait(Duration::from_millis(20)));
        done.store(true, Ordering::SeqCst);
        drop(second);
        assert!(
            plotting.join().unwrap(),
            "plotting did not wait for the second proof"
        );
    }
}
