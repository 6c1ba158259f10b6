use crate::{mock::*, Error, Event, Purposes as Table};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ParticipantKind, Purposes, PurposesTable};

#[test]
fn the_table_changes_for_one_kind() {
	case(|| {
		assert_eq!(Table::<Test>::get(), PurposesTable::default());
		for kind in ParticipantKind::ALL {
			let mut expected = Table::<Test>::get();
			expected.set(kind, Purposes::EMERGENCY);
			assert_ok!(Registrar::set_purposes(council(), kind, Purposes::EMERGENCY));
			assert_eq!(Table::<Test>::get(), expected);
			System::assert_last_event(
				Event::PurposesSet { kind, purposes: Purposes::EMERGENCY }.into(),
			);
		}
	});
}

#[test]
fn unknown_purposes_are_refused() {
	case(|| {
		let unknown = Purposes(Purposes::ALL.0 | 0b1000_0000);
		assert_noop!(
			Registrar::set_purposes(council(), ParticipantKind::Patient, unknown),
			Error::<Test>::PurposesUnknown
		);
		assert_ok!(Registrar::set_purposes(council(), ParticipantKind::Patient, Purposes::ALL));
		assert_ok!(Registrar::set_purposes(council(), ParticipantKind::Patient, Purposes::NONE));
	});
}
