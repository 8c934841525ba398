//! What the parts of consensus share, and how farmers take part.
//!
//! A farmer is told of every slot, answers with solutions, and seals the block that is made with one of them:
//!
//! ```text
//! slot worker ── announce_slot ──▶ subscribe_slots ──▶ farmer
//! slot worker ◀─ close_slots ───── submit_solution ◀── farmer         until the authoring delay is over
//! slot worker ── request_seal ───▶ subscribe_seal_requests ──▶ farmer
//! slot worker ◀─ PendingSeal ───── submit_seal ◀────── farmer
//! archiver ───── announce_segment ▶ subscribe_archived_segments ──▶ farmer
//! ```
//!
//! Whoever stands between (RPC, or the farmer in the same process) only passes these on. Nothing here waits for a farmer:
//! a subscriber that is slow misses the oldest messages.

#[cfg(test)]
mod tests;

use crate::segment_headers::SegmentHeaderStore;
use crate::sync_status::SyncProgress;
use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::sectors::{mask_chunk, ticket_distance};
use autonomys_core_primitives::{
    BlockHash, BlockNumber, ConsensusParams, PublicKey, SegmentHeader, Signature, SlotNumber,
    Solution, SolutionRange,
};
use autonomys_verification::verify_seal;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot};

/// Slots that a subscriber may lag behind before it misses one.
const SLOT_BACKLOG: usize = 16;
/// Seal requests that a subscriber may lag behind.
const SEAL_REQUEST_BACKLOG: usize = 16;
/// Segment headers that a subscriber may lag behind. Missed ones are in the store.
const ARCHIVED_SEGMENT_BACKLOG: usize = 64;
/// Solutions kept for a slot: those that are next to the challenge. One is needed, the others are for when it proves invalid.
pub const MAX_SOLUTIONS_PER_SLOT: usize = 8;

/// Why a solution was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitSolutionError {
    /// The slot is over, or was never announced.
    #[error(
        "no solutions are taken for slot {slot}: it is over or unknown here; if this happens often, the farmer or its connection is too slow"
    )]
    SlotNotOpen {
        /// The slot of the solution.
        slot: SlotNumber,
    },
    /// The solution does not win.
    #[error(
        "the solution for slot {slot} has distance {distance}, more than half the solution range {solution_range}; it wins nothing"
    )]
    OutsideSolutionRange {
        /// The slot of the solution.
        slot: SlotNumber,
        /// Distance of its ticket from the challenge.
        distance: SolutionRange,
        /// The range of the slot.
        solution_range: SolutionRange,
    },
    /// Enough better solutions are known.
    #[error(
        "{MAX_SOLUTIONS_PER_SLOT} better solutions are known for slot {slot}; this one is dropped"
    )]
    Outdone {
        /// The slot of the solution.
        slot: SlotNumber,
    },
}

impl SubmitSolutionError {
    /// All that [`Self::reason`] says.
    pub(crate) const REASONS: [&'static str; 3] =
        ["slot_not_open", "outside_solution_range", "outdone"];

    /// Label of the reason in metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::SlotNotOpen { .. } => "slot_not_open",
            Self::OutsideSolutionRange { .. } => "outside_solution_range",
            Self::Outdone { .. } => "outdone",
        }
    }
}

/// Why a seal was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitSealError {
    /// Nobody waits for it.
    #[error(
        "no seal is awaited for {pre_hash}: it came too late, another came first, or it was never asked for"
    )]
    NotRequested {
        /// What was sealed.
        pre_hash: BlockHash,
    },
    /// It is not a seal by the key that was asked for.
    #[error(
        "the seal for {pre_hash} is not a signature by {public_key}; seal with the key that the farm is plotted for"
    )]
    Invalid {
        /// What was sealed.
        pre_hash: BlockHash,
        /// The key of the solution.
        public_key: PublicKey,
    },
}

impl SubmitSealError {
    /// All that [`Self::reason`] says.
    pub(crate) const REASONS: [&'static str; 2] = ["not_requested", "invalid"];

    /// Label of the reason in metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotRequested { .. } => "not_requested",
            Self::Invalid { .. } => "invalid",
        }
    }
}

/// A slot for which solutions are taken.
#[derive(Debug)]
struct OpenSlot {
    info: SlotInfo,
    /// The best solutions, best first.
    solutions: Vec<(SolutionRange, Solution)>,
}

