use crate::{mock::*, Event};
use frame_support::assert_ok;
use medrec_primitives::Provider;

#[test]
fn the_key_changes_and_nothing_else() {
	case(|| {
		let before = provider_of(MERCY);
		assert_ok!(Registrar::set_gatekeeper_key(signed("mercy"), [9; 32]));
		assert_eq!(provider_of(MERCY), Provider { gatekeeper_key: [9; 32], ..before });
		System::assert_last_event(
			Event::GatekeeperKeySet { participant: MERCY, gatekeeper_key: [9; 32] }.into(),
		);
	});
}
