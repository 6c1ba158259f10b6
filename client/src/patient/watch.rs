//! Waiting for news from the providers.

use super::Mine;
use crate::{gatekeeper::Notifications, workspace::asking, ClientError, Workspace};
use futures::{stream, Stream, StreamExt};
use medrec_primitives::{Moment, Purpose, RelationshipId};
use medrec_protocol::notifications::NotificationKind;
use serde::Serialize;
use std::time::Duration;

/// How long to wait before connecting again, at first.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// And at most.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct News {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Name of its steward.
	pub provider_name: String,
	/// What.
	pub kind: NotificationKind,
	/// When.
	pub at: Moment,
}

/// One relationship that is watched.
struct Watched<'a> {
	workspace: &'a Workspace,
	mine: &'a Mine,
	provider_name: String,
	open: Option<Notifications>,
	wait: Duration,
}

/// News of some of her relationships, as they come. A gatekeeper that cannot be reached, or ends the
/// stream, is asked again, from where this device is. Ends with an error where asking again is of no use.
pub async fn watch<'a>(
	workspace: &'a Workspace,
	relationships: &'a [Mine],
) -> Result<impl Stream<Item = Result<News, ClientError>> + 'a, ClientError> {
	let mut watched = Vec::with_capacity(relationships.len());
	for mine in relationships {
		let provider_name = workspace.name_of(mine.entry.steward).await?;
		let one = Watched { workspace, mine, provider_name, open: None, wait: FIRST_WAIT };
		watched.push(
			stream::unfold(Some(one), |watched| async {
				let mut watched = watched?;
				match watched.next().await {
					Ok(news) => Some((Ok(news), Some(watched))),
					Err(error) => Some((Err(error), None)),
				}
			})
			.boxed_local(),
		);
	}
	Ok(stream::select_all(watched))
}

impl Watched<'_> {
	async fn next(&mut self) -> Result<News, ClientError> {
		loop {
			let result = match &mut self.open {
				Some(open) => open.next().await.transpose().map_err(ClientError::from),
				None => {
					let opened = self.subscribe().await;
					opened.map(|open| {
						self.workspace.progress.note(&format!("watching {}", self.provider_name));
						self.open = Some(open);
					})?;
					continue;
				},
			};
			self.keep_place()?;
			match result {
				Ok(Some(notification)) => {
					self.wait = FIRST_WAIT;
					if notification.kind == NotificationKind::Begin {
						continue;
					}
					return Ok(News {
						relationship: self.mine.entry.relationship,
						provider_name: self.provider_name.clone(),
						kind: notification.kind,
						at: notification.at,
					});
				},
				Ok(None) => {},
				Err(ClientError::Unavailable(reason)) => self.workspace.progress.note(&reason),
				Err(error) => return Err(error),
			}
			self.open = None;
			self.pause().await;
		}
	}

	/// Connect, again and again while the gatekeeper cannot be reached.
	async fn subscribe(&mut self) -> Result<Notifications, ClientError> {
		loop {
			match self.try_subscribe().await {
				Err(ClientError::Unavailable(reason)) => {
					self.workspace.progress.note(&reason);
					self.pause().await;
				},
				other => return other,
			}
		}
	}

	async fn try_subscribe(&self) -> Result<Notifications, ClientError> {
		let relationship = self.mine.entry.relationship;
		let gatekeeper = self.workspace.gatekeeper(self.mine.entry.steward).await?;
		let session = self.workspace.session(&self.mine.acting, &gatekeeper)?;
		let context = self.workspace.context(
			&self.mine.acting,
			&gatekeeper,
			Some(relationship),
			Purpose::Personal,
		);
		let seen = self.workspace.place_in_notifications(relationship);
		let asking = asking(&session, &context);
		Ok(gatekeeper.notifications(asking, relationship, seen).await?)
	}

	fn keep_place(&self) -> Result<(), ClientError> {
		let place = self.open.as_ref().and_then(Notifications::place);
		place.map_or(Ok(()), |place| {
			self.workspace.keep_place_in_notifications(self.mine.entry.relationship, place)
		})
	}

	async fn pause(&mut self) {
		tokio::time::sleep(self.wait).await;
		self.wait = self.wait.saturating_mul(2).min(LONGEST_WAIT);
	}
}
