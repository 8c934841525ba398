//! # Proof-of-archival-storage pallet
//!
//! Consensus as far as it has to be agreed on: which slot a block is of, how hard it was to make, which segments of
//! history are on chain, and which entropy goes into proof of time.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for calls, events, errors and storage. [`RewardAccount`] tells other pallets whom the block's
//! rewards belong to, [`Pallet`] implements [`Randomness`], and the runtime serves [`sp_consensus_poas::PoasApi`] from
//! the functions of [`Pallet`].
//!
//! ## Overview
//!
//! The author claims a slot in the pre-digest of the header. The client has verified solution and proof of time before
//! the block is executed; the runtime keeps what the next block is verified against, and writes it as
//! [`ConsensusLog`]s into the digest, where a client reads it without touching state. Since the logs are made by
//! execution, a block whose header says anything else is refused.
//!
//! - **Slots** strictly increase from block to block.
//! - **Solution range.** After every era of blocks the range is adjusted to the space that farmers pledge
//!   ([`ConsensusParams::next_solution_range`]). An era is measured in slots and not in time stamps, which an author
//!   can choose. Adjustment is on from genesis. (Module `solution_range`.)
//! - **Segments.** Every node archives for itself. The author brings the headers that are due on chain with the inherent
//!   [`Call::store_segment_headers`]; the pallet accepts them only as a gapless chain and only in the block
//!   they are due in. (Module `segments`.)
//! - **Proof of time.** Every so many blocks the entropy of an older block is scheduled for a slot to come, so
//!   that nobody computes proof of time far ahead. Iterations change at such a slot only. (Module `entropy`.)
//!
//! ## Low Level / Implementation Details
//!
//! All sizes and rates are in [`ConsensusParams`], which is part of genesis and never changes. A header without a valid
//! pre-digest, or one of a slot that has passed, makes the block invalid; the only way for a runtime to say so
//! is to panic while initializing the block. Nothing else here panics, and nothing iterates without bound.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod entropy;
#[cfg(test)]
mod mock;
mod segments;
mod solution_range;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use autonomys_core_primitives::{ConsensusParams, HistorySize, SegmentHeader, SegmentRoot};
use core::marker::PhantomData;
use frame_support::traits::{Get, Randomness};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_consensus_poas::{ConsensusLog, PotParameters, PreDigest, SolutionRanges};
use sp_runtime::SaturatedConversion;
use sp_runtime::traits::Hash;

