//! A server that one provider runs beside its database, against its own node: it serves signed FHIR
//! queries that the chain allows, and keeps a log of them that nobody can rewrite unseen.

pub mod access;
pub mod amendments;
pub mod audit;
pub mod auth;
pub mod cli;
pub mod config;
pub mod enrolment;
pub mod fhir;
pub mod files;
pub mod import;
pub mod keys;
pub mod metrics;
pub mod notifications;
pub mod openings;
pub mod policies;
pub mod records;
pub mod sample;
pub mod server;
pub mod staff;
pub mod store;
