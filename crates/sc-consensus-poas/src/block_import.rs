//! Block import: a verified header against its parent, history and state; then fork choice, archiving and finality.
//!
//! In this order, for blocks of peers and for own blocks:
//!
//! | # | Step | Needs |
//! |---|---|---|
//! | 1 | the block is on the finalized chain's side | headers |
//! | 2 | slot, solution range and inputs of proofs of time follow from the parent | [`Parents`] |
//! | 3 | segment roots in the digest are those that are due | segment headers |
//! | 4 | solution wins, with its piece in the history of the parent | segment headers |
//! | 5 | proofs of time are valid; known ones cost nothing | [`PotVerifier`] |
//! | 6 | timestamp and segment-header inherent; not for own blocks | runtime |
//! | 7 | execution leads to the state root of the header; not for own blocks | runtime |
//! | 8 | total weight decides on the best block, and is stored with the block | auxiliary database |
//! | 9 | the client stores the block | |
//! | 10 | if it is the best one: block best − confirmation depth is archived, then finalized | |
//!
//! Steps 1 to 7 end in [`ImportResult::KnownBad`] where the block is at fault, so that its sender is disconnected. An error is
//! only returned for faults of this node. Execution is done here and not left to the client, whose error does not
//! tell one from the other.
//!
//! A block that is known already is taken through steps 2 to 7 when somebody asks for it (`check-block`), and nothing is
//! written.
//!
//! One block is imported at a time: own blocks and those of the import queue wait for each other, because fork choice and archiving
//! depend on the order.

use crate::archiver::ChainArchiver;
use crate::aux_schema::{store_weight, total_weight};
use crate::link::PoasLink;
use crate::metrics::Metrics;
use crate::parents::{Parent, Parents, check_proofs_of_time};
use crate::rejection::{Fault, ImportError, Rejection};
use crate::segment_headers::SegmentHeaderStore;
use crate::verifier::{VERIFIED_HEADER, VerifiedHeader};
use autonomys_core_primitives::solutions::block_weight;
use autonomys_core_primitives::{BlockNumber, SegmentHeader};
use autonomys_runtime_primitives::Hash;
use autonomys_runtime_primitives::opaque::Block;
use autonomys_verification::{PieceCheck, VerificationError, verify_solution};
use sc_client_api::{AuxStore, Backend, BlockBackend, Finalizer, HeaderBackend};
use sc_consensus::{
    BlockCheckParams, BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult,
    StateAction, StorageChanges,
};
use sc_proof_of_time::{PotSource, PotVerifier};
use sp_api::{ApiExt, CallApiAt, Core, ProvideRuntimeApi};
use sp_block_builder::{BlockBuilder, CheckInherentsError, check_inherents_with_data};
use sp_blockchain::{BlockStatus, HeaderMetadata, tree_route};
use sp_consensus::{BlockOrigin, BlockStatus as StateStatus, Error as ConsensusError};
use sp_consensus_poas::{SegmentHeadersInherentDataProvider, SegmentRootLog};
use sp_core::traits::CallContext;
use sp_inherents::InherentDataProvider;
use sp_runtime::traits::Block as _;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What the block import needs of a client.
pub trait ImportClient<BE: Backend<Block>>:
    HeaderBackend<Block>
    + HeaderMetadata<Block, Error = sp_blockchain::Error>
    + BlockBackend<Block>
    + AuxStore
    + Finalizer<Block, BE>
    + CallApiAt<Block>
    + ProvideRuntimeApi<Block, Api: Core<Block> + ApiExt<Block> + BlockBuilder<Block>>
    + Send
    + Sync
    + 'static
{
}

impl<BE: Backend<Block>, Client> ImportClient<BE> for Client where
    Client: HeaderBackend<Block>
        + HeaderMetadata<Block, Error = sp_blockchain::Error>
        + BlockBackend<Block>
        + AuxStore
        + Finalizer<Block, BE>
        + CallApiAt<Block>
        + ProvideRuntimeApi<Block, Api: Core<Block> + ApiExt<Block> + BlockBuilder<Block>>
        + Send
        + Sync
        + 'static
{
}