#[allow(
    missing_debug_implementations,
    reason = "the macro's storage and call types have none"
)]
#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use autonomys_core_primitives::params::NetworkTag;
    use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
    use autonomys_core_primitives::{
        BlockNumber, Preset, RewardAddress, SegmentIndex, SlotNumber, SolutionRange,
    };
    use core::num::NonZeroU32;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_consensus_poas::{INHERENT_IDENTIFIER, InherentError, SegmentHeadersInherentData};
    use sp_inherents::{InherentData, InherentIdentifier};

    /// Most segment headers that a block brings on chain: more than the largest block fills segments with the smallest
    /// parameters (5 MiB of extrinsics and 4 MiB of proofs of time, 64 KiB in a segment).
    pub const MAX_SEGMENT_HEADERS: u32 = 256;

    /// Segment headers that a block brings on chain.
    pub type SegmentHeaders = BoundedVec<SegmentHeader, ConstU32<MAX_SEGMENT_HEADERS>>;

    /// Default configurations.
    pub mod config_preludes {
        use super::*;
        use frame_support::derive_impl;

        /// Configuration for tests.
        #[derive(Debug)]
        pub struct TestDefaultConfig;

        #[derive_impl(frame_system::config_preludes::TestDefaultConfig, no_aggregated_types)]
        impl frame_system::DefaultConfig for TestDefaultConfig {}

        #[frame_support::register_default_impl(TestDefaultConfig)]
        impl DefaultConfig for TestDefaultConfig {
            type WeightInfo = ();
        }
    }

    /// Configuration of the pallet. Sizes and rates are no constants of the runtime but genesis state.
    #[pallet::config(with_default)]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Weights of calls and hooks.
        type WeightInfo: WeightInfo;
    }

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    /// Proof-of-archival-storage consensus.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Sizes and rates of the chain. Written by genesis, never after.
    #[pallet::storage]
    pub type Params<T: Config> = StorageValue<_, ConsensusParams>;

    /// Slot of the block.
    #[pallet::storage]
    pub type Slot<T: Config> = StorageValue<_, SlotNumber, ValueQuery>;

    /// Randomness of the block: hash of its proof of time.
    #[pallet::storage]
    pub type BlockRandomness<T: Config> = StorageValue<_, [u8; 32], ValueQuery>;

    /// Where the rewards of the block go, as the solution of its author says. None at genesis.
    #[pallet::storage]
    pub type BlockRewardAddress<T: Config> = StorageValue<_, RewardAddress>;

    /// Solution range that the block was made under.
    #[pallet::storage]
    pub type CurrentSolutionRange<T: Config> = StorageValue<_, SolutionRange, ValueQuery>;

    /// Solution range of the child, in the last block of an era.
    #[pallet::storage]
    pub type NextSolutionRange<T: Config> = StorageValue<_, SolutionRange>;

    /// Slot that the era is counted from. None before block 1.
    #[pallet::storage]
    pub type EraStartSlot<T: Config> = StorageValue<_, SlotNumber>;

    /// Roots of the segments that are on chain; indices are contiguous from 0.
    // Indices are given out by the chain itself, so nobody can unbalance the trie.
    #[pallet::storage]
    pub type SegmentRoots<T: Config> =
        StorageMap<_, Twox64Concat, SegmentIndex, SegmentRoot, OptionQuery>;

    /// Header of the last segment that is on chain.
    #[pallet::storage]
    pub type LastSegmentHeader<T: Config> = StorageValue<_, SegmentHeader>;

    /// Whether the block has brought segment headers. Exists within a block only.
    #[pallet::storage]
    #[pallet::whitelist_storage]
    pub type SegmentHeadersStored<T: Config> = StorageValue<_, bool, ValueQuery>;

    /// Iterations of proof of time in the slot of the block; those of genesis unless they were changed.
    #[pallet::storage]
    pub type PotIterations<T: Config> = StorageValue<_, NonZeroU32>;

    /// Iterations that Root wants from the next entropy injection on.
    #[pallet::storage]
    pub type RequestedPotIterations<T: Config> = StorageValue<_, NonZeroU32>;

    /// Change of proof of time at a slot after that of the block.
    #[pallet::storage]
    pub type AnnouncedPotChange<T: Config> = StorageValue<_, PotParametersChange>;

    /// Entropy of past blocks that is not yet scheduled, by block. At most one entry more than the lookback has
    /// intervals.
    // Keys are block numbers, which nobody can choose.
    #[pallet::storage]
    pub type EntropySources<T: Config> =
        StorageMap<_, Twox64Concat, BlockNumber, PotEntropy, OptionQuery>;

    /// What genesis says about consensus.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Sizes and rates of the chain.
        pub params: ConsensusParams,
        /// Ties the type to the runtime.
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    /// The smallest parameters with a network tag that no network has. Every chain says its own.
    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                params: Preset::Unit.params(NetworkTag::default()),
                _config: PhantomData,
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Err(error) = self.params.validate() {
                panic!("`poas.params` of genesis cannot be a chain: {error}");
            }
            CurrentSolutionRange::<T>::put(self.params.initial_solution_range);
            Params::<T>::put(&self.params);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A segment of history is on chain.
        SegmentHeaderStored {
            /// Header of the segment.
            segment_header: SegmentHeader,
        },
        /// An era ended, and the next block is made under another solution range.
        SolutionRangeAdjusted {
            /// Range of this block.
            current: SolutionRange,
            /// Range from the next block on.
            next: SolutionRange,
        },
        /// Entropy of an older block will be mixed into proof of time.
        EntropyInjectionAnnounced {
            /// Slot, iterations from it on, and the entropy.
            change: PotParametersChange,
        },
        /// Root wants more iterations of proof of time from the next entropy injection on.
        PotIterationsRequested {
            /// Iterations of a slot.
            iterations: NonZeroU32,
        },
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// A block brings segment headers with one inherent only.
        SegmentHeadersAlreadyStored,
        /// The inherent has no segment header; a block without due headers has no inherent.
        NoSegmentHeader,
        /// The segment is not the one after the last segment on chain.
        SegmentIndexNotNext,
        /// The segment header does not name the hash of the header before it.
        PreviousSegmentHeaderMismatch,
        /// The segment archives nothing that the segment before it has not.
        HistoryNotExtended,
        /// The segment header is due in another block.
        SegmentHeaderNotDue,
        /// Iterations of proof of time must be a multiple of 16: eight checkpoints, each verified from both ends.
        IterationsNotMultipleOfSixteen,
        /// Iterations of proof of time can only rise.
        IterationsNotIncreased,
        /// A change of iterations has been requested or announced and has not taken effect yet.
        IterationsChangePending,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(block_number: BlockNumberFor<T>) -> Weight {
            let pre_digest = PreDigest::read_digest(&frame_system::Pallet::<T>::digest())
                .unwrap_or_else(|error| panic!("{error}"));
            Self::initialize(block_number.saturated_into(), &pre_digest)
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            SegmentHeadersStored::<T>::kill();
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Bring the segment headers that are due in the block on chain.
        ///
        /// ## Dispatch Origin
        ///
        /// None: it is an inherent, which the author of the block makes from what its node archived. Importing nodes
        /// refuse the block unless their own archive says the same.
        ///
        /// ## Details
        ///
        /// Headers are accepted as a gapless chain: each has the next index, names the hash of the one before it, and
        /// reaches further into history. The header of segment 0 is due in block 1, any other one in the block whose
        /// number is the confirmation depth and one above that of its last archived block.
        ///
        /// ## Errors
        ///
        /// As each of [`Error::SegmentHeadersAlreadyStored`], [`Error::NoSegmentHeader`],
        /// [`Error::SegmentIndexNotNext`], [`Error::PreviousSegmentHeaderMismatch`], [`Error::HistoryNotExtended`] and
        /// [`Error::SegmentHeaderNotDue`] says. A block with a failing inherent is invalid.
        ///
        /// ## Events
        ///
        /// [`Event::SegmentHeaderStored`] for each header.
        #[pallet::call_index(0)]
        #[pallet::weight((
            T::WeightInfo::store_segment_headers(segment_headers.len().saturated_into()),
            DispatchClass::Mandatory,
        ))]
        pub fn store_segment_headers(
            origin: OriginFor<T>,
            segment_headers: SegmentHeaders,
        ) -> DispatchResult {
            ensure_none(origin)?;
            Self::do_store_segment_headers(&segment_headers)
        }

        /// Raise the iterations of proof of time, since processors have become faster.
        ///
        /// ## Dispatch Origin
        ///
        /// Root.
        ///
        /// ## Details
        ///
        /// The change takes effect at the slot of the next entropy injection that is announced after this call. Until
        /// then no other change can be requested.
        ///
        /// ## Errors
        ///
        /// [`Error::IterationsNotMultipleOfSixteen`]; [`Error::IterationsNotIncreased`] unless `iterations` are more
        /// than now; [`Error::IterationsChangePending`].
        ///
        /// ## Events
        ///
        /// [`Event::PotIterationsRequested`], and at the injection [`Event::EntropyInjectionAnnounced`].
        #[pallet::call_index(1)]
        #[pallet::weight((T::WeightInfo::set_pot_iterations(), DispatchClass::Operational))]
        pub fn set_pot_iterations(origin: OriginFor<T>, iterations: u32) -> DispatchResult {
            ensure_root(origin)?;
            Self::request_pot_iterations(iterations)
        }
    }

    #[pallet::inherent]
    impl<T: Config> ProvideInherent for Pallet<T> {
        type Call = Call<T>;
        type Error = InherentError;
        const INHERENT_IDENTIFIER: InherentIdentifier = INHERENT_IDENTIFIER;

        fn create_inherent(data: &InherentData) -> Option<Self::Call> {
            let due = due_segment_headers(data);
            if due.is_empty() {
                return None;
            }
            Some(Call::store_segment_headers {
                segment_headers: due.try_into().ok()?,
            })
        }

        fn is_inherent_required(data: &InherentData) -> Result<Option<Self::Error>, Self::Error> {
            Ok((!due_segment_headers(data).is_empty()).then_some(InherentError::Missing))
        }

        fn check_inherent(call: &Self::Call, data: &InherentData) -> Result<(), Self::Error> {
            let Call::store_segment_headers { segment_headers } = call else {
                return Ok(());
            };
            let due = due_segment_headers(data);
            if due.is_empty() {
                Err(InherentError::Unexpected)
            } else if due != **segment_headers {
                Err(InherentError::Mismatch)
            } else {
                Ok(())
            }
        }

        fn is_inherent(call: &Self::Call) -> bool {
            matches!(call, Call::store_segment_headers { .. })
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// Number of segments of history on chain; at least one.
        pub fn archived_segments() -> u64 {
            Self::history_size().get()
        }

        /// Bytes that farmers pledge, as the solution range of the block says.
        pub fn space_pledged() -> u128 {
            let params = Self::params();
            u128::from(params.solution_range_to_pieces(CurrentSolutionRange::<T>::get()))
                .saturating_mul(params.piece_size().saturated_into())
        }

        /// Slot and randomness of the block.
        pub fn slot_and_randomness() -> (u64, [u8; 32]) {
            (Slot::<T>::get(), BlockRandomness::<T>::get())
        }
    }

    /// The headers that the inherent data says are due. Data that is not there or not valid says that none is.
    fn due_segment_headers(data: &InherentData) -> Vec<SegmentHeader> {
        data.get_data::<SegmentHeadersInherentData>(&INHERENT_IDENTIFIER)
            .ok()
            .flatten()
            .unwrap_or_default()
            .segment_headers
    }
}

