//! Peers whose blocks cannot be imported: on another history, or invalid.
//!
//! Sync disconnects such a peer, and the network would dial it again a few seconds later, for ever. Here the peer is
//! refused for a time that doubles with every offence: [`ReportingQueue`] learns of offences from what the import queue
//! says to sync, and [`refuse_offenders`] keeps the reputation of the offenders below what the network accepts.

use async_trait::async_trait;
use autonomys_core_primitives::BlockNumber;
use sc_consensus::import_queue::ImportQueueService;
use sc_consensus::{
    BlockImportError, BlockImportStatus, ImportQueue, JustificationImportResult, Link,
};
use sc_network::service::traits::NetworkService;
use sc_network::{PeerId, ReputationChange};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tracing::info;

use super::{Block, Hash};

#[cfg(test)]
mod tests;

/// For how long a peer is refused after its first offence.
const FIRST_REFUSAL: Duration = Duration::from_secs(60);
/// Longest time that a peer is refused for. It bounds what honest peers suffer when the clock of this node was wrong.
const LONGEST_REFUSAL: Duration = Duration::from_secs(16 * 60);
/// An offender that has behaved for as long after its refusal is one no more.
const PROBATION: Duration = LONGEST_REFUSAL;
/// Most offenders that are remembered; beyond it, who has been free for longest, or will be first, is forgotten.
const MAX_OFFENDERS: usize = 1024;
/// How often the reputation of offenders is lowered: it rises to what the network accepts in 69 seconds.
const REFRESH: Duration = Duration::from_secs(30);

/// A peer that has sent blocks which cannot be imported.
#[derive(Clone, Copy, Debug)]
struct Offender {
    /// For how long it is refused.
    refusal: Duration,
    /// When it is accepted again.
    until: Instant,
}

/// All of them.
#[derive(Debug, Default)]
struct Offenders(HashMap<PeerId, Offender>);

impl Offenders {
    /// Notes an offence. For how long the peer is refused from now on; `None` if it is refused already.
    fn note(&mut self, now: Instant, peer: PeerId) -> Option<Duration> {
        self.0
            .retain(|_, offender| now.saturating_duration_since(offender.until) < PROBATION);
        let refusal = match self.0.get(&peer) {
            Some(offender) if offender.until > now => return None,
            Some(offender) => offender.refusal.saturating_mul(2).min(LONGEST_REFUSAL),
            None => FIRST_REFUSAL,
        };
        let until = now + refusal;
        self.0.insert(peer, Offender { refusal, until });
        if self.0.len() > MAX_OFFENDERS {
            let first = self.0.iter().min_by_key(|(_, offender)| offender.until);
            if let Some(first) = first.map(|(peer, _)| *peer) {
                self.0.remove(&first);
            }
        }
        Some(refusal)
    }

    /// Peers that are to be refused.
    fn refused(&self, now: Instant) -> Vec<PeerId> {
        self.0
            .iter()
            .filter(|(_, offender)| offender.until > now)
            .map(|(peer, _)| *peer)
            .collect()
    }
}

/// Offences of peers. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Offences {
    offenders: Arc<Mutex<Offenders>>,
    noted: Arc<Notify>,
}

impl Offences {
    fn note(&self, peer: PeerId) {
        if let Some(refusal) = self.offenders().note(Instant::now(), peer) {
            info!(
                target: "node::network",
                %peer,
                seconds = refusal.as_secs(),
                "A peer sent a block that cannot be imported; it is refused for a while"
            );
            self.noted.notify_one();
        }
    }

    fn offenders(&self) -> MutexGuard<'_, Offenders> {
        self.offenders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses offenders for as long as the node runs.
pub(super) async fn refuse_offenders(offences: Offences, network: Arc<dyn NetworkService>) {
    loop {
        let refused = offences.offenders().refused(Instant::now());
        for peer in refused {
            network.report_peer(
                peer,
                ReputationChange::new_fatal("blocks that cannot be imported"),
            );
        }
        let _ = tokio::time::timeout(REFRESH, offences.noted.notified()).await;
    }
}

/// An import queue that notes whose blocks it refuses.
pub(super) struct ReportingQueue<Queue> {
    queue: Queue,
    offences: Offences,
}

impl<Queue> ReportingQueue<Queue> {
    /// Notes in `offences` whose blocks `queue` refuses.
    pub(super) fn new(queue: Queue, offences: Offences) -> Self {
        Self { queue, offences }
    }
}

#[async_trait]
impl<Queue: ImportQueue<Block>> ImportQueue<Block> for ReportingQueue<Queue> {
    fn service(&self) -> Box<dyn ImportQueueService<Block>> {
        self.queue.service()
    }

    fn service_ref(&mut self) -> &mut dyn ImportQueueService<Block> {
        self.queue.service_ref()
    }

    fn poll_actions(&mut self, cx: &mut Context<'_>, link: &dyn Link<Block>) {
        let link = ReportingLink {
            link,
            offences: &self.offences,
        };
        self.queue.poll_actions(cx, &link);
    }

    async fn run(self, link: &dyn Link<Block>) {
        let Self { queue, offences } = self;
        let link = ReportingLink {
            link,
            offences: &offences,
        };
        queue.run(&link).await;
    }
}

/// What the import queue talks to: sync, with an ear for offences.
struct ReportingLink<'a> {
    link: &'a dyn Link<Block>,
    offences: &'a Offences,
}

impl Link<Block> for ReportingLink<'_> {
    fn blocks_processed(
        &self,
        imported: usize,
        count: usize,
        results: Vec<(
            Result<BlockImportStatus<BlockNumber>, BlockImportError>,
            Hash,
        )>,
    ) {
        for (result, _) in &results {
            if let Err(
                BlockImportError::BadBlock(Some(peer))
                | BlockImportError::VerificationFailed(Some(peer), _),
            ) = result
            {
                self.offences.note(*peer);
            }
        }
        self.link.blocks_processed(imported, count, results);
    }

    fn justification_imported(
        &self,
        who: PeerId,
        hash: &Hash,
        number: BlockNumber,
        result: JustificationImportResult,
    ) {
        self.link.justification_imported(who, hash, number, result);
    }

    fn request_justification(&self, hash: &Hash, number: BlockNumber) {
        self.link.request_justification(hash, number);
    }
}
