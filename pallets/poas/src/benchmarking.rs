//! Measures what `weights.rs` states.

use super::*;
use crate::pallet::{MAX_SEGMENT_HEADERS, SegmentHeaders};
use alloc::vec;
use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
use autonomys_core_primitives::solutions::{ChunkProof, RecordProof};
use autonomys_core_primitives::{
    LastArchivedBlock, MerkleNode, PosProof, SegmentHeaderHash, SegmentIndex, SlotNumber, Solution,
    SolutionRange,
};
use frame_benchmarking::v2::*;
use frame_support::BoundedVec;
use frame_support::traits::Hooks;
use frame_system::RawOrigin;
use sp_runtime::Digest;

/// A claim of `slot` that is as long as any.
fn pre_digest(slot: SlotNumber) -> PreDigest {
    PreDigest {
        slot,
        solution: Solution {
            record_proof: RecordProof::truncate_from(vec![
                MerkleNode::default();
                RecordProof::bound()
            ]),
            chunk_proof: ChunkProof::truncate_from(vec![
                MerkleNode::default();
                ChunkProof::bound()
            ]),
            proof_of_space: PosProof(BoundedVec::truncate_from(vec![0; 160])),
            ..Solution::genesis()
        },
        ..PreDigest::genesis()
    }
}

fn header(
    segment_index: u64,
    number: u32,
    partial_bytes: u32,
    prev_segment_header_hash: SegmentHeaderHash,
) -> SegmentHeader {
    SegmentHeader {
        segment_index: SegmentIndex(segment_index),
        segment_root: SegmentRoot([1; 32]),
        prev_segment_header_hash,
        last_archived_block: LastArchivedBlock {
            number,
            partial_bytes,
        },
    }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// Both hooks of a block in which an era begins and ends, iterations change and entropy is announced.
    #[benchmark]
    fn initialize() -> Result<(), BenchmarkError> {
        let params = Pallet::<T>::params();
        let injection = &params.entropy_injection;
        let block_number = params
            .era_blocks
            .saturating_mul(injection.interval)
            .saturating_mul(injection.lookback.saturating_add(1));
        let source =
            block_number.saturating_sub(injection.interval.saturating_mul(injection.lookback));
        let iterations = params.proof_of_time_iterations;
        let announced_iterations = iterations.saturating_add(16);
        EntropySources::<T>::insert(source, PotEntropy::default());
        NextSolutionRange::<T>::put(SolutionRange::MAX >> 2);
        EraStartSlot::<T>::put(0);
        PotIterations::<T>::put(iterations);
        RequestedPotIterations::<T>::put(announced_iterations.saturating_add(16));
        AnnouncedPotChange::<T>::put(PotParametersChange {
            slot: 1,
            iterations: announced_iterations,
            entropy: PotEntropy::default(),
        });
        let number: BlockNumberFor<T> = block_number.into();
        frame_system::Pallet::<T>::set_block_number(block_number.saturating_sub(1).into());
        frame_system::Pallet::<T>::initialize(
            &number,
            &T::Hash::default(),
            &Digest {
                logs: vec![pre_digest(block_number.into()).digest_item()],
            },
        );

        #[block]
        {
            Pallet::<T>::on_initialize(number);
            Pallet::<T>::on_finalize(number);
        }

        assert!(NextSolutionRange::<T>::exists() && AnnouncedPotChange::<T>::exists());
        assert_eq!(PotIterations::<T>::get(), Some(announced_iterations));
        assert!(!RequestedPotIterations::<T>::exists());
        Ok(())
    }

    /// The inherent with `n` headers.
    #[benchmark]
    fn store_segment_headers(n: Linear<1, MAX_SEGMENT_HEADERS>) -> Result<(), BenchmarkError> {
        let block_number = Pallet::<T>::params().confirmation_depth.saturating_add(2);
        frame_system::Pallet::<T>::set_block_number(block_number.into());
        let mut last = header(0, 0, 0, SegmentHeaderHash::default());
        SegmentRoots::<T>::insert(last.segment_index, last.segment_root);
        LastSegmentHeader::<T>::put(last);
        let mut segment_headers = SegmentHeaders::default();
        for index in 1..=n {
            last = header(index.into(), 1, index, last.hash());
            segment_headers
                .try_push(last)
                .map_err(|_| BenchmarkError::Stop("more headers than a block has"))?;
        }

        #[extrinsic_call]
        _(RawOrigin::None, segment_headers);

        assert_eq!(
            Pallet::<T>::archived_segments(),
            u64::from(n).saturating_add(1)
        );
        Ok(())
    }

    /// The call, when iterations have been changed before and entropy is announced.
    #[benchmark]
    fn set_pot_iterations() -> Result<(), BenchmarkError> {
        let iterations = Pallet::<T>::params().proof_of_time_iterations;
        let requested = iterations.saturating_add(16);
        PotIterations::<T>::put(iterations);
        AnnouncedPotChange::<T>::put(PotParametersChange {
            slot: 1,
            iterations,
            entropy: PotEntropy::default(),
        });

        #[extrinsic_call]
        _(RawOrigin::Root, requested.get());

        assert_eq!(RequestedPotIterations::<T>::get(), Some(requested));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::genesis(), crate::mock::Test);
}
