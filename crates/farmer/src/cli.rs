//! The command line.
//!
//! Exit codes: 0 success, 1 something failed, 2 wrong usage. What failed is printed to standard error with what to do
//! about it; so are logs. Results go to standard output.

mod benchmark;
mod commands;

use crate::options::{FarmOptions, parse_reward_address};
use autonomys_core_primitives::RewardAddress;
use clap::{Args, Parser, Subcommand};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Plots and farms the history of the chain.
#[derive(Debug, Parser)]
#[command(name = "autonomys-farmer", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plot and farm until Ctrl-C
    Farm(FarmArguments),
    /// Show what a farm is and how far it is plotted
    Info {
        /// Directory of the farm
        directory: PathBuf,
    },
    /// Check every byte of a farm, and give up what is corrupt so that it is plotted again
    Scrub {
        /// Directory of the farm
        directory: PathBuf,
        /// Only say what is corrupt
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete a farm
    Wipe {
        /// Directory of the farm
        directory: PathBuf,
    },
    /// Measure this machine
    Benchmark(benchmark::BenchmarkArguments),
}

#[derive(Debug, Args)]
struct FarmArguments {
    /// WebSocket URL of the node to farm with
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
    node_rpc_url: String,
    /// Account that rewards go to: an SS58 address, or 0x and 64 hex digits
    #[arg(long, value_name = "SS58", value_parser = parse_reward_address)]
    reward_address: RewardAddress,
    /// Threads that plot; all cores by default
    #[arg(long, value_name = "N")]
    plotting_threads: Option<NonZeroUsize>,
    /// Threads that audit and prove; all cores by default
    #[arg(long, value_name = "N")]
    farming_threads: Option<NonZeroUsize>,
    /// Farms, for example path=/mnt/farm,size=100GiB
    #[arg(required = true, value_name = "path=DIR,size=SIZE")]
    farms: Vec<FarmOptions>,
}

/// Why a command failed; its text is for the user.
type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    // Exits with 2 on wrong usage
    let Cli { command } = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| EnvFilter::new("info,jsonrpsee=warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let result = match command {
        Command::Farm(arguments) => commands::farm(arguments),
        Command::Info { directory } => commands::info(&directory),
        Command::Scrub { directory, dry_run } => commands::scrub(&directory, dry_run),
        Command::Wipe { directory } => commands::wipe(&directory),
        Command::Benchmark(arguments) => benchmark::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::farm::Farm;
    use crate::node_client::NodeClient;
    use crate::test_node::TestNode;
    use autonomys_core_primitives::{HistorySize, PieceIndex};
    use autonomys_farmer_components::{Plotter, SectorToPlot};
    use clap::CommandFactory;
    use clap::error::ErrorKind;
    use futures::executor::block_on;
    use std::fs;

    #[test]
    fn scrubbing_gives_up_what_is_corrupt_and_a_dry_run_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let node = TestNode::new();
        let options = FarmOptions {
            path: directory.path().join("farm"),
            size: node.farm_size(1),
        };
        let farm = Farm::open_or_create(&options, &node.info()).unwrap();
        let mut plotter =
            Plotter::new(farm.layout(), NonZeroUsize::MIN, NonZeroUsize::MIN).unwrap();
        let sector = SectorToPlot {
            public_key: farm.info().public_key,
            sector_index: 0,
            history_size: HistorySize::ONE,
        };
        let piece = |index: PieceIndex| block_on(node.piece(index)).map(Option::unwrap);
        let encoded = plotter.plot(&sector, piece, &()).unwrap();
        farm.write_sector(0, &encoded).unwrap();
        let chunk = farm.layout().chunks_offset();
        drop(farm);
        let is_plotted = || Farm::open(&options.path).unwrap().sector(0).is_some();
        commands::scrub(&options.path, false).unwrap();
        assert!(is_plotted());

        let plot = options.path.join("plot.bin");
        let mut bytes = fs::read(&plot).unwrap();
        bytes[chunk as usize] ^= 1;
        fs::write(&plot, bytes).unwrap();
        commands::scrub(&options.path, true).unwrap();
        assert!(is_plotted());
        commands::scrub(&options.path, false).unwrap();
        assert!(!is_plotted());
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn farms_are_given_as_documented() {
        let parsed = Cli::try_parse_from([
            "autonomys-farmer",
            "farm",
            "--node-rpc-url",
            "ws://127.0.0.1:9944",
            "--reward-address",
            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            "path=/a,size=1GiB",
            "path=/b,size=2TB",
        ])
        .unwrap();
        let Command::Farm(arguments) = parsed.command else {
            panic!("not a farm");
        };
        assert_eq!(arguments.farms.len(), 2);
        assert_eq!(arguments.farms[0].size, 1 << 30);
    }

    #[test]
    fn wrong_usage_is_refused_with_what_is_right() {
        for (arguments, kind, hint) in [
            (
                &["farm"][..],
                ErrorKind::MissingRequiredArgument,
                "--reward-address",
            ),
            (
                &["farm", "--reward-address", "me", "path=/a,size=1GiB"],
                ErrorKind::ValueValidation,
                "SS58",
            ),
            (
                &[
                    "farm",
                    "--reward-address",
                    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
                    "/a",
                ],
                ErrorKind::ValueValidation,
                "path=DIR,size=SIZE",
            ),
            (&["plough"], ErrorKind::InvalidSubcommand, "plough"),
        ] {
            let error =
                Cli::try_parse_from(["autonomys-farmer"].iter().chain(arguments)).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}
