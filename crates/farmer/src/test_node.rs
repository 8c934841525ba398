//! A node for tests: real segments, solutions verified as a chain does it, slots driven by the test.

use crate::node_client::{NodeClient, NodeClientError};
use crate::options::FarmOptions;
use async_trait::async_trait;
use autonomys_archiving::{Archiver, NewArchivedSegment, genesis_block_bytes};
use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    BlockHash, BlockNumber, ConsensusParams, GlobalChallenge, HistorySize, PieceIndex, PotOutput,
    Preset, SegmentHeader, SegmentIndex, SlotNumber, SolutionRange,
};
use autonomys_farmer_components::SectorLayout;
use autonomys_verification::{PieceCheck, VerificationError, verify_solution};
use futures::future;
use futures::stream::{self, BoxStream, StreamExt};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use tokio::sync::broadcast;

/// The node.
#[derive(Debug)]
pub(crate) struct TestNode {
    pub(crate) genesis_hash: Mutex<BlockHash>,
    pub(crate) params: ConsensusParams,
    archive: Mutex<Archive>,
    slots: Mutex<broadcast::Sender<SlotInfo>>,
    seal_requests: broadcast::Sender<SealRequest>,
    headers: broadcast::Sender<SegmentHeader>,
    /// All answers to slots.
    pub(crate) solutions: Mutex<Vec<SolutionResponse>>,
    /// All seals.
    pub(crate) seals: Mutex<Vec<SealResponse>>,
    /// Requests for pieces that were answered.
    pub(crate) pieces_given: AtomicU64,
    /// Pieces that are still given with one bit changed.
    pub(crate) corrupt_pieces: AtomicU32,
    /// Requests that still fail.
    pub(crate) failures: AtomicU32,
    /// Whether the node says that it catches up.
    pub(crate) syncing: AtomicBool,
    /// Time for solutions.
    pub(crate) solution_timeout_millis: AtomicU64,
    /// Whether requests are never answered.
    pub(crate) hanging: AtomicBool,
}

struct Archive {
    archiver: Archiver,
    next_block: BlockNumber,
    segments: Vec<NewArchivedSegment>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Archive")
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

pub(crate) const GENESIS_HASH: BlockHash = BlockHash([0xaa; 32]);

impl TestNode {
    /// A node of the unit network with a history of one segment.
    pub(crate) fn new() -> Arc<Self> {
        let params = Preset::Unit.params(NetworkTag::default());
        let node = Self {
            genesis_hash: Mutex::new(GENESIS_HASH),
            archive: Mutex::new(Archive {
                archiver: Archiver::new(&params).unwrap(),
                next_block: 0,
                segments: Vec::new(),
            }),
            params,
            slots: Mutex::new(broadcast::channel(1000).0),
            seal_requests: broadcast::channel(1000).0,
            headers: broadcast::channel(1000).0,
            solutions: Mutex::default(),
            seals: Mutex::default(),
            pieces_given: AtomicU64::new(0),
            corrupt_pieces: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            syncing: AtomicBool::new(false),
            solution_timeout_millis: AtomicU64::new(60_000),
            hanging: AtomicBool::new(false),
        };
        node.grow_history(1);
        Arc::new(node)
    }

    /// Archives this many segments.
    pub(crate) fn grow_history(&self, segments: usize) {
        let mut archive = self.archive.lock();
        let target = archive.segments.len() + segments;
        while archive.segments.len() < target {
            let number = archive.next_block;
            // One segment to a block, to the byte: what the header of its item takes is less
            let mut block = genesis_block_bytes(vec![1], &[number as u8; 32], &self.params);
            block.truncate(block.len() - if number == 0 { 5 } else { 90 });
            for segment in archive.archiver.add_block(number, &block).unwrap() {
                let _ = self.headers.send(segment.header);
                archive.segments.push(segment);
            }
            archive.next_block += 1;
        }
    }

    /// The size of a farm with so many sectors.
    pub(crate) fn farm_size(&self, sectors: u16) -> u64 {
        let layout = SectorLayout::new(self.params.clone()).unwrap();
        FarmOptions::size_of_sectors(&layout, sectors)
    }

    pub(crate) fn history_size(&self) -> HistorySize {
        HistorySize::new(self.archive.lock().segments.len() as u64).unwrap()
    }

