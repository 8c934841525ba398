//! The stock benchmark of pallets. `scripts/weights.sh` runs it; `--help` describes its arguments.

use clap::Parser;
use frame_benchmarking_cli::PalletCmd;
use sp_runtime::traits::BlakeTwo256;

fn main() -> sc_cli::Result<()> {
    sc_cli::LoggerBuilder::new("info").init()?;
    // No host functions beyond the stock ones
    PalletCmd::parse().run_with_spec::<BlakeTwo256, ()>(None)
}
