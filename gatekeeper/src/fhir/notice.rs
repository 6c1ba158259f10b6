//! What everyone but the patient herself is told with every answer: that it may be incomplete. Always
//! in the same words, whether anything was withheld or not, so that they tell nothing.

use super::{IssueType, OperationOutcome};

/// The words. Also the value of the header `medrec-notice`.
pub const WORDS: &str =
	"This answer may be incomplete: what you may not see, and what this provider \
	does not hold, is left out without a sign.";

/// The words as an entry of a Bundle.
pub fn outcome() -> OperationOutcome {
	OperationOutcome::warning(IssueType::Suppressed, WORDS)
}
