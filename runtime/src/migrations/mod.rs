//! What changes in storage with this version, once, in the first block that it makes.
//!
//! A migration reads and writes a bounded number of items: it runs in one block, whatever it weighs. It
//! does nothing when it has run already, and says in `pre_upgrade` and `post_upgrade` what holds before
//! and after it, which `medrec-node try-upgrade` checks on a copy of the state.

#[cfg(feature = "upgrade-rehearsal")]
mod rehearsal;

/// The migrations of this version: none.
#[cfg(not(feature = "upgrade-rehearsal"))]
pub type Migrations = ();

/// The migrations of the version that upgrades are rehearsed with.
#[cfg(feature = "upgrade-rehearsal")]
pub type Migrations = rehearsal::CountProviders;
