//! Makes blocks: tells farmers of slots, and turns their solutions into blocks.
//!
//! ```text
//! proof of time of slot s ─▶ SlotNotifier ─▶ farmers audit slot s
//!                                └─ slot s − authoring delay is over: its solutions ─▶ BlockAuthor
//! BlockAuthor: verify ─▶ claim ─▶ propose ─▶ seal ─▶ import
//! ```
//!
//! The two are tasks of their own, so a slow farmer, proposer or import holds up no slot. A block is not late when it is
//! made late: slots are no clock, and its slot is fixed by the solution. It is only in vain if another block of that slot
//! or a later one has become best.

#[cfg(test)]
mod tests;

use crate::block_import::{ImportClient, PoasBlockImport};
use crate::link::PoasLink;
use crate::metrics::{AuthoringFailure, Metrics};
use crate::parents::{Parent, Parents, Revealed};
use crate::sync_status::SyncStatus;
use autonomys_core_primitives::farming::{SealRequest, SlotInfo};
use autonomys_core_primitives::{BlockHash, SlotNumber, Solution};
use autonomys_runtime_primitives::Hash;
use autonomys_runtime_primitives::opaque::Block;
use autonomys_verification::{PieceCheck, verify_solution};
use codec::Encode;
use sc_client_api::{Backend, BlockBackend, HeaderBackend};
use sc_consensus::{BlockImport, BlockImportParams, ImportResult, StateAction, StorageChanges};
use sc_proof_of_time::{PotSlotInfo, PotSlotStream, PotVerifier};
use sp_consensus::{
    BlockOrigin, Environment, Error as ConsensusError, Proposal, ProposeArgs, Proposer,
};
use sp_consensus_poas::{
    POAS_ENGINE_ID, PreDigest, SegmentHeadersInherentDataProvider, seal_digest,
};
use sp_inherents::InherentDataProvider;
use sp_runtime::traits::Block as _;
use sp_runtime::{Digest, Justifications};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Slots with solutions that may wait for the author.
const CLAIM_BACKLOG: usize = 8;
/// Longest time for filling a block.
const MAX_PROPOSING_TIME: Duration = Duration::from_secs(2);
/// Longest time that a farmer has for a seal.
const MAX_SEALING_TIME: Duration = Duration::from_millis(500);

/// How a node makes blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotWorkerConfig {
    /// Whether to make blocks without a single peer: on development chains, and where it was asked for.
    pub force_authoring: bool,
}

/// Solutions for a slot whose authoring delay is over.
#[derive(Debug)]
struct Claim {
    slot: SlotNumber,
    solutions: Vec<Solution>,
}

/// Why farmers are not told of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    Syncing,
    Offline,
}

/// Tells farmers of slots, and hands solutions to the [`BlockAuthor`].
pub struct SlotNotifier<Client> {
    slots: PotSlotStream,
    link: PoasLink,
    parents: Arc<Parents<Client>>,
    sync_status: SyncStatus,
    config: SlotWorkerConfig,
    metrics: Metrics,
    claims: mpsc::Sender<Claim>,
    pause: Option<Pause>,
}

/// Makes blocks of solutions.
pub struct BlockAuthor<Inner, Client, BE, Factory> {
    client: Arc<Client>,
    link: PoasLink,
    parents: Arc<Parents<Client>>,
    block_import: PoasBlockImport<Inner, Client, BE>,
    proposers: Factory,
    pot_verifier: PotVerifier,
    metrics: Metrics,
    claims: mpsc::Receiver<Claim>,
}

impl<Client> fmt::Debug for SlotNotifier<Client> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SlotNotifier")
            .field("config", &self.config)
            .field("pause", &self.pause)
            .finish_non_exhaustive()
    }
}

impl<Inner, Client, BE, Factory> fmt::Debug for BlockAuthor<Inner, Client, BE, Factory> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BlockAuthor")
            .field("block_import", &self.block_import)
            .finish_non_exhaustive()
    }
}

/// The two halves of the slot worker. Both have to run: [`SlotNotifier::run`] as a task, [`BlockAuthor::run`] as one that may
/// block its thread.
pub fn slot_worker<Inner, Client, BE, Factory>(
    slots: PotSlotStream,
    client: Arc<Client>,
    block_import: PoasBlockImport<Inner, Client, BE>,
    proposers: Factory,
    sync_status: SyncStatus,
    config: SlotWorkerConfig,
) -> (
    SlotNotifier<Client>,
    BlockAuthor<Inner, Client, BE, Factory>,
)
where
    Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
    Client: ImportClient<BE>,
    BE: Backend<Block>,
    Factory: Environment<Block> + Send,
{
    let (sender, receiver) = mpsc::channel(CLAIM_BACKLOG);
    let notifier = SlotNotifier {
        slots,
        link: block_import.link().clone(),
        parents: Arc::clone(block_import.parents()),
        sync_status,
        config,
        metrics: block_import.metrics().clone(),
        claims: sender,
        pause: None,
    };
    let author = BlockAuthor {
        client,
        link: notifier.link.clone(),
        parents: Arc::clone(&notifier.parents),
        pot_verifier: block_import.pot_verifier().clone(),
        metrics: notifier.metrics.clone(),
        block_import,
        proposers,
        claims: receiver,
    };
    (notifier, author)
}

