//! What holds of the access decision and of tags whatever the input.

mod denials;
mod encodings;
mod facts;
mod maximum;
mod monotone;
mod parties;
mod tags;
