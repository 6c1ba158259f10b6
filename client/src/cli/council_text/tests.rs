use super::*;
use crate::council::sample::{busy, idle};

#[test]
fn everything_that_is_open_is_said_in_words() {
	let expected = "\
4 seats, at block 1000.

#3 add Hillside Surgery as an authority: 2 of 3 yes, closes in 4 h
   Mercy Hospital: yes, Northgate Hospital: yes, Harbour Practice: no; proposed by Mercy Hospital
   takes effect at once if 3 have said yes when it is closed; with fewer it waits for objections
   1 more to say yes: medrec council vote 3 yes

#4 suspend Harbour Practice (participant 3): 3 of 3 yes, can be closed, expires in 4 h
   Mercy Hospital: yes, Lakeside Clinic: yes, Northgate Hospital: yes; proposed by Mercy Hospital
   takes effect at once if 3 have said yes when it is closed; with fewer it waits for objections
   to have it done: medrec council close 4

#5 note that finality has stalled: new finality authorities 1 min (30 blocks) after their announcement, from block 900 on: 1 of 3 yes, 2 no: it cannot be carried any more
   Mercy Hospital: yes, Lakeside Clinic: no, Harbour Practice: no; proposed by Mercy Hospital
   to clear it away: medrec council close 5

#6 add Hillside Surgery as an authority: 0 of 3 yes, its time is over
   nobody has voted; proposed by Mercy Hospital
   takes effect at once if 3 have said yes when it is closed; with fewer it waits for objections
   to clear it away: medrec council close 6

#7 an unknown call 0x170010: outdated by an upgrade of the runtime
   Mercy Hospital: yes; proposed by Mercy Hospital
   beware: this program does not know the call; vote only if you know what its bytes mean
   to clear it away: medrec council close 7; then propose it anew

#8 Registrar.retire 0x1404: 1 of 3 yes, closes in 4 h
   Mercy Hospital: yes; proposed by Mercy Hospital
   beware: this program does not know the call; vote only if you know what its bytes mean
   2 more to say yes: medrec council vote 8 yes

Decided, waiting for objections:

remove Harbour Practice as an authority: takes effect in 40 s (first session from block 1020 on)
   1 of 2 objections that call it off: Lakeside Clinic
   to object: medrec council object 3

add Hillside Surgery as an authority: takes effect with the next session
   0 of 2 objections that call it off
   to object: medrec council object 4

Found voting for two things at once:

Lakeside Clinic in session 12, reported in block 950: it makes no blocks, as far as enough others are left, until it is forgiven
   once the cause is found: medrec council propose forgive 1

Northgate Hospital in session 12, reported in block 950: forgiven in session 14";
	assert_eq!(status(&busy().overview()), expected);
}

#[test]
fn an_idle_council_says_how_to_begin() {
	assert_eq!(
		status(&idle().overview()),
		"4 seats, at block 1000.\n\nNo proposal is open. `medrec council propose` makes one."
	);
}

#[test]
fn members_are_a_table() {
	let table = members(&idle().info.seats);
	assert!(table.contains(" participant   provider             account"), "{table}");
	assert!(table.contains(" 1             Lakeside Clinic      5"), "{table}");
}

#[test]
fn what_came_of_it_is_said() {
	let motion = busy().motion(3).unwrap();
	let cast = Voted { approve: false, motion: motion.clone(), block: 1_001 };
	assert!(voted(&cast).starts_with("You have said no to #3 in block 1001.\n\n#3 add "));
	assert!(proposed(&cast).starts_with("Proposed as #3 in block 1001; you have said yes."));

	let mut end = Closed {
		id: 3,
		words: motion.words,
		outcome: Outcome::Enacted,
		yes: 3,
		no: 1,
		seats: 4,
		waits: None,
		block: 1_002,
	};
	assert_eq!(
		closed(&end),
		"#3 is done: add Hillside Surgery as an authority (3 of 4 said yes). Block 1002."
	);
	end.waits = busy().change(4).ok();
	assert!(closed(&end).starts_with("#3 is decided: add Hillside Surgery"));
	assert!(closed(&end).contains("to object: medrec council object 4"));
	end.waits = None;
	for (outcome, expected) in [
		(Outcome::Rejected, "is rejected: add Hillside Surgery as an authority (1 of 4 said no)"),
		(Outcome::Expired, "has expired"),
		(Outcome::Outdated, "propose it anew"),
	] {
		end.outcome = outcome;
		assert!(closed(&end).contains(expected), "{}", closed(&end));
	}

	let mut objection = Objected {
		words: "remove Harbour Practice as an authority".into(),
		participant: 3,
		is_called_off: false,
		objections: 1,
		needed: 2,
		block: 1_003,
	};
	assert!(objected(&objection).ends_with("1 of 2 objections that call it off."));
	objection.is_called_off = true;
	assert!(objected(&objection).contains("it is called off: remove Harbour Practice"));
}

/// What the guide shows is what the program prints.
#[test]
fn the_guide_shows_what_is_printed() {
	let guide = include_str!("../../../../docs/governance.md");
	let shown = guide.split("```text\n4 seats").nth(1).and_then(|rest| rest.split("\n```").next());
	let printed = status(&busy().overview());
	let lines: Vec<_> = shown.expect("an example of the status").lines().skip(1).collect();
	assert!(lines.len() > 10);
	for line in lines {
		assert!(printed.lines().any(|it| it == line), "`{line}` is not printed");
	}
}
