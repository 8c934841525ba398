//! Starts the real programs and looks at them from outside. See the library's documentation for how to run it.

mod chain_head;
mod farming;
mod life;
mod operating;
mod programs;
mod usage;
mod wallet;