impl<T: Config> Pallet<T> {
    /// Sizes and rates of the chain.
    pub fn params() -> ConsensusParams {
        Params::<T>::get().expect("genesis always has parameters and nothing removes them; qed")
    }

    /// Solution range of the block and of its child.
    pub fn solution_ranges() -> SolutionRanges {
        SolutionRanges {
            current: CurrentSolutionRange::<T>::get(),
            next: NextSolutionRange::<T>::get(),
        }
    }

    /// Proof of time from the slot of the block on.
    pub fn pot_parameters() -> PotParameters {
        PotParameters {
            iterations: Self::pot_iterations(&Self::params()),
            next_change: AnnouncedPotChange::<T>::get(),
        }
    }

    /// Number of segments on chain, at least one.
    pub fn history_size() -> HistorySize {
        LastSegmentHeader::<T>::get()
            .and_then(|header| HistorySize::new(header.segment_index.0.checked_add(1)?))
            .unwrap_or(HistorySize::ONE)
    }

    /// Root of a segment that is on chain.
    pub fn segment_root(
        segment_index: autonomys_core_primitives::SegmentIndex,
    ) -> Option<SegmentRoot> {
        SegmentRoots::<T>::get(segment_index)
    }

    /// The segment headers that a call brings on chain; `None` for any other call.
    pub fn extract_segment_headers(call: &Call<T>) -> Option<Vec<SegmentHeader>> {
        match call {
            Call::store_segment_headers { segment_headers } => Some(segment_headers.to_vec()),
            _ => None,
        }
    }

