//! Rows that are filed under one patient and whose text is about another. They are as if they were
//! not there, for everyone: an answer does not fail because of them, so that nobody learns of them.

use super::SqliteRecords;
use crate::records::RecordError;

impl SqliteRecords {
	/// Tell the operator if there are any.
	pub(super) async fn report_misfiled(&self) -> Result<(), RecordError> {
		let rows: i64 =
			sqlx::query_scalar("SELECT count(*) FROM misfiled").fetch_one(&self.pool).await?;
		if rows > 0 {
			tracing::error!(
				rows,
				"resources are filed under one patient and say that they are about another; they are \
				 not served, and were not stored so by `medrec-gatekeeper import`: import anew"
			);
		}
		Ok(())
	}
}
