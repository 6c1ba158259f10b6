//! The story with real processes, all of them restarted in the middle of it; and what is then on the
//! chain of a patient with two identities. Beside it, in networks of their own: a fifth provider that joins,
//! and the council at work.

mod authority;
mod council;
mod identities;

use medrec_tests::story::{Log, Story};
use tokio::sync::Mutex;

/// Two networks at once would be too much for a small machine: a test takes this first.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn a_patient_reads_grants_and_revokes_across_a_restart_of_everything() {
	let _alone = ALONE.lock().await;
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut story = Story::set_up(folder.path(), None, &mut Log).await.expect("set-up");
	story.enrol(&mut Log).await.expect("enrolment");
	story.read(&mut Log).await.expect("her records");
	story.register_pharmacist(&mut Log).await.expect("registration");
	story.refuse(&mut Log).await.expect("a refusal");
	story.grant(&mut Log).await.expect("a grant");

	for gatekeeper in &mut story.gatekeepers {
		gatekeeper.kill().expect("the gatekeeper was running");
	}
	story.network.restart().await.expect("the nodes start again and go on");
	for gatekeeper in &mut story.gatekeepers {
		gatekeeper.start().await.expect("the gatekeeper starts again");
	}

	story.look(&mut Log).await.expect("the grant still holds");
	story.read(&mut Log).await.expect("her records again");
	story.revoke(&mut Log).await.expect("a revocation");
	story.review(&mut Log).await.expect("who looked");
	for gatekeeper in &story.gatekeepers {
		gatekeeper.staff(&["audit", "verify"]).expect("the audit log verifies");
	}

	identities::share_nothing(&story).await.expect("her identities share nothing on the chain");

	for gatekeeper in &mut story.gatekeepers {
		gatekeeper.stop().expect("the gatekeeper ends when asked");
	}
	for node in story.network.nodes.drain(..) {
		node.process.stop().expect("the node ends when asked");
	}
}
