//! The protocol as clients and gatekeepers use it: one file per operation.

mod access_log;
mod amendments;
mod application;
mod context;
mod delegation;
mod documented;
mod enrolment;
mod fixtures;
mod identity;
mod mutation;
mod notifications;
mod opening;
mod operator;
mod origin;
mod payload;
mod policy;
mod receipt;
mod registration;
mod request;
mod request_refused;
mod response;
mod staff;
mod vectors;
