//! Tests, one file per operation.

mod close;
mod majority;
mod property;
mod propose;
mod rescind;
mod seat_lost;
mod vote;
mod weight;