struct Shared<Client, BE> {
    client: Arc<Client>,
    link: PoasLink,
    parents: Arc<Parents<Client>>,
    pot_source: PotSource,
    metrics: Metrics,
    /// Locked for as long as a block is imported.
    archiver: Mutex<ChainArchiver<Client>>,
    backend: PhantomData<fn() -> BE>,
}

/// Imports blocks into `Inner`, the client, after checking them. Clones are the same import.
pub struct PoasBlockImport<Inner, Client, BE> {
    inner: Inner,
    shared: Arc<Shared<Client, BE>>,
}

impl<Inner: Clone, Client, BE> Clone for PoasBlockImport<Inner, Client, BE> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<Inner, Client, BE> fmt::Debug for PoasBlockImport<Inner, Client, BE> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PoasBlockImport")
            .field("link", &self.shared.link)
            .finish_non_exhaustive()
    }
}

/// A header that follows from its parent, with history it can be checked against.
struct CheckedBlock {
    hash: Hash,
    number: BlockNumber,
    parent_hash: Hash,
    /// The block as the parent of others.
    as_parent: Parent,
    weight: u128,
    /// Whether the block is in the database already and only verified again.
    is_known: bool,
}

impl<Inner, Client, BE> PoasBlockImport<Inner, Client, BE>
where
    Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
    Client: ImportClient<BE>,
    BE: Backend<Block>,
{
    /// The block import in front of `inner`. `archiver` must have been started on the same client, and `pot_source` goes on
    /// from its best block ([`Parents::best`]).
    ///
    /// Finalizes what is deep enough and was not finalized because the node was killed: a block that is archived must never be
    /// reverted.
    pub fn new(
        inner: Inner,
        client: Arc<Client>,
        link: PoasLink,
        parents: Arc<Parents<Client>>,
        pot_source: PotSource,
        archiver: ChainArchiver<Client>,
        metrics: Metrics,
    ) -> Result<Self, Fault> {
        let target = client
            .info()
            .best_number
            .saturating_sub(link.params().confirmation_depth);
        finalize_until::<BE, _>(&*client, target, false)?;
        Ok(Self {
            inner,
            shared: Arc::new(Shared {
                client,
                link,
                parents,
                pot_source,
                metrics,
                archiver: Mutex::new(archiver),
                backend: PhantomData,
            }),
        })
    }

    /// What the block import shares with the slot worker.
    pub(crate) fn link(&self) -> &PoasLink {
        &self.shared.link
    }

    pub(crate) fn parents(&self) -> &Arc<Parents<Client>> {
        &self.shared.parents
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    pub(crate) fn pot_verifier(&self) -> &PotVerifier {
        self.shared.pot_source.verifier()
    }

    async fn import(
        &self,
        mut block: BlockImportParams<Block>,
        archiver: &mut ChainArchiver<Client>,
    ) -> Result<ImportResult, ImportError> {
        let shared = &*self.shared;
        if block.with_state() {
            return Err(Fault::StateImport.into());
        }
        let hash = block.post_hash();
        let is_known = shared.client.status(hash)? == BlockStatus::InChain;
        if is_known && !block.import_existing {
            return Ok(ImportResult::AlreadyInChain);
        }
        let parent_hash = block.header.parent_hash;
        let Some(parent) = shared.parents.get(parent_hash)? else {
            return Ok(ImportResult::UnknownParent);
        };
        let verified = self.verified_header(&mut block)?;
        let number = parent.number.saturating_add(1);
        if number != block.header.number {
            return Err(Rejection::Number {
                number: block.header.number,
                parent: parent.number,
            }
            .into());
        }
        if !is_known {
            self.check_fork(number, parent_hash)?;
        }
        match shared.client.block_status(parent_hash)? {
            StateStatus::InChainWithState => {}
            // Nothing can be executed on a fork whose state is gone, nor on finalized blocks that are old.
            _ => return Ok(ImportResult::MissingState),
        }

        let (inputs, as_parent) = parent.check_child(shared.link.params(), number, &verified)?;
        let deepest = number
            .saturating_sub(shared.link.params().confirmation_depth)
            .saturating_sub(1);
        let headers = shared.link.segment_headers();
        let history = if archiver.last_block() < deepest {
            // The block is on a fork that is longer than the best chain and weighs less.
            let ahead = archiver
                .headers_on_fork(parent_hash, deepest)
                .map_err(Fault::from)?;
            headers.with_headers(&ahead)
        } else {
            headers.clone()
        };
        self.check_history(number, &history, &verified)?;
        check_proofs_of_time(shared.pot_source.verifier(), &inputs, &verified)?;
        if block.origin != BlockOrigin::Own {
            // Own inherents are from the same data, and must not be refused because the clock was set back meanwhile.
            let body = block.body.clone().ok_or(Rejection::NoBody)?;
            self.check_inherents(
                history.segment_headers_for_block(number),
                parent_hash,
                Block::new(block.header.clone(), body),
            )
            .await?;
        }
        self.execute(parent_hash, &mut block)?;

        let checked = CheckedBlock {
            hash,
            number,
            parent_hash,
            as_parent,
            weight: block_weight(verified.digests().solution_range),
            is_known,
        };
        self.commit(block, checked, archiver).await
    }

    /// Takes the proof that the header is verified from the import queue, or verifies the header of an own block.
    fn verified_header(
        &self,
        block: &mut BlockImportParams<Block>,
    ) -> Result<VerifiedHeader, ImportError> {
        if block.origin == BlockOrigin::Own {
            return Ok(VerifiedHeader::verify(
                &self.shared.link,
                &block.header,
                &block.post_digests,
                block.justifications.as_ref(),
            )?);
        }
        block
            .remove_intermediate(VERIFIED_HEADER)
            .map_err(|_| Fault::NotVerified.into())
    }

    /// Checks that the block does not leave the finalized chain, as far as its ancestors are known.
    fn check_fork(&self, number: BlockNumber, parent_hash: Hash) -> Result<(), ImportError> {
        let client = &*self.shared.client;
        let info = client.info();
        let rejection = Rejection::ForkBelowFinalized {
            finalized: info.finalized_number,
        };
        if parent_hash == info.best_hash || parent_hash == info.finalized_hash {
            return Ok(());
        }
        // The parent of the block above the finalized one can be no other, whether it is known or not
        if number.saturating_sub(1) <= info.finalized_number {
            return Err(rejection.into());
        }
        if client.status(parent_hash)? == BlockStatus::Unknown {
            return Ok(());
        }
        let route = tree_route(client, info.finalized_hash, parent_hash)?;
        if route.retracted().is_empty() {
            Ok(())
        } else {
            Err(rejection.into())
        }
    }

    /// Checks segment roots and the piece of the solution against the history of the branch.
    fn check_history(
        &self,
        number: BlockNumber,
        history: &SegmentHeaderStore,
        verified: &VerifiedHeader,
    ) -> Result<(), ImportError> {
        let params = self.shared.link.params();
        let digests = verified.digests();
        let due = history.segment_headers_for_block(number);
        let roots_match = due.len() == digests.segment_roots.len()
            && due.iter().zip(&digests.segment_roots).all(|(header, log)| {
                *log == SegmentRootLog {
                    segment_index: header.segment_index,
                    segment_root: header.segment_root,
                }
            });
        if !roots_match {
            return Err(Rejection::SegmentRoots.into());
        }

        let pre_digest = &digests.pre_digest;
        let parent_number = number.saturating_sub(1);
        let piece_check = PieceCheck::look_up(
            params,
            &pre_digest.solution,
            history.history_size(parent_number),
            |segment_index| history.get(segment_index).map(|header| header.segment_root),
        )
        .map_err(solution_error)?;
        verify_solution(
            params,
            &pre_digest.solution,
            &pre_digest.proof_of_time.global_challenge(pre_digest.slot),
            digests.solution_range,
            Some(&piece_check),
        )
        .map_err(solution_error)?;
        Ok(())
    }

    /// Checks timestamp and segment headers in the body.
    async fn check_inherents(
        &self,
        due: Vec<SegmentHeader>,
        parent_hash: Hash,
        block: Block,
    ) -> Result<(), ImportError> {
        let providers = (
            sp_timestamp::InherentDataProvider::from_system_time(),
            SegmentHeadersInherentDataProvider::new(due),
        );
        let data = providers
            .create_inherent_data()
            .await
            .map_err(Fault::InherentData)?;
        check_inherents_with_data(
            Arc::clone(&self.shared.client),
            parent_hash,
            block,
            &providers,
            data,
        )
        .await
        .map_err(|error| {
            Rejection::Inherents(match error {
                CheckInherentsError::CreateInherentData(error)
                | CheckInherentsError::CheckInherents(error) => error.to_string(),
                CheckInherentsError::Client(error) => error.to_string(),
                CheckInherentsError::CheckInherentsUnknownError(identifier) => format!(
                    "the runtime refuses the inherent `{}`",
                    String::from_utf8_lossy(&identifier)
                ),
            })
            .into()
        })
    }

    /// Executes the block, unless its changes are known because it was made here.
    fn execute(
        &self,
        parent_hash: Hash,
        block: &mut BlockImportParams<Block>,
    ) -> Result<(), ImportError> {
        if let StateAction::ApplyChanges(_) = block.state_action {
            return match block.origin {
                BlockOrigin::Own => Ok(()),
                _ => Err(Fault::StateImport.into()),
            };
        }
        let body = block.body.clone().ok_or(Rejection::NoBody)?;
        let client = &*self.shared.client;
        let mut api = client.runtime_api();
        api.set_call_context(CallContext::Onchain { import: true });
        api.execute_block(parent_hash, Block::new(block.header.clone(), body).into())
            .map_err(|error| Rejection::Execution(error.to_string()))?;
        let state = client.state_at(parent_hash).map_err(Fault::from)?;
        let changes = api
            .into_storage_changes(&state, parent_hash)
            .map_err(|error| Fault::Database(sp_blockchain::Error::Storage(error)))?;
        if changes.transaction_storage_root != block.header.state_root {
            return Err(Rejection::StateRoot.into());
        }
        block.state_action = StateAction::ApplyChanges(StorageChanges::Changes(changes));
        Ok(())
    }

    /// Stores the block, and what follows from it being the best one.
    async fn commit(
        &self,
        mut block: BlockImportParams<Block>,
        checked: CheckedBlock,
        archiver: &mut ChainArchiver<Client>,
    ) -> Result<ImportResult, ImportError> {
        let shared = &*self.shared;
        let client = &*shared.client;
        let origin = block.origin;
        block.post_hash = Some(checked.hash);
        block.finalized = false;
        if checked.is_known {
            // Verified again. The database takes the state of a block only once
            return Ok(ImportResult::AlreadyInChain);
        }

        let info = client.info();
        let parent_number = checked.number.saturating_sub(1);
        let weight = total_weight(client, parent_number, checked.parent_hash)?
            .saturating_add(checked.weight);
        let is_heaviest = weight > total_weight(client, info.best_number, info.best_hash)?;
        block.fork_choice = Some(ForkChoiceStrategy::Custom(is_heaviest));
        block.auxiliary.extend(store_weight(
            client,
            checked.number,
            checked.hash,
            weight,
            info.finalized_number,
        )?);

        let result = self.inner.import_block(block).await.map_err(Fault::from)?;
        let ImportResult::Imported(aux) = &result else {
            return Ok(result);
        };
        let (slot, anchor) = (checked.as_parent.slot, checked.as_parent.anchor);
        shared
            .parents
            .insert(checked.hash, Arc::new(checked.as_parent));
        if matches!(
            origin,
            BlockOrigin::NetworkInitialSync | BlockOrigin::NetworkBroadcast
        ) {
            shared.link.note_block_of_peer(slot);
        }
        if aux.is_new_best {
            shared.pot_source.on_best_block(anchor);
            self.settle(checked.number, origin, archiver)?;
        }
        Ok(result)
    }

    /// Archives and finalizes what is deep enough under the new best block.
    fn settle(
        &self,
        best_number: BlockNumber,
        origin: BlockOrigin,
        archiver: &mut ChainArchiver<Client>,
    ) -> Result<(), Fault> {
        let client = &*self.shared.client;
        let depth = self.shared.link.params().confirmation_depth;
        let Some(target) = best_number.checked_sub(depth) else {
            return Ok(());
        };
        archiver.archive_until(target)?;
        // Nobody follows the chain during initial sync, and notifications would pile up
        let notify = !matches!(origin, BlockOrigin::NetworkInitialSync | BlockOrigin::File);
        finalize_until::<BE, _>(client, target, notify)
    }

    /// Logs and counts a block that was not accepted, and says so to the import queue.
    fn refuse(
        &self,
        number: BlockNumber,
        hash: Hash,
        error: ImportError,
    ) -> Result<ImportResult, ConsensusError> {
        match error {
            ImportError::Rejected(rejection) => {
                self.shared.metrics.block_rejected(&rejection);
                tracing::warn!(
                    target: "poas::block_import",
                    number,
                    ?hash,
                    reason = %rejection,
                    "Block refused",
                );
                Ok(ImportResult::KnownBad)
            }
            ImportError::Fault(fault) => {
                self.shared.metrics.import_fault(&fault);
                tracing::error!(
                    target: "poas::block_import",
                    number,
                    ?hash,
                    error = %fault,
                    "Block could not be imported",
                );
                Err(match fault {
                    Fault::Client(error) => error,
                    fault => ConsensusError::Other(Box::new(fault)),
                })
            }
        }
    }
}

/// Finalizes the best chain up to block `target`, if it is not final yet.
fn finalize_until<BE, Client>(
    client: &Client,
    target: BlockNumber,
    notify: bool,
) -> Result<(), Fault>
where
    BE: Backend<Block>,
    Client: ImportClient<BE>,
{
    if target <= client.info().finalized_number {
        return Ok(());
    }
    let hash = client.hash(target)?.ok_or_else(|| Fault::Missing {
        what: "hash",
        block: target.to_string(),
    })?;
    // `None`: a justification given here would take the place of the proofs of time of the block
    client.finalize_block(hash, None, notify)?;
    Ok(())
}

fn solution_error(error: VerificationError) -> ImportError {
    match error {
        VerificationError::UnknownSegment(_) => Fault::UnknownSegment(error).into(),
        error => Rejection::Solution(error).into(),
    }
}

#[async_trait::async_trait]
impl<Inner, Client, BE> BlockImport<Block> for PoasBlockImport<Inner, Client, BE>
where
    Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
    Client: ImportClient<BE>,
    BE: Backend<Block>,
{
    type Error = ConsensusError;

    async fn check_block(
        &self,
        block: BlockCheckParams<Block>,
    ) -> Result<ImportResult, Self::Error> {
        let (hash, number, parent_hash) = (block.hash, block.number, block.parent_hash);
        let import_existing = block.import_existing;
        let result = match self.inner.check_block(block).await? {
            // The client looks at no block twice whose state it has, whoever asks
            ImportResult::AlreadyInChain if import_existing => ImportResult::imported(false),
            result => result,
        };
        // Refused before it is verified, since an endless number of blocks can be made on old ones. Peers send a fork from
        // the finalized height on, so the parent of its first block is not known where the fork leaves the chain below.
        if matches!(
            result,
            ImportResult::Imported(_) | ImportResult::UnknownParent
        ) && !import_existing
            && let Err(error) = self.check_fork(number, parent_hash)
        {
            return self.refuse(number, hash, error);
        }
        Ok(result)
    }

    async fn import_block(
        &self,
        block: BlockImportParams<Block>,
    ) -> Result<ImportResult, Self::Error> {
        let mut archiver = self.shared.archiver.lock().await;
        let (number, hash) = (block.header.number, block.post_hash());
        match self.import(block, &mut archiver).await {
            Ok(result) => Ok(result),
            Err(error) => self.refuse(number, hash, error),
        }
    }
}