/// A block that waits for its seal.
#[derive(Debug)]
struct AwaitedSeal {
    public_key: PublicKey,
    sender: oneshot::Sender<Signature>,
}

/// A seal that was asked for. Dropping it takes the request back.
#[derive(Debug)]
pub struct PendingSeal {
    link: PoasLink,
    pre_hash: BlockHash,
    receiver: oneshot::Receiver<Signature>,
}

impl PendingSeal {
    /// Waits for a valid seal, at most for `limit`.
    pub async fn wait(mut self, limit: Duration) -> Option<Signature> {
        tokio::time::timeout(limit, &mut self.receiver)
            .await
            .ok()?
            .ok()
    }
}

impl Drop for PendingSeal {
    fn drop(&mut self) {
        self.link.shared.awaited_seals.lock().remove(&self.pre_hash);
    }
}

#[derive(Debug)]
struct Shared {
    params: Arc<ConsensusParams>,
    genesis_hash: BlockHash,
    segment_headers: SegmentHeaderStore,
    open_slots: Mutex<BTreeMap<SlotNumber, OpenSlot>>,
    slots: broadcast::Sender<SlotInfo>,
    awaited_seals: Mutex<HashMap<BlockHash, AwaitedSeal>>,
    seal_requests: broadcast::Sender<SealRequest>,
    archived_segments: broadcast::Sender<SegmentHeader>,
    sync_progress: Mutex<SyncProgress>,
}

/// What verifier, block import, slot worker, archiver and RPC of one node share. Clones are the same link.
#[derive(Clone, Debug)]
pub struct PoasLink {
    shared: Arc<Shared>,
}

impl PoasLink {
    /// A link for the chain with this genesis.
    pub fn new(
        params: Arc<ConsensusParams>,
        genesis_hash: BlockHash,
        segment_headers: SegmentHeaderStore,
    ) -> Self {
        let sync_progress = SyncProgress::new(Duration::from_millis(params.slot_duration_millis));
        Self {
            shared: Arc::new(Shared {
                params,
                genesis_hash,
                segment_headers,
                open_slots: Mutex::default(),
                slots: broadcast::Sender::new(SLOT_BACKLOG),
                awaited_seals: Mutex::default(),
                seal_requests: broadcast::Sender::new(SEAL_REQUEST_BACKLOG),
                archived_segments: broadcast::Sender::new(ARCHIVED_SEGMENT_BACKLOG),
                sync_progress: Mutex::new(sync_progress),
            }),
        }
    }

    /// Parameters of the chain.
    pub fn params(&self) -> &Arc<ConsensusParams> {
        &self.shared.params
    }

    /// Hash of the genesis block.
    pub fn genesis_hash(&self) -> BlockHash {
        self.shared.genesis_hash
    }

    /// Headers of all segments archived so far.
    pub fn segment_headers(&self) -> &SegmentHeaderStore {
        &self.shared.segment_headers
    }

    /// What a farmer needs to know, when the best block is `best_block`.
    pub fn farmer_app_info(&self, best_block: BlockNumber, syncing: bool) -> FarmerAppInfo {
        let params = self.params();
        FarmerAppInfo {
            genesis_hash: self.genesis_hash(),
            params: ConsensusParams::clone(params),
            history_size: self.segment_headers().history_size(best_block),
            best_block,
            syncing,
            solution_timeout_millis: params
                .authoring_delay
                .saturating_mul(params.slot_duration_millis),
        }
    }

    /// Slots to audit, from now on.
    pub fn subscribe_slots(&self) -> broadcast::Receiver<SlotInfo> {
        self.shared.slots.subscribe()
    }

    /// Takes a farmer's solution for a slot that is open.
    pub fn submit_solution(&self, response: SolutionResponse) -> Result<(), SubmitSolutionError> {
        let SolutionResponse { slot, solution } = response;
        let mut open_slots = self.shared.open_slots.lock();
        let open = open_slots
            .get_mut(&slot)
            .ok_or(SubmitSolutionError::SlotNotOpen { slot })?;
        let distance = distance(&open.info, &solution);
        let solution_range = open.info.solution_range;
        if distance > solution_range / 2 {
            return Err(SubmitSolutionError::OutsideSolutionRange {
                slot,
                distance,
                solution_range,
            });
        }
        if open.solutions.iter().any(|(_, known)| *known == solution) {
            return Ok(());
        }
        let position = open
            .solutions
            .partition_point(|(known, _)| *known <= distance);
        if position >= MAX_SOLUTIONS_PER_SLOT {
            return Err(SubmitSolutionError::Outdone { slot });
        }
        open.solutions.insert(position, (distance, solution));
        open.solutions.truncate(MAX_SOLUTIONS_PER_SLOT);
        Ok(())
    }

