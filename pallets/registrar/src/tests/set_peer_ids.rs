use crate::{is_valid_peer_id, mock::*, Error, Event, PeerIds};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{PeerId, MAX_PEER_IDS};

#[test]
fn a_provider_names_its_nodes() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1, 2])));
		assert_eq!(PeerIds::<Test>::get(MERCY), Some(peer_ids(&[1, 2])));
		assert_eq!(PeerIds::<Test>::get(LAKESIDE), None);
		System::assert_last_event(
			Event::PeerIdsSet { participant: MERCY, peer_ids: peer_ids(&[1, 2]) }.into(),
		);
	});
}

#[test]
fn a_list_takes_the_place_of_the_one_before() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1, 2, 3, 4])));
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[5])));
		assert_eq!(PeerIds::<Test>::get(MERCY), Some(peer_ids(&[5])));
	});
}

#[test]
fn an_empty_list_removes_all() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[])));
		assert!(!PeerIds::<Test>::contains_key(MERCY));
		System::assert_last_event(
			Event::PeerIdsSet { participant: MERCY, peer_ids: peer_ids(&[]) }.into(),
		);
		// As it does where there are none.
		assert_ok!(Registrar::set_peer_ids(signed("lakeside"), peer_ids(&[])));
		assert!(!PeerIds::<Test>::contains_key(LAKESIDE));
	});
}

#[test]
fn no_node_is_there_twice() {
	case(|| {
		assert_noop!(
			Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1, 2, 1])),
			Error::<Test>::PeerIdRepeated
		);
	});
}

#[test]
fn two_providers_may_name_the_same_node() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		assert_ok!(Registrar::set_peer_ids(signed("lakeside"), peer_ids(&[1])));
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_eq!(PeerIds::<Test>::get(LAKESIDE), Some(peer_ids(&[1])));
	});
}

#[test]
fn what_is_no_peer_id_is_refused_wherever_it_stands() {
	case(|| {
		let mut ids = peer_ids(&[1, 2]);
		assert_ok!(ids.try_push(PeerId::truncate_from(b"12D3KooW".to_vec())));
		assert_noop!(Registrar::set_peer_ids(signed("mercy"), ids), Error::<Test>::PeerIdInvalid);
	});
}

#[test]
fn there_is_room_for_so_many() {
	case(|| {
		let full: Vec<u8> = (0..MAX_PEER_IDS as u8).collect();
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&full)));
		assert!(peer_ids(&full).try_push(peer_id(9)).is_err());
	});
}

#[test]
fn they_stay_when_the_provider_moves_to_another_account() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		rotated("mercy", MERCY, "mercy2");
		assert_eq!(PeerIds::<Test>::get(MERCY), Some(peer_ids(&[1])));
		assert_ok!(Registrar::set_peer_ids(signed("mercy2"), peer_ids(&[2])));
	});
}

#[test]
fn shapes_of_peer_ids() {
	let multihash = |code: u8, length: u8, bytes: usize| {
		let mut id = vec![code, length];
		id.resize(2 + bytes, 7);
		id
	};
	for valid in [
		peer_id(1).into_inner(),
		multihash(0x00, 1, 1),
		multihash(0x00, 42, 42),
		multihash(0x12, 32, 32),
	] {
		assert!(is_valid_peer_id(&valid), "{valid:?}");
	}
	for invalid in [
		vec![],
		vec![0x00],
		multihash(0x00, 0, 0),
		multihash(0x00, 36, 35),
		multihash(0x00, 36, 37),
		multihash(0x00, 43, 43),
		multihash(0x12, 31, 31),
		multihash(0x12, 33, 33),
		multihash(0x12, 0, 32),
		multihash(0x16, 32, 32),
	] {
		assert!(!is_valid_peer_id(&invalid), "{invalid:?}");
	}
}
