//! Against the reference model, with wrong roundings planted; invariants; exploits.

mod differential;
mod exploits;
pub(crate) mod planted;
mod properties;
mod reference;
