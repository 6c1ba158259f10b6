//! What the program keeps on disk, under its home directory: keys, session keys, openings, places in
//! notifications. Everything is
//! encrypted; directories and files are readable by their owner only. Files that are handed to others are
//! read and written with the same care.

pub mod files;
mod keystore;
mod openings;
mod places;
mod sessions;

pub use files::FileError;
pub use keystore::{Key, KeyEntry, Keystore, KeystoreError, Password, MIN_PASSWORD_LENGTH};
pub use openings::{KeptOpening, OpeningStore};
pub use places::PlaceStore;
pub use sessions::{Session, SessionError, SessionScope, SessionStore};
