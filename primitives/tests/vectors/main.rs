//! The test vectors in `vectors/`, checked against this crate. `README.md` says what is in which file.

mod consents;
mod decisions;
mod file;
mod grants;
mod storage;
mod vocabulary;
