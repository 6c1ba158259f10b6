//! The `/v1` API: enrolment, openings, amendments, access log.

use super::{Asking, Gatekeeper, GatekeeperError, JSON};
use medrec_primitives::RelationshipId;
use medrec_protocol::{
	access_log::{AccessLogEntry, AccessLogPage},
	amendments::{Amendment, AmendmentList, AmendmentRequest},
	enrolment::{EnrolmentRequest, EnrolmentStatus, EnrolmentStatusRequest},
	openings::{DepositedOpening, OpeningList},
};
use serde::Serialize;

/// Most pages of a list that are read, so that a gatekeeper cannot keep a client busy for ever.
const MAX_PAGES: usize = 1000;

impl Gatekeeper {
	/// Redeem an enrolment code.
	pub async fn enrol(
		&self,
		request: &EnrolmentRequest,
	) -> Result<EnrolmentStatus, GatekeeperError> {
		let body = self.body(request)?;
		self.post_unsigned("/v1/enrolments", body).await?.json(self.name())
	}

	/// How an enrolment stands.
	pub async fn enrolment_status(
		&self,
		request: &EnrolmentStatusRequest,
	) -> Result<EnrolmentStatus, GatekeeperError> {
		let body = self.body(request)?;
		self.post_unsigned("/v1/enrolments/status", body).await?.json(self.name())
	}

	/// Deposit an opening for its grantee.
	pub async fn deposit(
		&self,
		asking: Asking<'_>,
		opening: &DepositedOpening,
	) -> Result<(), GatekeeperError> {
		let body = self.body(opening)?;
		self.post(asking, "/v1/openings", &body).await.map(drop)
	}

	/// Openings that wait for the asker, and those that the asker deposited; all pages.
	pub async fn openings(&self, asking: Asking<'_>) -> Result<OpeningList, GatekeeperError> {
		let mut all = OpeningList::default();
		let mut path = "/v1/openings".to_owned();
		for _ in 0..MAX_PAGES {
			let page: OpeningList = self.get(asking, &path, JSON).await?.json(self.name())?;
			all.waiting.extend(page.waiting);
			all.deposited.extend(page.deposited);
			let Some(cursor) = page.next else { return Ok(all) };
			path = format!("/v1/openings?after={}", self.cursor(&cursor)?);
		}
		Err(self.malformed("its list of openings has no end"))
	}

	/// Ask for a correction of a record.
	pub async fn amend(
		&self,
		asking: Asking<'_>,
		request: &AmendmentRequest,
	) -> Result<Amendment, GatekeeperError> {
		let body = self.body(request)?;
		self.post(asking, "/v1/amendments", &body).await?.json(self.name())
	}

	/// Corrections that the asker asked for in the relationship of the context, newest first.
	pub async fn amendments(&self, asking: Asking<'_>) -> Result<Vec<Amendment>, GatekeeperError> {
		let list: AmendmentList =
			self.get(asking, "/v1/amendments", JSON).await?.json(self.name())?;
		Ok(list.amendments)
	}

	/// Who asked for records of a relationship, newest first, at most `limit` entries.
	pub async fn access_log(
		&self,
		asking: Asking<'_>,
		relationship: RelationshipId,
		limit: usize,
	) -> Result<Vec<AccessLogEntry>, GatekeeperError> {
		let mut entries = Vec::new();
		let mut path = format!("/v1/access-log?relationship={relationship}");
		for _ in 0..MAX_PAGES {
			let page: AccessLogPage = self.get(asking, &path, JSON).await?.json(self.name())?;
			entries.extend(page.entries);
			match page.next {
				Some(cursor) if entries.len() < limit => {
					let cursor = self.cursor(&cursor)?;
					path = format!("/v1/access-log?relationship={relationship}&before={cursor}");
				},
				_ => break,
			}
		}
		entries.truncate(limit);
		Ok(entries)
	}

	/// A cursor that can stand in a query as it is.
	fn cursor<'a>(&self, cursor: &'a str) -> Result<&'a str, GatekeeperError> {
		let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
		if cursor.is_empty() || !cursor.bytes().all(is_plain) {
			return Err(self.malformed("its cursor has strange characters"));
		}
		Ok(cursor)
	}

	fn body(&self, value: &impl Serialize) -> Result<Vec<u8>, GatekeeperError> {
		serde_json::to_vec(value).map_err(|error| GatekeeperError::Http(error.to_string()))
	}
}
