//! Corrections of records: asked for, and how they stand.

use super::{Merged, Mine};
use crate::{workspace::asking, ClientError, Workspace};
use medrec_primitives::{Purpose, RelationshipId};
use medrec_protocol::{
	amendments::{Amendment, AmendmentRequest, Element, ProposedValue},
	policy::Document,
};
use serde::Serialize;

/// A correction that is about to be asked for.
#[derive(Clone, Debug)]
pub struct AmendmentPlan {
	/// What is sent.
	pub request: AmendmentRequest,
	/// Name of the provider.
	pub provider_name: String,
	/// What stands there now, as JSON; absent if nothing does.
	pub present: Option<String>,
}

/// An amendment as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AmendmentView {
	/// The relationship whose records it is about.
	pub relationship: RelationshipId,
	/// Name of its steward.
	pub provider_name: String,
	/// The amendment.
	#[serde(flatten)]
	pub amendment: Amendment,
}

impl AmendmentPlan {
	/// Look at the record as it is now, and prepare to ask for a correction of it.
	pub async fn new(
		workspace: &Workspace,
		mine: &Mine,
		record: &Document,
		element: Element,
		proposed: Option<ProposedValue>,
		reason: String,
	) -> Result<Self, ClientError> {
		let relationship = mine.entry.relationship;
		let gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
		let session = workspace.session(&mine.acting, &gatekeeper)?;
		let context =
			workspace.context(&mine.acting, &gatekeeper, Some(relationship), Purpose::Personal);
		let (resource, version) =
			gatekeeper.read(asking(&session, &context), &record.resource_type, &record.id).await?;
		let resource: serde_json::Value = serde_json::from_str(resource.get())
			.map_err(|_| gatekeeper.malformed("the record is not JSON"))?;
		let request = AmendmentRequest {
			relationship,
			resource_type: record.resource_type.clone(),
			id: record.id.clone(),
			version,
			element,
			proposed,
			reason,
		};
		request.check().map_err(|error| ClientError::Usage(error.to_string()))?;
		let present = resource.pointer(request.element.as_str()).map(ToString::to_string);
		Ok(Self { request, provider_name: gatekeeper.name().to_owned(), present })
	}

	/// What is about to be asked for, in words.
	pub fn describe(&self) -> String {
		let AmendmentRequest { resource_type, id, element, proposed, reason, .. } = &self.request;
		let proposed = proposed.as_ref().map_or("nothing", |value| value.as_raw().get());
		format!(
			"{} is asked to correct {resource_type}/{id}\n  {element} is now {}\n  it should be {proposed}\n  because: {reason}\n",
			self.provider_name,
			self.present.as_deref().unwrap_or("absent"),
		)
	}
}

/// Ask for a correction.
pub async fn amend(
	workspace: &Workspace,
	mine: &Mine,
	plan: &AmendmentPlan,
) -> Result<AmendmentView, ClientError> {
	let gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let relationship = Some(plan.request.relationship);
	let context = workspace.context(&mine.acting, &gatekeeper, relationship, Purpose::Personal);
	let amendment = gatekeeper.amend(asking(&session, &context), &plan.request).await?;
	Ok(AmendmentView {
		relationship: plan.request.relationship,
		provider_name: plan.provider_name.clone(),
		amendment,
	})
}

/// What she asked for in some of her relationships, and what became of it. A gatekeeper that does not
/// answer is named as missing.
pub async fn amendments(
	workspace: &Workspace,
	relationships: &[Mine],
) -> Result<Merged<AmendmentView>, ClientError> {
	let mut merged = Merged::default();
	for mine in relationships {
		let provider_name = workspace.name_of(mine.entry.steward).await?;
		workspace.progress.step(&format!("asking {provider_name}"));
		merged.add(provider_name, of_relationship(workspace, mine).await);
		workspace.progress.finish();
	}
	Ok(merged)
}

async fn of_relationship(
	workspace: &Workspace,
	mine: &Mine,
) -> Result<Vec<AmendmentView>, ClientError> {
	let relationship = mine.entry.relationship;
	let gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let context =
		workspace.context(&mine.acting, &gatekeeper, Some(relationship), Purpose::Personal);
	let found = gatekeeper.amendments(asking(&session, &context)).await?;
	let view = |amendment| AmendmentView {
		relationship,
		provider_name: gatekeeper.name().to_owned(),
		amendment,
	};
	Ok(found.into_iter().map(view).collect())
}
