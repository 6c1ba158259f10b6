use super::*;
use crate::calls;

fn built_in() -> Runtime {
	Runtime::built_in(Hash::zero(), 1, 1).unwrap()
}

/// A runtime of which a name is another.
fn renamed(from: &str, to: &str) -> Runtime {
	assert_eq!(from.len(), to.len());
	let mut metadata = include_bytes!("../../metadata/medrec.scale").to_vec();
	let encoded = [&[(from.len() as u8) << 2][..], from.as_bytes()].concat();
	let places: Vec<_> = (0..metadata.len() - encoded.len())
		.filter(|at| metadata[*at..].starts_with(&encoded))
		.collect();
	assert!(!places.is_empty(), "{from} is in the metadata");
	for at in places {
		metadata[at + 1..][..to.len()].copy_from_slice(to.as_bytes());
	}
	Runtime::new(Hash::zero(), 1, 1, &metadata).unwrap()
}

/// The bytes that a motion has when this call is proposed.
fn encoded(call: &AgendaCall) -> Vec<u8> {
	let proposal = calls::propose_motion(call.clone());
	let runtime = built_in();
	assert!(runtime.knows(&proposal));
	// Pallet and call of the proposal itself.
	runtime.client().tx().call_data(&proposal).unwrap()[2..].to_vec()
}

fn hillside() -> Certification {
	Certification {
		account: AccountId::new([1; 32]),
		name: "Hillside Surgery".into(),
		endpoint: "https://hillside.example".into(),
		encryption_key: [2; 32],
		gatekeeper_key: [3; 32],
	}
}

/// One call for each thing that the council decides on.
fn agenda() -> Vec<AgendaCall> {
	vec![
		AgendaCall::Certify(hillside()),
		AgendaCall::Suspend(7),
		AgendaCall::Reinstate(1 << 40),
		AgendaCall::SetPurposes(ParticipantKind::Insurer, Purposes::PAYMENT),
		AgendaCall::AddAuthority(7),
		AgendaCall::RemoveAuthority(7),
		AgendaCall::SetSessionLength(300),
		AgendaCall::SetMinimumAuthorities(3),
		AgendaCall::SetRemovalDelay(43_200),
		AgendaCall::Forgive(7),
		AgendaCall::SetParameter(Parameter::ParticipantQuota(Some(30))),
		AgendaCall::SetParameter(Parameter::ProviderQuota(None)),
		AgendaCall::SetParameter(Parameter::StalenessLimit(Some(45_000))),
		AgendaCall::SetParameter(Parameter::MotionDuration(Some(900))),
		AgendaCall::AuthorizeUpgrade(Hash::repeat_byte(9)),
		AgendaCall::NoteStalled { delay: 1_000, best_finalized: 77 },
	]
}

#[test]
fn every_call_is_read_back_as_it_was_proposed() {
	for call in agenda() {
		let (pallet, name) = call.name();
		let bytes = encoded(&call);
		assert_eq!(built_in().name_of(&bytes), Some((pallet.to_owned(), name.to_owned())));
		assert_eq!(built_in().read_motion(&bytes), MotionCall::Known(call));
	}
}

#[test]
fn calls_are_encoded_as_the_chain_documents_them() {
	// System is pallet 0, authorize_upgrade its call 9.
	let upgrade = AgendaCall::AuthorizeUpgrade(Hash::repeat_byte(9));
	assert_eq!(encoded(&upgrade), [&[0, 9][..], &[9; 32]].concat());
	// Authorities is pallet 23; numbers of participants are compact.
	assert_eq!(encoded(&AgendaCall::RemoveAuthority(7)), [23, 1, 7 << 2]);
}

#[test]
fn other_calls_are_named_and_not_guessed_at() {
	let unknown = |call: &[u8]| match built_in().read_motion(call) {
		MotionCall::Unknown { name } => name.map(|(pallet, call)| format!("{pallet}.{call}")),
		MotionCall::Known(call) => panic!("{call:?}"),
	};
	// A call of the runtime that is not for the council.
	assert_eq!(unknown(&[20, 4]).as_deref(), Some("Registrar.retire"));
	let upgrade = encoded(&AgendaCall::AuthorizeUpgrade(Hash::zero()));
	// Too long, and too short.
	let longer = [&upgrade[..], &[0]].concat();
	assert_eq!(unknown(&longer).as_deref(), Some("System.authorize_upgrade"));
	assert_eq!(unknown(&upgrade[..20]).as_deref(), Some("System.authorize_upgrade"));
	for nothing in [&[][..], &[20], &[20, 200], &[250, 0, 1, 2]] {
		assert_eq!(unknown(nothing), None, "{nothing:?}");
	}
	// What is no text is not shown as one.
	let mut certify = encoded(&AgendaCall::Certify(hillside()));
	let name = certify.windows(8).position(|part| part == b"Hillside").unwrap();
	certify[name] = 0xff;
	assert_eq!(unknown(&certify).as_deref(), Some("Registrar.certify"));
}

/// The same bytes may mean something else to another runtime.
#[test]
fn a_call_of_another_shape_is_not_taken_for_the_known_one() {
	let upgrade = AgendaCall::AuthorizeUpgrade(Hash::repeat_byte(9));
	let bytes = encoded(&upgrade);
	for (runtime, name) in [
		(renamed("authorize_upgrade", "authorize_nothing"), "authorize_nothing"),
		(renamed("code_hash", "salt_hash"), "authorize_upgrade"),
	] {
		let name = Some(("System".to_owned(), name.to_owned()));
		assert_eq!(runtime.read_motion(&bytes), MotionCall::Unknown { name });
	}
	let elsewhere = renamed("add_authority", "pay_authority").read_motion(&bytes);
	assert_eq!(elsewhere, MotionCall::Known(upgrade), "what did not change is still known");
}

/// An upgrade that changes one call keeps nobody from proposing the others, the next upgrade among them.
#[test]
fn what_did_not_change_can_still_be_proposed() {
	let upgrade = || calls::propose_motion(AgendaCall::AuthorizeUpgrade(Hash::zero()));
	assert!(renamed("add_authority", "pay_authority").knows(&upgrade()));
	assert!(!renamed("code_hash", "salt_hash").knows(&upgrade()));
	assert!(!renamed("authorize_upgrade", "authorize_nothing").knows(&upgrade()));
	assert!(!renamed("propose", "suppose").knows(&upgrade()));
	let addition = calls::propose_motion(AgendaCall::AddAuthority(7));
	assert!(!renamed("add_authority", "pay_authority").knows(&addition));
}

#[test]
fn blocks_come_every_two_seconds() {
	assert_eq!(built_in().block_time().unwrap(), 2_000);
	assert!(renamed("SlotDuration", "PlotDuration").block_time().is_err());
}
