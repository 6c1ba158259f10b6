use crate::{mock::*, GenesisConfig, GenesisProvider, NextParticipantId};
use medrec_primitives::{AccountId, AccountRole, ParticipantKind, ParticipantStatus};

#[test]
fn providers_are_numbered_in_order() {
	case(|| {
		assert_eq!(NextParticipantId::<Test>::get(), 2);
		for (id, person, title) in
			[(MERCY, "mercy", "Mercy Hospital"), (LAKESIDE, "lakeside", "Lakeside Clinic")]
		{
			let participant = participant_of(id);
			assert_eq!(participant.account, account(person));
			assert_eq!(participant.kind, ParticipantKind::Provider);
			assert_eq!(participant.status, ParticipantStatus::Active);
			assert_eq!(participant.encryption_key, KEY);
			assert_eq!(provider_of(id).name, name(title));
			assert_eq!(provider_of(id).endpoint, endpoint(&format!("https://{person}.example")));
			assert_eq!(provider_of(id).gatekeeper_key, KEY);
			assert_eq!(System::providers(&account(person)), 1);
		}
	});
}

#[test]
fn operators_are_in_place() {
	case(|| {
		assert_eq!(provider_of(MERCY).operator, Some(account("mercy-operator")));
		assert_eq!(provider_of(LAKESIDE).operator, None);
		assert_eq!(data("mercy-operator").role, AccountRole::Operator);
		assert_eq!(data("mercy-operator").participant, MERCY);
		assert_eq!(System::providers(&account("mercy-operator")), 1);
	});
}

#[test]
fn a_chain_may_start_without_providers() {
	ext_with(Vec::new()).execute_with(|| assert_eq!(NextParticipantId::<Test>::get(), 0));
}

#[test]
fn json_round_trips_with_keys_in_hexadecimal() {
	let config = GenesisConfig::<Test> {
		providers: vec![
			genesis_provider("mercy", "Mercy Hospital", Some("mercy-operator")),
			genesis_provider("lakeside", "Lakeside Clinic", None),
		],
	};
	let json = serde_json::to_value(&config).expect("the configuration is serializable");
	let mercy = &json["providers"][0];
	assert_eq!(mercy["encryptionKey"], format!("0x{}", "07".repeat(32)));
	assert_eq!(mercy["gatekeeperKey"], mercy["encryptionKey"]);
	assert_eq!(mercy["operator"], account("mercy-operator").to_string());
	assert_eq!(json["providers"][1].get("operator"), None);
	let back: GenesisConfig<Test> = serde_json::from_value(json).expect("it was just written");
	assert_eq!(back.providers, config.providers);
}

fn build(change: impl FnOnce(&mut GenesisProvider<AccountId>)) {
	let mut second = genesis_provider("lakeside", "Lakeside Clinic", None);
	change(&mut second);
	ext_with(vec![genesis_provider("mercy", "Mercy Hospital", Some("mercy-operator")), second]);
}

#[test]
#[should_panic(expected = "genesis provider `MERCY hospital`: NameTaken")]
fn a_taken_name_stops_the_build() {
	build(|provider| provider.name = "MERCY hospital".into());
}

#[test]
#[should_panic(expected = "genesis provider ``: NameInvalid")]
fn an_empty_name_stops_the_build() {
	build(|provider| provider.name = String::new());
}

#[test]
#[should_panic(expected = "its name is too long")]
fn a_long_name_stops_the_build() {
	build(|provider| provider.name = "N".repeat(65));
}

#[test]
#[should_panic(expected = "genesis provider `Lakeside Clinic`: EndpointInvalid")]
fn an_endpoint_that_is_no_origin_stops_the_build() {
	build(|provider| provider.endpoint = "lakeside.example".into());
}

#[test]
#[should_panic(expected = "its endpoint is too long")]
fn a_long_endpoint_stops_the_build() {
	build(|provider| provider.endpoint = format!("https://{}.example", "g".repeat(120)));
}

#[test]
#[should_panic(expected = "genesis provider `Lakeside Clinic`: AccountTaken")]
fn an_account_named_twice_stops_the_build() {
	build(|provider| provider.account = account("mercy"));
}

#[test]
#[should_panic(expected = "genesis provider `Lakeside Clinic`: its operator account is taken")]
fn an_operator_named_twice_stops_the_build() {
	build(|provider| provider.operator = Some(account("mercy-operator")));
}
