//! What a patient does: join providers, see her relationships and records, grant, revoke, see who looked.

mod access_log;
mod amendments;
mod grant;
mod grants;
mod join;
mod records;
mod relationships;
mod revoke;
mod tag_prefix;
mod watch;

pub use access_log::{access_log, LogLine};
pub use amendments::{amend, amendments, AmendmentPlan, AmendmentView};
pub use grant::{make, GrantMade, GrantPlan};
pub use grants::{grants, share, GrantView};
pub use join::{join, wait_until_active, Joining};
pub use records::records;
pub use relationships::{
	accept, end, find_mine, mine, patron_of, reject, view, Done, Mine, RelationshipView,
};
pub use revoke::{revoke, to_revoke, Revocation, Revoked, Selection, ToRevoke};
pub use tag_prefix::{short, TagPrefix};
pub use watch::{watch, News};

use serde::Serialize;

/// A provider whose part of an answer is missing, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
	/// The provider's name.
	pub provider_name: String,
	/// Why.
	pub reason: String,
	/// The error.
	#[serde(skip)]
	pub error: crate::ClientError,
}

/// An answer that was put together from several providers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merged<T> {
	/// What came.
	pub found: Vec<T>,
	/// What did not.
	pub missing: Vec<Missing>,
}

impl<T> Default for Merged<T> {
	fn default() -> Self {
		Self { found: Vec::new(), missing: Vec::new() }
	}
}

impl<T> Merged<T> {
	/// Add one provider's part.
	pub fn add(&mut self, provider_name: String, part: Result<Vec<T>, crate::ClientError>) {
		match part {
			Ok(part) => self.found.extend(part),
			Err(error) => {
				self.missing.push(Missing { provider_name, reason: error.to_string(), error })
			},
		}
	}
}
