//! End to end: real nodes, real gatekeepers, real clients, as processes of their own.
//!
//! | module | what it does |
//! |---|---|
//! | [`programs`] | finds the programs that the workspace builds |
//! | [`process`] | starts them, and leaves none behind |
//! | [`network`] | the provider nodes of the `local` chain |
//! | [`node_command`] | commands of the node that end by themselves |
//! | [`consortium`] | a network with keys and chain spec of its own, as the deployment guide makes it |
//! | [`council`] | decisions of the provider council |
//! | [`databases`] | database servers of providers |
//! | [`exposition`] | what a program exports for Prometheus |
//! | [`host`] | where programs run |
//! | [`gatekeeper`] | a gatekeeper beside its database |
//! | [`officer`] | someone who votes for a provider |
//! | [`person`] | someone with the command line `medrec` |
//! | [`authorship`] | who makes blocks |
//! | [`light_client`] | a light client, which believes no node |
//! | [`enrolment`] | how a patient comes to a relationship |
//! | [`chaos`] | faults, caused and survived |
//! | [`story`] | what the demo plays and the end-to-end test asserts |

pub mod authorship;
pub mod chaos;
pub mod consortium;
pub mod council;
pub mod databases;
pub mod enrolment;
pub mod exposition;
pub mod gatekeeper;
pub mod host;
pub mod json;
pub mod light_client;
pub mod network;
pub mod node_command;
pub mod officer;
pub mod person;
pub mod process;
pub mod programs;
pub mod provider;
pub mod story;
pub mod wait;
