//! What patients granted to a viewer.

use crate::{
	clock,
	gatekeeper::Gatekeeper,
	identities::{self, Acting},
	patient::Merged,
	store::{KeptOpening, Session},
	terms,
	workspace::asking,
	ClientError, Workspace,
};
use futures::{stream, StreamExt};
use medrec_chain_client::rpc_api::GrantInfo;
use medrec_primitives::{ParticipantId, ParticipantKind, Purpose, RelationshipId, Tag, Terms};
use medrec_protocol::sealed::{open, OpeningContext, PortableOpening, SealedOpening};
use serde::Serialize;
use std::collections::{btree_map::Entry, BTreeMap};

/// Providers that are asked at once.
const AT_ONCE: usize = 4;

/// A grant as its grantee sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantedView {
	/// The provider that holds the records.
	pub provider: ParticipantId,
	/// Its name.
	pub provider_name: String,
	/// The relationship that the records belong to.
	pub relationship: RelationshipId,
	/// The grant.
	pub tag: Tag,
	/// What is granted.
	pub terms: Terms,
	/// Whether its tag is on the chain now, and its terms are not over.
	pub holds: bool,
}

/// The viewer's identity and participant. Who has the key of a provider and none of a viewer acts for the
/// provider.
pub async fn viewer(workspace: &Workspace, n: u32) -> Result<Acting, ClientError> {
	let seed = &workspace.key.seed;
	for identity in [seed.viewer(n), seed.provider(n)] {
		if let Some(participant) = identities::principal(&workspace.chain, &identity).await? {
			return Ok(Acting { identity, participant });
		}
	}
	Err(ClientError::Denied(
		"this key is not registered on the chain; make a consent with `medrec viewer consent` and hand it to a provider"
			.to_owned(),
	))
}

/// The purpose that participants of a kind usually ask for.
pub const fn default_purpose(kind: ParticipantKind) -> Purpose {
	match kind {
		ParticipantKind::Patient => Purpose::Personal,
		ParticipantKind::Insurer => Purpose::Payment,
		ParticipantKind::Researcher => Purpose::Research,
		ParticipantKind::Provider | ParticipantKind::Delegate | ParticipantKind::Other => {
			Purpose::Treatment
		},
	}
}

/// The purpose that a viewer asks for who says nothing else: the usual one of her kind, or, where her staff
/// credential is not for that, the first that it is for. An emergency is never taken for granted.
pub(super) fn usual_purpose(acting: &Acting, session: &Session) -> Purpose {
	let usual = default_purpose(acting.participant.kind);
	let Some(staff) = &session.staff else { return usual };
	let allowed =
		|purpose: &Purpose| *purpose != Purpose::Emergency && staff.credential.allows(*purpose);
	std::iter::once(usual).chain(Purpose::ALL).find(allowed).unwrap_or(usual)
}

/// Fetch what waits for a viewer at some providers, keep it, and show all that is known. A provider that does
/// not answer is named as missing.
pub async fn inbox(
	workspace: &Workspace,
	acting: &Acting,
	providers: &[ParticipantId],
) -> Result<Merged<GrantedView>, ClientError> {
	let mut merged = Merged::default();
	let mut parts = stream::iter(providers.iter().map(|provider| async move {
		let provider = *provider;
		let name = workspace.name_of(provider).await?;
		workspace.progress.step(&format!("asking {name} what waits for you"));
		Ok::<_, ClientError>((name, fetch(workspace, acting, provider).await))
	}))
	.buffered(AT_ONCE);
	while let Some(part) = parts.next().await {
		let (name, part) = part?;
		match part {
			Ok(openings) => workspace.keep_openings(openings)?,
			Err(error) => merged.add(name, Err(error)),
		}
	}
	let mut grants = BTreeMap::new();
	for kept in known(workspace, acting) {
		let on_chain = match grants.entry(kept.relationship) {
			Entry::Occupied(read) => read.into_mut(),
			Entry::Vacant(new) => new.insert(workspace.chain.grants(kept.relationship).await?),
		};
		let view = show(workspace, kept, on_chain).await?;
		merged.found.push(view);
	}
	workspace.progress.finish();
	Ok(merged)
}

/// The openings that this device knows and that grant something to the viewer, newest first.
pub(super) fn known(workspace: &Workspace, acting: &Acting) -> Vec<KeptOpening> {
	let mut known = workspace.kept_openings();
	known.retain(|kept| kept.opening.grantee == acting.id());
	known.reverse();
	known
}

async fn show(
	workspace: &Workspace,
	kept: KeptOpening,
	grants: &[GrantInfo],
) -> Result<GrantedView, ClientError> {
	let tag = kept.tag();
	let now = clock::now();
	let on_chain = grants.iter().any(|grant| grant.tag == tag && !grant.expiry_day.is_over(now));
	Ok(GrantedView {
		provider: kept.provider,
		provider_name: workspace.name_of(kept.provider).await?,
		relationship: kept.relationship,
		tag,
		holds: on_chain && terms::end(&kept.opening.terms) > now,
		terms: kept.opening.terms,
	})
}

async fn fetch(
	workspace: &Workspace,
	acting: &Acting,
	provider: ParticipantId,
) -> Result<Vec<KeptOpening>, ClientError> {
	let gatekeeper: Gatekeeper = workspace.gatekeeper(provider).await?;
	let session = workspace.session(acting, &gatekeeper)?;
	let purpose = usual_purpose(acting, &session);
	let context = workspace.context(acting, &gatekeeper, None, purpose);
	let list = gatekeeper.openings(asking(&session, &context)).await?;
	Ok(list
		.waiting
		.into_iter()
		.filter(|waiting| waiting.provider == provider)
		// What does not open was not sealed to this participant; nothing can be done with it here.
		.filter_map(|waiting| {
			unseal(acting, &waiting.context(workspace.genesis()), &waiting.sealed).ok()
		})
		.collect())
}

/// Take an opening that was handed over as a file or message.
pub fn receive(
	workspace: &Workspace,
	acting: &Acting,
	portable: &PortableOpening,
) -> Result<KeptOpening, ClientError> {
	if portable.context.genesis != workspace.genesis() {
		return Err(ClientError::Usage(
			"this grant is for another chain than the one that the node is on".to_owned(),
		));
	}
	let kept = unseal(acting, &portable.context, &portable.sealed)?;
	workspace.keep_openings([kept.clone()])?;
	Ok(kept)
}

fn unseal(
	acting: &Acting,
	context: &OpeningContext,
	sealed: &SealedOpening,
) -> Result<KeptOpening, ClientError> {
	let opening = open(&acting.identity.encryption_secret, context, sealed)
		.map_err(|error| ClientError::Failed(error.to_string()))?;
	if opening.grantee != acting.id() {
		return Err(ClientError::Failed(format!(
			"this grant is to participant {}, not to you",
			opening.grantee
		)));
	}
	Ok(KeptOpening {
		genesis: context.genesis,
		provider: context.provider,
		relationship: context.relationship,
		opening,
		policy: None,
	})
}
