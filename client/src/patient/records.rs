//! A patient's records, merged from all providers and identities.

use super::{Merged, Mine};
use crate::{
	gatekeeper::Gatekeeper,
	records::{self, Record, Source},
	workspace::asking,
	ClientError, Workspace,
};
use futures::{stream, StreamExt};
use medrec_primitives::{Purpose, RecordTypes};

/// Providers that are asked at once.
const AT_ONCE: usize = 4;

/// Her records of some types in some relationships. What a provider cannot deliver is named; the rest
/// comes.
pub async fn records(
	workspace: &Workspace,
	relationships: &[Mine],
	types: RecordTypes,
) -> Result<Merged<Record>, ClientError> {
	let resource_types = records::resource_types(types);
	let mut merged = Merged::default();
	let mut parts = stream::iter(relationships.iter().map(|mine| {
		let resource_types = &resource_types;
		async move {
			let name = workspace.name_of(mine.entry.steward).await?;
			let part = of_one(workspace, mine, resource_types).await.map(|mut records| {
				records.retain(|record| record.may_be_of(types));
				records
			});
			Ok::<_, ClientError>((name, part))
		}
	}))
	.buffered(AT_ONCE);
	while let Some(part) = parts.next().await {
		let (name, part) = part?;
		merged.add(name, part);
	}
	workspace.progress.finish();
	records::sort(&mut merged.found);
	Ok(merged)
}

async fn of_one(
	workspace: &Workspace,
	mine: &Mine,
	resource_types: &[&str],
) -> Result<Vec<Record>, ClientError> {
	let gatekeeper: Gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let context = workspace.context(
		&mine.acting,
		&gatekeeper,
		Some(mine.entry.relationship),
		Purpose::Personal,
	);
	let source = Source {
		provider: gatekeeper.provider(),
		name: gatekeeper.name(),
		relationship: mine.entry.relationship,
	};
	let mut records = Vec::new();
	for resource_type in resource_types {
		workspace.progress.step(&format!(
			"{}: {resource_type} ({} records so far)",
			gatekeeper.name(),
			records.len()
		));
		let found = gatekeeper.search(asking(&session, &context), resource_type).await?;
		records.extend(found.into_iter().map(|resource| Record::read(source, resource)));
	}
	Ok(records)
}