impl<Client> SlotNotifier<Client>
where
    Client: HeaderBackend<Block> + BlockBackend<Block>,
{
    /// Runs until there are no slots any more or the author is gone.
    pub async fn run(mut self) {
        while let Some(slot) = self.slots.next().await {
            if self.claims.is_closed() {
                return;
            }
            self.on_slot(&slot);
        }
    }

    fn on_slot(&mut self, info: &PotSlotInfo) {
        let pause = if self.sync_status.is_syncing() {
            Some(Pause::Syncing)
        } else if self.sync_status.is_offline() && !self.config.force_authoring {
            Some(Pause::Offline)
        } else {
            None
        };
        if pause != self.pause {
            log_pause(pause);
            self.pause = pause;
        }
        if pause.is_some() {
            self.link.close_all_slots();
            return;
        }

        match self.parents.best() {
            // A block reveals slots before its own, in which nothing can be won any more
            Ok((_, best)) if info.slot <= best.slot => {}
            Ok((_, best)) => {
                self.link.announce_slot(SlotInfo {
                    slot: info.slot,
                    global_challenge: info.output().global_challenge(info.slot),
                    solution_range: best.child_solution_range,
                });
                self.metrics.slot_announced();
            }
            Err(error) => {
                tracing::error!(target: "poas::slot_worker", %error, "The best block cannot be read");
            }
        }

        let Some(over) = info.slot.checked_sub(self.link.params().authoring_delay) else {
            return;
        };
        for (slot, solutions) in self.link.close_slots(over) {
            self.metrics.solutions(solutions.len());
            if self.claims.try_send(Claim { slot, solutions }).is_err() {
                self.metrics.authoring_failed(AuthoringFailure::Overload);
                tracing::warn!(
                    target: "poas::slot_worker",
                    slot,
                    "No block is made in this slot: blocks take longer than slots; a faster machine is needed",
                );
            }
        }
    }
}

fn log_pause(pause: Option<Pause>) {
    match pause {
        Some(Pause::Syncing) => tracing::info!(
            target: "poas::slot_worker",
            "Farmers wait until this node has caught up with the network",
        ),
        Some(Pause::Offline) => tracing::info!(
            target: "poas::slot_worker",
            "Farmers wait until this node has a peer; `--force-authoring` starts a network without one",
        ),
        None => tracing::info!(target: "poas::slot_worker", "Farmers are told of slots"),
    }
}

