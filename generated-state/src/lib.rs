//! A large MedRec state that follows from a seed, for tests and benches.
//!
//! Whoever knows the seed and the number of relationships knows every key, every opening and the answer
//! to every [`question`](Population::question): nothing is stored, everything is computed when asked for.
//!
//! | module | what it holds |
//! |---|---|
//! | [`population`] | who there is, and who stands in which relationship |
//! | [`grants`] | what patrons granted, with the openings |
//! | [`storage`] | all of it as keys and values of the runtime's storage |
//! | [`questions`] | access questions, and what has to be answered |
//! | [`block`] | real blocks with a state that has values added |
//!
//! Tags commit to the genesis hash, so that they cannot be part of the genesis state: the generated state
//! comes with block 1 ([`import`](fn@import)). Times are fixed ones: what is generated does not depend on when.
//! The people and the practices are fictional.

pub mod block;
mod dice;
pub mod grants;
pub mod population;
pub mod questions;
pub mod storage;

pub use block::{build_block, import, import_block, population, BlockError, Changes, Step};
pub use grants::{Grant, OpeningRecord};
pub use population::{Population, PopulationError, MAX_RELATIONSHIPS, MIN_RELATIONSHIPS};
pub use questions::Expected;

use medrec_primitives::Moment;

/// Time of the block that the generated state comes with: 2026-01-01T00:00:00Z. Fixed, so that the same
/// arguments give the same block.
pub const GENERATED_AT: Moment = 1_767_225_600_000;
