use crate::{mock::*, Error, Event, ProviderNames};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use medrec_primitives::{AccountRole, ParticipantKind, ParticipantStatus, Provider};

fn certify(person: &str, title: &str) -> DispatchResult {
	let endpoint = endpoint("https://new.example");
	Registrar::certify(council(), account(person), name(title), endpoint, [1; 32], [2; 32])
}

#[test]
fn a_provider_is_admitted() {
	case(|| {
		assert_ok!(certify("new", "Hillside Practice"));
		let participant = participant_of(2);
		assert_eq!(participant.account, account("new"));
		assert_eq!(participant.kind, ParticipantKind::Provider);
		assert_eq!(participant.status, ParticipantStatus::Active);
		assert_eq!(participant.encryption_key, [1; 32]);
		assert_eq!(
			provider_of(2),
			Provider {
				name: name("Hillside Practice"),
				endpoint: endpoint("https://new.example"),
				gatekeeper_key: [2; 32],
				operator: None,
			}
		);
		assert_eq!(ProviderNames::<Test>::get(name("hillside practice")), Some(2));
		assert_eq!(data("new").role, AccountRole::Provider);
		assert_eq!(System::providers(&account("new")), 1);
		let events: Vec<_> = System::events().into_iter().map(|record| record.event).collect();
		let account = account("new");
		let expected: [RuntimeEvent; 2] = [
			Event::Registered {
				participant: 2,
				account: account.clone(),
				kind: ParticipantKind::Provider,
			}
			.into(),
			Event::Certified { participant: 2, account, name: name("Hillside Practice") }.into(),
		];
		assert!(events.ends_with(&expected), "{events:?}");
	});
}

#[test]
fn names_are_unique_without_ascii_case() {
	case(|| {
		for taken in ["Mercy Hospital", "MERCY HOSPITAL", "mercy hospital"] {
			assert_noop!(certify("new", taken), Error::<Test>::NameTaken);
		}
		assert_ok!(certify("new", "Mercy Hospital North"));
	});
}

#[test]
fn names_are_checked() {
	case(|| {
		for invalid in ["", " Mercy", "Mer\u{200B}cy", "Mercy\n"] {
			assert_noop!(certify("new", invalid), Error::<Test>::NameInvalid);
		}
	});
}

#[test]
fn endpoints_are_checked() {
	case(|| {
		let endpoint = endpoint("https://new.example/path");
		assert_noop!(
			Registrar::certify(council(), account("new"), name("New"), endpoint, KEY, KEY),
			Error::<Test>::EndpointInvalid
		);
	});
}

#[test]
fn accounts_in_use_and_tombstones_are_refused() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		for person in ["mercy", "mercy-operator", "alice"] {
			assert_noop!(certify(person, "New"), Error::<Test>::AccountTaken);
		}
		rotated("alice", alice, "phone");
		assert_noop!(certify("alice", "New"), Error::<Test>::AccountTombstone);
	});
}
