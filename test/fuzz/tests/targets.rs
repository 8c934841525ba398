//! Runs every target over its seeds, over random changes of them, and over random bytes: the same inputs every time.

use autonomys_fuzz::{TARGETS, Target};

/// Changed seeds and random inputs that a target is run over.
const RUNS: usize = 4_000;

/// The same for a target that makes tables of proof of space.
const RUNS_WITH_TABLES: usize = 800;

/// Longest random input, and longest piece of bytes that is repeated, removed or inserted.
const MAX_LENGTH: usize = 512;

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number below `bound`, which is not zero.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// Part of `bytes`, possibly nothing.
    fn range(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let length = self.below(MAX_LENGTH.min(bytes.len() - start) + 1);
        start..start + length
    }

    /// Changes an input in one way.
    fn change(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let part = self.range(input);
        let position = self.below(input.len() + 1);
        match self.below(9) {
            0 => input.truncate(position),
            1 => {
                let length = self.below(MAX_LENGTH);
                let bytes = self.bytes(length);
                input.extend(bytes);
            }
            2 => drop(input.drain(part)),
            3 => {
                let repeated = input[part].to_vec();
                input.splice(position..position, repeated);
            }
            4 => input[part].fill(0),
            5 => {
                let spliced = self.range(other);
                input.splice(part, other[spliced].iter().copied());
            }
            6 => {
                let extreme = [0x00, 0x01, 0x7f, 0x80, 0xff][self.below(5)];
                if let Some(byte) = input.get_mut(position) {
                    *byte = extreme;
                }
            }
            7 => {
                let changed = self.bytes(1)[0];
                if let Some(byte) = input.get_mut(position) {
                    *byte = changed;
                }
            }
            _ => {
                let bit = self.below(8);
                if let Some(byte) = input.get_mut(position) {
                    *byte ^= 1 << bit;
                }
            }
        }
    }
}

fn run(name: &str, runs: usize) {
    let target: &Target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("a target of this name");
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty());
    for (number, seed) in seeds.iter().enumerate() {
        assert!((target.run)(seed), "seed {number} is not accepted");
    }

    let mut random = Random(1);
    (target.run)(&[]);
    for run in 0..runs {
        let input = if run % 8 == 0 {
            let length = random.below(MAX_LENGTH);
            random.bytes(length)
        } else {
            let mut input = seeds[random.below(seeds.len())].clone();
            let other = &seeds[random.below(seeds.len())];
            for _ in 0..=random.below(3) {
                random.change(&mut input, other);
            }
            input
        };
        (target.run)(&input);
    }
}

macro_rules! tests {
    ($($name:ident: $runs:ident,)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), $runs);
        })*

        #[test]
        fn every_target_is_tested_and_has_a_fuzzing_program() {
            let targets: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(targets, [$(stringify!($name)),*]);
            let manifest = include_str!("../fuzz/Cargo.toml");
            for target in &targets {
                assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            }
            assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
        }
    };
}

tests! {
    solution: RUNS,
    farming_json: RUNS,
    runtime_api: RUNS,
    segment_headers: RUNS,
    header_digests: RUNS,
    justification: RUNS,
    piece: RUNS,
    segment: RUNS,
    segment_chain: RUNS,
    archiver_restart: RUNS,
    proof_of_time_message: RUNS,
    chain_weights: RUNS,
    segment_header_store: RUNS,
    proof_of_time: RUNS,
    proof_of_space: RUNS,
    sector_metadata: RUNS,
    sector: RUNS_WITH_TABLES,
    identity: RUNS,
    farm_info: RUNS,
    cached_piece: RUNS,
    farm_options: RUNS,
    solution_verification: RUNS,
    seal: RUNS,
}
