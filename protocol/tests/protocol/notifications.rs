//! Notifications are the gatekeeper's, each of them.

use crate::fixtures::*;
use medrec_primitives::Hash;
use medrec_protocol::{
	gatekeeper_key::GatekeeperSecret,
	notifications::{Notification, NotificationKind},
	receipt::EntryId,
};

pub fn notification() -> Notification {
	let (key, event, kind) = (gatekeeper_key(), EntryId([0x66; 16]), NotificationKind::Access);
	Notification::sign(&key, &genesis(), PROVIDER, RELATIONSHIP, event, kind, NOW)
}

#[test]
fn a_notification_is_the_gatekeepers() {
	let key = gatekeeper_key().public();
	assert!(notification().verify(&genesis(), &key));
	assert!(!notification().verify(&Hash::repeat_byte(8), &key));
	assert!(!notification().verify(&genesis(), &GatekeeperSecret::generate().public()));
	let mut others = vec![notification(); 6];
	others[0].provider = 2;
	others[1].relationship = 8;
	others[2].event.0[0] ^= 1;
	others[3].kind = NotificationKind::Records;
	others[4].at += 1;
	others[5].signature.0[63] ^= 1;
	for other in others {
		assert!(!other.verify(&genesis(), &key), "{other:?}");
	}
}

#[test]
fn a_notification_is_json_and_says_no_more() {
	let json = serde_json::to_value(notification()).unwrap();
	let names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
	assert_eq!(names, ["at", "event", "kind", "provider", "relationship", "signature"]);
	assert_eq!(serde_json::from_value::<Notification>(json).unwrap(), notification());
	for kind in NotificationKind::ALL {
		assert_eq!(kind.name().parse(), Ok(kind));
		assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
	}
}
