//! Tests by theme. Every block made here is followed by a check of all invariants.

mod entropy;
mod segments;
mod slots;
mod solution_range;
mod try_state;
