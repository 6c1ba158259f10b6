//! Reading a summary page by page.

use crate::{Config, Entries, Pallet};
use alloc::vec::Vec;
use medrec_primitives::{
	ParticipantId, Relationship, RelationshipId, RelationshipRole, Relationships,
};

/// Most entries in one page.
pub const MAX_PAGE: u32 = 256;

/// One line of a summary: the relationship's number, the participant's side of it, and the
/// relationship itself as it stands now (there always is one; a reader shows `None` as unknown).
pub type PageEntry = (RelationshipId, RelationshipRole, Option<Relationship>);

impl<T: Config> Pallet<T> {
	/// At most `limit` entries (and at most [`MAX_PAGE`]) of a participant's summary, behind the entry
	/// `after`, or from the start. In the storage's order: keys are little-endian numbers.
	pub fn page(
		participant: ParticipantId,
		after: Option<RelationshipId>,
		limit: u32,
	) -> Vec<PageEntry> {
		let entries = match after {
			None => Entries::<T>::iter_prefix(participant),
			Some(relationship) => Entries::<T>::iter_prefix_from(
				participant,
				Entries::<T>::hashed_key_for(participant, relationship),
			),
		};
		let limit = usize::try_from(limit.min(MAX_PAGE)).unwrap_or(usize::MAX);
		entries
			.take(limit)
			.map(|(id, role)| (id, role, T::Relationships::relationship(id)))
			.collect()
	}
}
