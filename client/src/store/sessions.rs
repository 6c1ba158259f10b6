//! Session keys with their delegations, kept encrypted, so that account keys sign rarely.

use super::{files, Key, KeystoreError};
use medrec_primitives::{Epoch, Hash, Moment, ParticipantId};
use medrec_protocol::{
	account::AccountKey,
	delegation::{Delegation, DelegationError, SignedDelegation},
	origin::Origin,
	session::SessionKey,
	staff::{SignedStaffCredential, StaffError},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How long a new session lasts.
const LIFETIME: Moment = 12 * 3_600_000;

/// A session is not used in its last minutes, so that a command does not outlive it.
const RESERVE: Moment = 5 * 60_000;

/// By how much a session begins in the past, for gatekeepers whose clock is behind.
const HEAD_START: Moment = 60_000;

/// A session key with the delegation that lets it act.
#[derive(Clone, Debug)]
pub struct Session {
	/// Signs requests.
	pub key: SessionKey,
	/// What it may do, where, and until when.
	pub delegation: SignedDelegation,
	/// Which of the provider's people acts, where it was taken.
	pub staff: Option<SignedStaffCredential>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionFile {
	sessions: Vec<KeptSession>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeptSession {
	key: [u8; 32],
	/// As in the header `medrec-delegation`.
	delegation: String,
	/// As in the header `medrec-staff`.
	#[serde(default)]
	staff: Option<String>,
}

/// The sessions of one key.
pub struct SessionStore {
	path: PathBuf,
	sessions: Vec<Session>,
}

impl SessionStore {
	/// Read the sessions of a key that have not ended. A file that cannot be read counts as empty: new
	/// sessions take the place of lost ones.
	pub fn open(home: &Path, key: &Key, now: Moment) -> Self {
		let path = home.join("sessions").join(format!("{}.age", key.name));
		let sessions = files::read(&path)
			.ok()
			.flatten()
			.and_then(|encrypted| key.decrypt(&encrypted))
			.and_then(|json| serde_json::from_slice::<SessionFile>(&json).ok())
			.map(|file| file.sessions)
			.unwrap_or_default()
			.into_iter()
			.filter_map(|kept| {
				let delegation = SignedDelegation::from_header_value(&kept.delegation).ok()?;
				let key = SessionKey::from_bytes(&kept.key);
				let staff = kept.staff.as_deref().map(SignedStaffCredential::from_header_value);
				Some(Session { key, delegation, staff: staff.transpose().ok()? })
			})
			.filter(|session| now < session.delegation.delegation.until)
			.collect();
		Self { path, sessions }
	}

	/// A session for a participant at a gatekeeper: a kept one that still holds, else a new one, which the
	/// account signs.
	pub fn session(
		&mut self,
		key: &Key,
		account_key: &AccountKey,
		scope: &SessionScope,
		now: Moment,
	) -> Result<Session, SessionError> {
		if let Some(session) = self.sessions.iter().find(|session| scope.fits(session, now)) {
			return Ok(session.clone());
		}
		let session_key = SessionKey::generate();
		let delegation = Delegation {
			gatekeeper: scope.gatekeeper.clone(),
			genesis: scope.genesis,
			participant: scope.participant,
			epoch: scope.epoch,
			session_key: session_key.id(),
			from: now.saturating_sub(HEAD_START),
			until: now.saturating_sub(HEAD_START).saturating_add(LIFETIME),
		}
		.sign(account_key)?;
		let session = Session { key: session_key, delegation, staff: None };
		self.sessions.push(session.clone());
		self.save(key)?;
		Ok(session)
	}

	/// Keep a staff credential with the session that it is for, which is then used with it.
	pub fn keep_staff(
		&mut self,
		key: &Key,
		staff: SignedStaffCredential,
	) -> Result<(), SessionError> {
		let fits = |session: &&mut Session| session.key.id() == staff.credential.session_key;
		let session = self.sessions.iter_mut().find(fits).ok_or(SessionError::NoSession)?;
		staff.credential.check_session(&session.delegation.delegation)?;
		session.staff = Some(staff);
		self.save(key)
	}

	fn save(&self, key: &Key) -> Result<(), SessionError> {
		let mut sessions = Vec::with_capacity(self.sessions.len());
		for session in &self.sessions {
			let staff = session.staff.as_ref().map(SignedStaffCredential::header_value);
			sessions.push(KeptSession {
				key: *session.key.to_bytes(),
				delegation: session.delegation.header_value(),
				staff: staff.transpose()?,
			});
		}
		let json = serde_json::to_vec(&SessionFile { sessions })
			.map(Zeroizing::new)
			.map_err(|error| KeystoreError::Encryption(error.to_string()))?;
		files::write(&self.path, &key.encrypt(&json)?, true).map_err(KeystoreError::from)?;
		Ok(())
	}
}

/// Where and for whom a session holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionScope {
	/// The gatekeeper.
	pub gatekeeper: Origin,
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// Who acts.
	pub participant: ParticipantId,
	/// The participant's epoch.
	pub epoch: Epoch,
}

impl SessionScope {
	fn fits(&self, session: &Session, now: Moment) -> bool {
		let delegation = &session.delegation.delegation;
		delegation.gatekeeper == self.gatekeeper
			&& delegation.genesis == self.genesis
			&& delegation.participant == self.participant
			&& delegation.epoch == self.epoch
			&& delegation.session_key == session.key.id()
			&& delegation.from <= now
			&& now.saturating_add(RESERVE) < delegation.until
	}
}

/// A session cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
	/// It cannot be kept.
	#[error(transparent)]
	Store(#[from] KeystoreError),
	/// It cannot be signed.
	#[error("the session cannot be signed: {0}")]
	Delegation(#[from] DelegationError),
	/// A staff credential is for a session that is not here.
	#[error(
		"the staff credential is for a session that this device does not have or that is over; have one issued for the session key that `medrec viewer session-key` shows"
	)]
	NoSession,
	/// A staff credential does not go with its session.
	#[error(transparent)]
	Staff(#[from] StaffError),
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{Keystore, Password};
	use medrec_primitives::Purposes;
	use medrec_protocol::{
		gatekeeper_key::GatekeeperSecret,
		identity::Seed,
		staff::{Role, StaffCredential},
	};

	const NOW: Moment = 1_795_370_400_000;

	fn scope(participant: ParticipantId) -> SessionScope {
		SessionScope {
			gatekeeper: "https://mercy.example".parse().unwrap(),
			genesis: Hash::repeat_byte(1),
			participant,
			epoch: 0,
		}
	}

	fn key(home: &Path, name: &str) -> Key {
		let password = Password::new("password".into());
		Keystore::weak(home).add(name, &Seed::generate(), &password, NOW).unwrap()
	}

	#[test]
	fn a_session_is_kept_and_used_again() {
		let home = tempfile::tempdir().unwrap();
		let key = key(home.path(), "alice");
		let account = key.seed.viewer(0).account_key;
		let mut store = SessionStore::open(home.path(), &key, NOW);
		let first = store.session(&key, &account, &scope(7), NOW).unwrap();
		first.delegation.verify(&account.account_id(), 0).unwrap();
		assert!(first.delegation.delegation.check_interval().is_ok());

		let mut reopened = SessionStore::open(home.path(), &key, NOW);
		let again = reopened.session(&key, &account, &scope(7), NOW + 1000).unwrap();
		assert_eq!(again.key.id(), first.key.id());
		assert_eq!(again.delegation, first.delegation);
	}

	#[test]
	fn another_scope_or_a_late_hour_takes_a_new_one() {
		let home = tempfile::tempdir().unwrap();
		let key = key(home.path(), "alice");
		let account = key.seed.viewer(0).account_key;
		let mut store = SessionStore::open(home.path(), &key, NOW);
		let first = store.session(&key, &account, &scope(7), NOW).unwrap();
		let other_gatekeeper = "https://lakeside.example".parse().unwrap();
		let others = [
			(scope(8), NOW),
			(SessionScope { epoch: 1, ..scope(7) }, NOW),
			(SessionScope { genesis: Hash::zero(), ..scope(7) }, NOW),
			(SessionScope { gatekeeper: other_gatekeeper, ..scope(7) }, NOW),
			(scope(7), first.delegation.delegation.until - RESERVE),
		];
		for (scope, now) in others {
			let other = store.session(&key, &account, &scope, now).unwrap();
			assert_ne!(other.key.id(), first.key.id(), "{scope:?}");
		}
	}

	#[test]
	fn a_staff_credential_is_kept_with_its_session() {
		let home = tempfile::tempdir().unwrap();
		let key = key(home.path(), "mercy");
		let account = key.seed.provider(0).account_key;
		let mut store = SessionStore::open(home.path(), &key, NOW);
		let session = store.session(&key, &account, &scope(7), NOW).unwrap();
		let signed = |provider, session_key| {
			let credential = StaffCredential {
				genesis: scope(7).genesis,
				provider,
				pseudonym: "n-0417".parse().unwrap(),
				role: Role::Nurse,
				purposes: Purposes::TREATMENT,
				session_key,
				from: NOW,
				until: NOW + 1,
			};
			credential.sign(&GatekeeperSecret::generate()).unwrap()
		};
		let staff = signed(7, session.key.id());
		store.keep_staff(&key, staff.clone()).unwrap();
		let mut reopened = SessionStore::open(home.path(), &key, NOW);
		let again = reopened.session(&key, &account, &scope(7), NOW).unwrap();
		assert_eq!(again.key.id(), session.key.id());
		assert_eq!(again.staff, Some(staff));

		let foreign = reopened.keep_staff(&key, signed(8, session.key.id()));
		assert!(matches!(foreign, Err(SessionError::Staff(_))), "{foreign:?}");
		let unknown = reopened.keep_staff(&key, signed(7, SessionKey::generate().id()));
		assert!(matches!(unknown, Err(SessionError::NoSession)), "{unknown:?}");
	}

	#[test]
	fn sessions_of_one_key_are_closed_to_another() {
		let home = tempfile::tempdir().unwrap();
		let (alice, bob) = (key(home.path(), "alice"), key(home.path(), "bob"));
		let account = alice.seed.viewer(0).account_key;
		let mut store = SessionStore::open(home.path(), &alice, NOW);
		store.session(&alice, &account, &scope(7), NOW).unwrap();
		let sessions = home.path().join("sessions");
		std::fs::copy(sessions.join("alice.age"), sessions.join("bob.age")).unwrap();
		assert!(SessionStore::open(home.path(), &bob, NOW).sessions.is_empty());
		assert_eq!(SessionStore::open(home.path(), &alice, NOW).sessions.len(), 1);
	}
}
