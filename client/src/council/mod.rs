//! What a provider does as a member of the council: propose, vote, rescind, close, object; and what
//! everybody may see of it.

mod act;
mod member;
mod overview;
mod parameter;
#[cfg(test)]
pub(crate) mod sample;
mod stall;
mod upgrade;
mod words;

pub use act::{close, object, propose, rescind, vote, Closed, Objected, Outcome, Rescinded, Voted};
pub use member::Member;
pub use overview::{
	ChangeView, Council, MotionView, OffenderView, Overview, SeatView, Standing, VoteView,
};
pub use parameter::{parse_parameter, ParameterName};
pub use stall::ensure_recoverable;
pub use upgrade::{apply_upgrade, ensure_authorized, Code, Upgraded};
pub(crate) use words::blocks_of;
pub use words::{Detail, Words};
