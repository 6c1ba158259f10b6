//! One file per operation; who may call what is in `access_control`.

mod access_control;
mod certify;
mod end_sessions;
mod genesis;
mod invariants;
mod participants_trait;
mod register;
mod reinstate;
mod retire;
mod rotate_key;
mod sequences;
mod set_encryption_key;
mod set_endpoint;
mod set_gatekeeper_key;
mod set_operator;
mod set_peer_ids;
mod set_purposes;
mod suspend;
mod validity;
