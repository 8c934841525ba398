//! The timekeeper: proves slot after slot on a thread of its own.
//!
//! Where the network is paced, a slot that was proved early becomes known only when its time has passed since the slot
//! before became known. There is no schedule, so time that a machine was paused for is not caught up. Pacing binds only
//! those who keep it, which is why only development networks have it.
//!
//! While the node syncs, the timekeeper proves on from the best block so far and the result is not gossiped.

use autonomys_core_primitives::ConsensusParams;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, sync::mpsc, thread};
use tracing::{error, info};

use crate::source::{PotSource, SlotOrigin};
use crate::verifier::prove_while;

#[cfg(test)]
mod tests;

/// Why there is no timekeeper.
#[derive(Debug, thiserror::Error)]
pub enum TimekeeperError {
    /// The machine is too slow for a chain that is not paced.
    #[error(
        "this processor has no AES instructions (or the operating system hides them), so it would prove a slot many times \
         slower than the network expects and hold back everyone who follows it; run without --timekeeper, or on a \
         processor with AES-NI or the ARMv8 cryptography extensions"
    )]
    NoHardwareAes,
    /// The core does not exist.
    #[error(
        "--timekeeper-cpu {cpu}: this process may not run on such a core, so the timekeeper cannot be pinned to it; use one \
         of {available:?} or leave the flag out"
    )]
    NoSuchCpu {
        /// The core asked for.
        cpu: usize,
        /// Those that there are.
        available: Vec<usize>,
    },
    /// The thread cannot be pinned.
    #[error(
        "--timekeeper-cpu {cpu}: the operating system refuses to pin the timekeeper to this core; leave the flag out or \
         allow sched_setaffinity"
    )]
    Pinning {
        /// The core asked for.
        cpu: usize,
    },
    /// The thread cannot be started.
    #[error(
        "the timekeeper's thread cannot be started, so this node would make no slots: {0}; raise the limit of threads"
    )]
    Thread(#[from] io::Error),
}

/// How a timekeeper runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimekeeperConfig {
    /// The core it is pinned to.
    cpu: Option<usize>,
    /// The shortest time from slot to slot.
    pace: Option<Duration>,
}

impl TimekeeperConfig {
    /// A timekeeper for the network with `params`, pinned to the core `cpu` if there is one given.
    ///
    /// # Errors
    ///
    /// [`TimekeeperError::NoHardwareAes`] where the network is not paced and the processor has no AES instructions.
    pub fn new(params: &ConsensusParams, cpu: Option<usize>) -> Result<Self, TimekeeperError> {
        Self::with_aes(params, cpu, autonomys_proof_of_time::has_hardware_aes())
    }

    fn with_aes(
        params: &ConsensusParams,
        cpu: Option<usize>,
        has_hardware_aes: bool,
    ) -> Result<Self, TimekeeperError> {
        if !params.paced && !has_hardware_aes {
            return Err(TimekeeperError::NoHardwareAes);
        }
        Ok(Self {
            cpu,
            pace: params
                .paced
                .then(|| Duration::from_millis(params.slot_duration_millis)),
        })
    }

    /// When a slot becomes known that was begun at `begun`, if it is proved by then.
    fn due(&self, begun: Instant) -> Option<Instant> {
        begun.checked_add(self.pace?)
    }
}

/// A running timekeeper. It stops when this is dropped.
#[derive(Debug)]
pub struct Timekeeper {
    source: PotSource,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Timekeeper {
    /// Starts proving what comes next in `source`.
    ///
    /// # Errors
    ///
    /// When the thread cannot be started or pinned.
    pub fn start(source: PotSource, config: TimekeeperConfig) -> Result<Self, TimekeeperError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (pinned_sender, pinned) = mpsc::channel();
        let thread = thread::Builder::new().name("timekeeper".into()).spawn({
            let source = source.clone();
            let stop = Arc::clone(&stop);
            move || {
                let result = config.cpu.map_or(Ok(()), pin);
                let is_pinned = result.is_ok();
                if pinned_sender.send(result).is_ok() && is_pinned {
                    keep_time(&source, &config, &|| stop.load(Ordering::Acquire));
                }
            }
        })?;
        let timekeeper = Self {
            source,
            stop,
            thread: Some(thread),
        };
        // Without an answer the thread is gone, which a core that it could not be pinned to is the only cause of.
        pinned.recv().unwrap_or(Err(TimekeeperError::Pinning {
            cpu: config.cpu.unwrap_or_default(),
        }))?;
        info!(
            target: "proof-of-time::timekeeper",
            cpu = config.cpu,
            pace_millis = config.pace.map(|pace| pace.as_millis()),
            "Timekeeper started"
        );
        Ok(timekeeper)
    }

    /// Stops it and waits until its thread has ended: a few milliseconds, a few tens without AES instructions.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Timekeeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.source.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!(target: "proof-of-time::timekeeper", "Timekeeper had ended with a panic");
        }
    }
}

fn pin(cpu: usize) -> Result<(), TimekeeperError> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let Some(core) = cores.iter().find(|core| core.id == cpu) else {
        return Err(TimekeeperError::NoSuchCpu {
            cpu,
            available: cores.iter().map(|core| core.id).collect(),
        });
    };
    if core_affinity::set_for_current(*core) {
        Ok(())
    } else {
        Err(TimekeeperError::Pinning { cpu })
    }
}

/// Proves what comes next until it is to stop. What comes next may change at any time: another timekeeper was faster, or
/// the best block is on another branch.
fn keep_time(source: &PotSource, config: &TimekeeperConfig, is_stopped: &dyn Fn() -> bool) {
    while !is_stopped() {
        let begun = Instant::now();
        let (next, generation) = source.next_with_generation();
        let Some(input) = next else {
            source.wait_while(generation, None, is_stopped);
            continue;
        };
        let is_wanted = || source.generation() == generation && !is_stopped();
        let checkpoints = match prove_while(input.seed, input.iterations, is_wanted) {
            Ok(Some(checkpoints)) => checkpoints,
            Ok(None) => continue,
            Err(error) => {
                error!(
                    target: "proof-of-time::timekeeper",
                    slot = input.slot,
                    %error,
                    "There is no proof of time for the iterations that the chain asks for; waiting for another best block"
                );
                source.wait_while(generation, None, is_stopped);
                continue;
            }
        };
        source
            .verifier()
            .remember(input.seed, input.iterations, checkpoints);
        if let Some(due) = config.due(begun)
            && !source.wait_while(generation, Some(due), is_stopped)
        {
            continue;
        }
        if !is_stopped() {
            source.extend(&input, checkpoints, SlotOrigin::Local);
        }
    }
}
