//! What every backend of records does alike: the same records in, the same answers out. One module per
//! kind of database; `suite` is what they all pass, `fixture` what a backend has to bring for it.

mod document;
mod embedded;
mod engines;
mod fhir_server;
mod fixture;
mod hospital;
mod mapping;
mod mariadb;
#[path = "../records/mod.rs"]
mod records;
mod servers;
mod suite;
