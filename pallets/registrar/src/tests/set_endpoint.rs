use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::Provider;

#[test]
fn the_endpoint_changes_and_nothing_else() {
	case(|| {
		let before = provider_of(MERCY);
		let moved = endpoint("https://records.mercy.example:8443");
		assert_ok!(Registrar::set_endpoint(signed("mercy"), moved.clone()));
		assert_eq!(provider_of(MERCY), Provider { endpoint: moved.clone(), ..before });
		System::assert_last_event(
			Event::EndpointSet { participant: MERCY, endpoint: moved }.into(),
		);
	});
}

#[test]
fn what_is_no_origin_is_refused() {
	case(|| {
		for text in ["", "mercy.example", "https://mercy.example/", "ftp://mercy.example"] {
			assert_noop!(
				Registrar::set_endpoint(signed("mercy"), endpoint(text)),
				Error::<Test>::EndpointInvalid
			);
		}
	});
}
