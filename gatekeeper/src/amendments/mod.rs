//! Amendments: a patron asks for a correction of a record, staff accept or decline it, and what they
//! accept is written into the records, or handed over to those who keep them.

pub mod correct;
mod routes;
pub mod splice;
pub mod task;

pub use routes::{list, request};