    /// Starts the block that `pre_digest` is of.
    fn initialize(
        block_number: autonomys_core_primitives::BlockNumber,
        pre_digest: &PreDigest,
    ) -> frame_support::weights::Weight {
        let params = Self::params();
        let slot = pre_digest.slot;
        let parent_slot = Slot::<T>::get();
        assert!(
            slot > parent_slot,
            "Slot {slot} of the block is not after slot {parent_slot} of its parent; the block is invalid"
        );
        Slot::<T>::put(slot);
        BlockRandomness::<T>::put(pre_digest.proof_of_time.block_randomness());
        BlockRewardAddress::<T>::put(pre_digest.solution.reward_address);

        let iterations = Self::advance_pot(&params, slot);
        Self::deposit_log(ConsensusLog::PotIterations(iterations));
        if let Some(change) = Self::schedule_entropy(&params, block_number, pre_digest) {
            Self::deposit_log(ConsensusLog::PotParametersChange(change));
        }

        let ranges = Self::advance_solution_range(&params, block_number, slot);
        Self::deposit_log(ConsensusLog::SolutionRange(ranges.current));
        if let Some(next) = ranges.next {
            Self::deposit_log(ConsensusLog::NextSolutionRange(next));
        }

        T::WeightInfo::initialize()
    }

    fn deposit_log(log: ConsensusLog) {
        frame_system::Pallet::<T>::deposit_log(log.digest_item());
    }
}

/// The account that the rewards of the block go to; `None` at genesis.
#[derive(Debug)]
pub struct RewardAccount<T>(PhantomData<T>);

impl<T: Config<AccountId: From<[u8; 32]>>> Get<Option<T::AccountId>> for RewardAccount<T> {
    fn get() -> Option<T::AccountId> {
        BlockRewardAddress::<T>::get().map(|address| address.0.into())
    }
}

/// Hash of the subject and the randomness of the block. Its author knew it a few slots earlier and could only change
/// it by making no block, so it is good for commitments made before this block.
impl<T: Config> Randomness<T::Hash, BlockNumberFor<T>> for Pallet<T> {
    fn random(subject: &[u8]) -> (T::Hash, BlockNumberFor<T>) {
        (
            T::Hashing::hash_of(&(subject, BlockRandomness::<T>::get())),
            frame_system::Pallet::<T>::block_number(),
        )
    }
}