impl<Inner, Client, BE, Factory> BlockAuthor<Inner, Client, BE, Factory>
where
    Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
    Client: ImportClient<BE>,
    BE: Backend<Block>,
    Factory: Environment<Block> + Send,
{
    /// Runs until the notifier is gone. To be run where a thread may be blocked, since blocks are imported here.
    pub async fn run(mut self) {
        while let Some(claim) = self.claims.recv().await {
            let slot = claim.slot;
            if let Err(failure) = self.author(claim).await {
                self.metrics.authoring_failed(failure);
                tracing::debug!(
                    target: "poas::slot_worker",
                    slot,
                    reason = failure.reason(),
                    "No block was made in this slot though there was a solution",
                );
            }
        }
    }

    async fn author(&mut self, claim: Claim) -> Result<(), AuthoringFailure> {
        let slot = claim.slot;
        let (parent_hash, parent) = self.parents.best().map_err(|error| {
            tracing::error!(target: "poas::slot_worker", %error, "The best block cannot be read");
            AuthoringFailure::Proposing
        })?;
        if slot <= parent.slot {
            tracing::debug!(
                target: "poas::slot_worker",
                slot,
                best = parent.slot,
                "The slot is taken by the best block",
            );
            return Ok(());
        }
        let (pre_digest, justification) = self.claim(claim, &parent)?;
        let public_key = pre_digest.solution.public_key;
        let Proposal {
            block,
            storage_changes,
        } = self.propose(&pre_digest, parent_hash, &parent).await?;
        let (header, body) = block.deconstruct();

        let pre_hash = BlockHash(header.hash().0);
        let limit = MAX_SEALING_TIME.min(self.slot_duration());
        let seal = self
            .link
            .request_seal(SealRequest {
                pre_hash,
                public_key,
            })
            .wait(limit)
            .await
            .ok_or_else(|| {
                tracing::warn!(
                    target: "poas::slot_worker",
                    slot,
                    %public_key,
                    limit_millis = limit.as_millis(),
                    "No farmer sealed the block in time, so it is dropped",
                );
                AuthoringFailure::SealMissing
            })?;

        let mut import = BlockImportParams::<Block>::new(BlockOrigin::Own, header);
        import.post_digests = vec![seal_digest(&seal)];
        import.post_hash = Some(import.post_header().hash());
        import.justifications = Some(Justifications::from((POAS_ENGINE_ID, justification)));
        import.body = Some(body);
        import.state_action = StateAction::ApplyChanges(StorageChanges::Changes(storage_changes));
        self.import(import, slot).await
    }

    /// Finds the best solution that is valid on top of the best block, and what the block says with it: the pre-digest and
    /// the encoded justification.
    fn claim(
        &self,
        claim: Claim,
        parent: &Parent,
    ) -> Result<(PreDigest, Vec<u8>), AuthoringFailure> {
        let slot = claim.slot;
        let params = self.link.params();
        let Revealed {
            proof_of_time,
            future_proof_of_time,
            justification,
        } = parent
            .reveal(params, slot, |input| {
                self.pot_verifier.get(input.seed, input.iterations)
            })
            .ok_or_else(|| {
                tracing::warn!(
                    target: "poas::slot_worker",
                    slot,
                    revealed_until = parent.anchor.slot,
                    "A block of this slot would have to reveal proofs of time that this node has missed",
                );
                AuthoringFailure::ProofOfTimeUnknown
            })?;
        let global_challenge = proof_of_time.global_challenge(slot);
        let headers = self.link.segment_headers();
        for solution in claim.solutions {
            let verified = PieceCheck::look_up(
                params,
                &solution,
                headers.history_size(parent.number),
                |segment_index| headers.get(segment_index).map(|header| header.segment_root),
            )
            .and_then(|piece_check| {
                verify_solution(
                    params,
                    &solution,
                    &global_challenge,
                    parent.child_solution_range,
                    Some(&piece_check),
                )
            });
            match verified {
                Ok(_) => {
                    let pre_digest = PreDigest {
                        slot,
                        solution,
                        proof_of_time,
                        future_proof_of_time,
                    };
                    return Ok((pre_digest, justification.encode()));
                }
                Err(error) => tracing::warn!(
                    target: "poas::slot_worker",
                    slot,
                    public_key = %solution.public_key,
                    sector_index = solution.sector_index,
                    %error,
                    "A farmer's solution is not valid on top of the best block",
                ),
            }
        }
        Err(AuthoringFailure::SolutionInvalid)
    }

    async fn propose(
        &mut self,
        pre_digest: &PreDigest,
        parent_hash: Hash,
        parent: &Parent,
    ) -> Result<Proposal<Block>, AuthoringFailure> {
        let failed = |error: &dyn fmt::Display| {
            tracing::warn!(
                target: "poas::slot_worker",
                slot = pre_digest.slot,
                %error,
                "The block could not be filled",
            );
            AuthoringFailure::Proposing
        };
        let parent_header = self
            .client
            .header(parent_hash)
            .map_err(|error| failed(&error))?
            .ok_or_else(|| failed(&"the best block has no header"))?;
        let due = self
            .link
            .segment_headers()
            .segment_headers_for_block(parent.number.saturating_add(1));
        let inherent_data = (
            sp_timestamp::InherentDataProvider::from_system_time(),
            SegmentHeadersInherentDataProvider::new(due),
        )
            .create_inherent_data()
            .await
            .map_err(|error| failed(&error))?;
        let proposer = self
            .proposers
            .init(&parent_header)
            .await
            .map_err(|error| failed(&error))?;
        proposer
            .propose(ProposeArgs {
                inherent_data,
                inherent_digests: Digest {
                    logs: vec![pre_digest.digest_item()],
                },
                // Slots are no clock, so what is left of one says nothing: two thirds of its usual length.
                max_duration: MAX_PROPOSING_TIME.min(self.slot_duration().mul_f32(2.0 / 3.0)),
                ..ProposeArgs::default()
            })
            .await
            .map_err(|error| failed(&error))
    }

    async fn import(
        &self,
        import: BlockImportParams<Block>,
        slot: SlotNumber,
    ) -> Result<(), AuthoringFailure> {
        let (number, hash) = (import.header.number, import.post_hash());
        let result = self.block_import.import_block(import).await;
        match result {
            Ok(ImportResult::Imported(aux)) => {
                self.metrics.block_authored();
                tracing::info!(
                    target: "poas::slot_worker",
                    number,
                    slot,
                    %hash,
                    best = aux.is_new_best,
                    "Block farmed",
                );
                Ok(())
            }
            other => {
                tracing::warn!(
                    target: "poas::slot_worker",
                    number,
                    slot,
                    %hash,
                    result = ?other,
                    "The block made here could not be imported",
                );
                Err(AuthoringFailure::Import)
            }
        }
    }

    fn slot_duration(&self) -> Duration {
        Duration::from_millis(self.link.params().slot_duration_millis)
    }
}