    pub(crate) fn info(&self) -> FarmerAppInfo {
        FarmerAppInfo {
            genesis_hash: *self.genesis_hash.lock(),
            params: self.params.clone(),
            history_size: self.history_size(),
            best_block: self.archive.lock().next_block,
            syncing: self.syncing.load(Ordering::Relaxed),
            solution_timeout_millis: self.solution_timeout_millis.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn challenge(slot: SlotNumber) -> GlobalChallenge {
        PotOutput(u128::from(slot).to_le_bytes()).global_challenge(slot)
    }

    /// Announces a slot.
    pub(crate) fn announce_slot(&self, slot: SlotNumber, solution_range: SolutionRange) {
        let _ = self.slots.lock().send(SlotInfo {
            slot,
            global_challenge: Self::challenge(slot),
            solution_range,
        });
    }

    /// Farmers that have subscribed to slots.
    pub(crate) fn slot_subscribers(&self) -> usize {
        self.slots.lock().receiver_count()
    }

    /// Ends all subscriptions to slots.
    pub(crate) fn drop_subscribers(&self) {
        *self.slots.lock() = broadcast::channel(1000).0;
    }

    pub(crate) fn request_seal(&self, request: SealRequest) {
        let _ = self.seal_requests.send(request);
    }

    /// Verifies an answer as a block import would.
    pub(crate) fn verify(
        &self,
        response: &SolutionResponse,
        range: SolutionRange,
    ) -> Result<SolutionRange, VerificationError> {
        let check = PieceCheck::look_up(
            &self.params,
            &response.solution,
            self.history_size(),
            |index| Some(self.header(index)?.segment_root),
        )?;
        verify_solution(
            &self.params,
            &response.solution,
            &Self::challenge(response.slot),
            range,
            Some(&check),
        )
    }

    fn header(&self, index: SegmentIndex) -> Option<SegmentHeader> {
        Some(self.archive.lock().segments.get(index.0 as usize)?.header)
    }

    /// Does not end while the node hangs.
    async fn wake(&self) {
        if self.hanging.load(Ordering::Relaxed) {
            future::pending().await
        }
    }

    fn answer(&self) -> Result<(), NodeClientError> {
        if take(&self.failures) {
            return Err(NodeClientError::new("the test node fails on purpose"));
        }
        Ok(())
    }
}

/// Takes one of what is left.
fn take(left: &AtomicU32) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    })
    .is_ok()
}

fn items<T: Clone + Send + 'static>(receiver: broadcast::Receiver<T>) -> BoxStream<'static, T> {
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.ok().map(|item| (item, receiver))
    })
    .boxed()
}

#[async_trait]
impl NodeClient for TestNode {
    async fn farmer_app_info(&self) -> Result<FarmerAppInfo, NodeClientError> {
        self.wake().await;
        self.answer()?;
        Ok(self.info())
    }

    async fn subscribe_slot_info(&self) -> Result<BoxStream<'static, SlotInfo>, NodeClientError> {
        self.answer()?;
        Ok(items(self.slots.lock().subscribe()))
    }

    async fn submit_solution(&self, response: SolutionResponse) -> Result<(), NodeClientError> {
        self.wake().await;
        self.solutions.lock().push(response);
        Ok(())
    }

    async fn subscribe_seal_requests(
        &self,
    ) -> Result<BoxStream<'static, SealRequest>, NodeClientError> {
        self.answer()?;
        Ok(items(self.seal_requests.subscribe()))
    }

    async fn submit_seal(&self, response: SealResponse) -> Result<(), NodeClientError> {
        self.seals.lock().push(response);
        Ok(())
    }

    async fn subscribe_archived_segment_headers(
        &self,
    ) -> Result<BoxStream<'static, SegmentHeader>, NodeClientError> {
        self.answer()?;
        Ok(items(self.headers.subscribe()))
    }

    async fn segment_headers(
        &self,
        segment_indices: Vec<SegmentIndex>,
    ) -> Result<Vec<Option<SegmentHeader>>, NodeClientError> {
        // Requests cross, as they do over a network
        tokio::task::yield_now().await;
        self.answer()?;
        Ok(segment_indices
            .into_iter()
            .map(|index| self.header(index))
            .collect())
    }

    async fn last_segment_headers(
        &self,
        limit: u32,
    ) -> Result<Vec<SegmentHeader>, NodeClientError> {
        let archive = self.archive.lock();
        let skip = archive.segments.len().saturating_sub(limit as usize);
        Ok(archive
            .segments
            .iter()
            .skip(skip)
            .map(|segment| segment.header)
            .collect())
    }

    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, NodeClientError> {
        self.answer()?;
        let archive = self.archive.lock();
        let segment = piece_index.segment_index(&self.params).0 as usize;
        let mut piece = archive
            .segments
            .get(segment)
            .and_then(|segment| segment.pieces.piece(piece_index.position(&self.params)))
            .map(<[u8]>::to_vec);
        if let Some(byte) = piece.as_mut().and_then(|piece| piece.first_mut()) {
            self.pieces_given.fetch_add(1, Ordering::Relaxed);
            if take(&self.corrupt_pieces) {
                *byte ^= 1;
            }
        }
        Ok(piece)
    }
}
