use super::*;

fn params(preset: Preset) -> ConsensusParams {
    preset.params(NetworkTag::default())
}

#[test]
fn every_preset_is_a_chain() {
    for preset in Preset::ALL {
        assert_eq!(params(preset).validate(), Ok(()), "{preset:?}");
    }
}

#[test]
fn sizes_are_those_of_the_specification() {
    let main = params(Preset::Main);
    assert_eq!(main.record_size(), 1_048_576);
    assert_eq!(main.segment_size(), 134_217_728);
    assert_eq!(main.piece_size(), 1_048_864);
    assert_eq!(main.s_buckets(), 65_536);
    assert_eq!(main.chunk_proof_depth(), 16);
    assert_eq!(main.record_proof_depth(), 8);
    assert_eq!(main.proof_of_space_size(), 160);
    assert_eq!(main.proof_of_space_challenge(u16::MAX), 65_535 << 4);

    let dev = params(Preset::Dev);
    assert_eq!(dev.record_size(), 32_768);
    assert_eq!(dev.segment_size(), 524_288);
    assert_eq!(dev.piece_size(), 32_960);
    assert_eq!(dev.s_buckets(), 2_048);
    assert_eq!(dev.proof_of_space_challenge(2_047), 2_047 << 6);

    for preset in [Preset::Fast, Preset::Unit] {
        let small = params(preset);
        assert_eq!(small.segment_size(), 65_536);
        assert_eq!(small.piece_size(), 8_352);
        assert_eq!(small.s_buckets(), 512);
    }
}

#[test]
fn every_rule_of_validation_refuses_what_breaks_it() {
    let main = params(Preset::Main);
    let refused = |change: &dyn Fn(&mut ConsensusParams)| {
        let mut changed = main.clone();
        change(&mut changed);
        changed
            .validate()
            .expect_err("broken parameters were accepted")
    };
    assert_eq!(
        refused(&|p| p.chunks_per_record = 1000),
        ParamsError::ChunksPerRecord(1000)
    );
    for chunks in [0, 1, 1 << 16, u32::MAX] {
        assert_eq!(
            refused(&|p| p.chunks_per_record = chunks),
            ParamsError::ChunksPerRecord(chunks)
        );
    }
    for records in [0, 3, 256] {
        assert_eq!(
            refused(&|p| p.source_records_per_segment = records),
            ParamsError::SourceRecordsPerSegment(records)
        );
    }
    assert_eq!(
        refused(&|p| p.proof_of_space_k = 14),
        ParamsError::ProofOfSpaceK(14)
    );
    assert_eq!(
        refused(&|p| p.proof_of_space_k = 15),
        ParamsError::ProofOfSpaceK(15)
    );
    assert_eq!(
        refused(&|p| p.proof_of_space_k = 21),
        ParamsError::ProofOfSpaceK(21)
    );
    assert_eq!(
        refused(&|p| p.pieces_in_sector = 0),
        ParamsError::PiecesInSector
    );
    assert_eq!(
        refused(&|p| p.slot_probability.denominator = 0),
        ParamsError::Fraction("slot probability")
    );
    assert_eq!(
        refused(&|p| p.slot_probability = Fraction::new(0, 6)),
        ParamsError::Fraction("slot probability")
    );
    assert_eq!(
        refused(&|p| p.slot_probability = Fraction::new(7, 6)),
        ParamsError::Fraction("slot probability")
    );
    assert_eq!(
        refused(&|p| p.recent_history_fraction.numerator = 0),
        ParamsError::Fraction("recent history fraction")
    );
    assert_eq!(refused(&|p| p.era_blocks = 0), ParamsError::Zero("era"));
    assert_eq!(
        refused(&|p| p.slot_duration_millis = 0),
        ParamsError::Zero("slot duration")
    );
    assert_eq!(
        refused(&|p| p.authoring_delay = 0),
        ParamsError::Zero("authoring delay")
    );
    assert_eq!(
        refused(&|p| p.recent_segments = 0),
        ParamsError::Zero("number of recent segments")
    );
    assert_eq!(
        refused(&|p| p.min_sector_lifetime = 0),
        ParamsError::Zero("minimum sector lifetime")
    );
    assert_eq!(
        refused(&|p| p.entropy_injection.delay = 5),
        ParamsError::EntropyDelay
    );
    assert_eq!(
        refused(&|p| p.entropy_injection.delay = 50),
        ParamsError::EntropyDelay
    );
    assert_eq!(
        refused(&|p| p.entropy_injection.lookback = 1),
        ParamsError::EntropyLookback
    );
    assert_eq!(
        refused(&|p| {
            p.entropy_injection.lookback = 3;
            p.confirmation_depth = 127;
        }),
        ParamsError::ConfirmationDepth
    );
    assert_eq!(
        refused(&|p| p.confirmation_depth = 0),
        ParamsError::ConfirmationDepth
    );
    assert_eq!(
        refused(&|p| p.proof_of_time_iterations = NonZeroU32::new(17).unwrap()),
        ParamsError::ProofOfTimeIterations(17)
    );
    // With a range of 2^64 - 1 blocks would weigh nothing, with one of 0 nobody could make any
    for range in [0, (1 << 63) + 1, u64::MAX] {
        assert_eq!(
            refused(&|p| p.initial_solution_range = range),
            ParamsError::SolutionRange
        );
    }
    // What is just within the bounds
    let mut edge = main;
    edge.entropy_injection.lookback = 3;
    edge.confirmation_depth = 126;
    edge.initial_solution_range = 1 << 63;
    edge.source_records_per_segment = 1;
    assert_eq!(edge.validate(), Ok(()));
}

#[test]
fn params_survive_scale_and_json() {
    for preset in Preset::ALL {
        let params = params(preset);
        assert_eq!(
            ConsensusParams::decode(&mut &params.encode()[..]),
            Ok(params.clone())
        );
        let json = serde_json::to_string(&params).unwrap();
        assert_eq!(
            serde_json::from_str::<ConsensusParams>(&json).unwrap(),
            params
        );
    }
}