    /// Seals to make, from now on.
    pub fn subscribe_seal_requests(&self) -> broadcast::Receiver<SealRequest> {
        self.shared.seal_requests.subscribe()
    }

    /// Takes a farmer's seal. The first valid one counts.
    pub fn submit_seal(&self, response: SealResponse) -> Result<(), SubmitSealError> {
        let SealResponse { pre_hash, seal } = response;
        let public_key = self
            .shared
            .awaited_seals
            .lock()
            .get(&pre_hash)
            .map(|awaited| awaited.public_key)
            .ok_or(SubmitSealError::NotRequested { pre_hash })?;
        verify_seal(&public_key, &self.genesis_hash(), &pre_hash, &seal).map_err(|_| {
            SubmitSealError::Invalid {
                pre_hash,
                public_key,
            }
        })?;
        self.shared
            .awaited_seals
            .lock()
            .remove(&pre_hash)
            .and_then(|awaited| awaited.sender.send(seal).ok())
            .ok_or(SubmitSealError::NotRequested { pre_hash })
    }

    /// Headers of segments, from now on, each when all of its pieces can be had.
    pub fn subscribe_archived_segments(&self) -> broadcast::Receiver<SegmentHeader> {
        self.shared.archived_segments.subscribe()
    }

    /// Opens a slot for solutions and tells farmers. Solutions that were for another challenge of the same slot are dropped.
    pub(crate) fn announce_slot(&self, info: SlotInfo) {
        self.shared.open_slots.lock().insert(
            info.slot,
            OpenSlot {
                info,
                solutions: Vec::new(),
            },
        );
        // Without a farmer there is no receiver, which is no error.
        let _ = self.shared.slots.send(info);
    }

    /// Closes all slots up to `slot`, and returns their solutions: oldest slot first, best solution first.
    pub(crate) fn close_slots(&self, slot: SlotNumber) -> Vec<(SlotNumber, Vec<Solution>)> {
        let mut open_slots = self.shared.open_slots.lock();
        let later = match slot.checked_add(1) {
            Some(next) => open_slots.split_off(&next),
            None => BTreeMap::new(),
        };
        std::mem::replace(&mut *open_slots, later)
            .into_iter()
            .filter(|(_, open)| !open.solutions.is_empty())
            .map(|(slot, open)| {
                let solutions = open.solutions.into_iter();
                (slot, solutions.map(|(_, solution)| solution).collect())
            })
            .collect()
    }

    /// Closes all slots.
    pub(crate) fn close_all_slots(&self) {
        self.shared.open_slots.lock().clear();
    }

    /// Asks farmers for a seal.
    pub(crate) fn request_seal(&self, request: SealRequest) -> PendingSeal {
        let (sender, receiver) = oneshot::channel();
        self.shared.awaited_seals.lock().insert(
            request.pre_hash,
            AwaitedSeal {
                public_key: request.public_key,
                sender,
            },
        );
        let _ = self.shared.seal_requests.send(request);
        PendingSeal {
            link: self.clone(),
            pre_hash: request.pre_hash,
            receiver,
        }
    }

    /// Tells farmers of a segment.
    pub(crate) fn announce_segment(&self, header: SegmentHeader) {
        let _ = self.shared.archived_segments.send(header);
    }

    /// Notes that a block of this slot has come from a peer and was imported.
    pub(crate) fn note_block_of_peer(&self, slot: SlotNumber) {
        self.shared
            .sync_progress
            .lock()
            .note_block(Instant::now(), slot);
    }

    /// When blocks of peers last came in faster than they are made.
    pub(crate) fn last_catching_up(&self) -> Option<Instant> {
        self.shared.sync_progress.lock().last_catching_up()
    }
}

/// Distance of the ticket of a solution from the challenge.
fn distance(info: &SlotInfo, solution: &Solution) -> SolutionRange {
    let masked_chunk = mask_chunk(&solution.chunk, solution.proof_of_space.as_ref());
    let ticket = solution
        .sector_id()
        .slot_challenge(&info.global_challenge)
        .ticket(&masked_chunk);
    ticket_distance(ticket, &info.global_challenge)
}
