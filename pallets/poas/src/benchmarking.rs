//! Measures what `weights.rs` states.

use super::*;
use crate::pallet::{MAX_SEGMENT_HEADERS, SegmentHeaders};
use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
use autonomys_core_primitives::{
    LastArchivedBlock, SegmentHeaderHash, SegmentIndex, SolutionRange,
};
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;

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
        EntropySources::<T>::insert(source, PotEntropy::default());
        NextSolutionRange::<T>::put(SolutionRange::MAX >> 2);
        EraStartSlot::<T>::put(0);
        RequestedPotIterations::<T>::put(iterations.saturating_add(16));
        AnnouncedPotChange::<T>::put(PotParametersChange {
            slot: 1,
            iterations,
            entropy: PotEntropy::default(),
        });
        let pre_digest = PreDigest {
            slot: block_number.into(),
            ..PreDigest::genesis()
        };

        #[block]
        {
            Pallet::<T>::initialize(block_number, &pre_digest);
        }

        assert!(NextSolutionRange::<T>::exists() && AnnouncedPotChange::<T>::exists());
        Ok(())
    }

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

    #[benchmark]
    fn set_pot_iterations() -> Result<(), BenchmarkError> {
        let iterations = Pallet::<T>::params()
            .proof_of_time_iterations
            .saturating_add(16);

        #[extrinsic_call]
        _(RawOrigin::Root, iterations.get());

        assert_eq!(RequestedPotIterations::<T>::get(), Some(iterations));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::genesis(), crate::mock::Test);
}
