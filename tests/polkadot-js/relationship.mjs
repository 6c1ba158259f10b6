// Connects to a development node with nothing but its metadata, puts a patient on the chain with a consent
// that is encoded here by hand, proposes and accepts a relationship, and reads it back.
//
// Usage: node relationship.mjs ws://127.0.0.1:PORT
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { stringToU8a, u8aConcat, bnToU8a } from '@polkadot/util';
import { mnemonicGenerate } from '@polkadot/util-crypto';
import assert from 'node:assert/strict';

const PATIENT = 0; // index of ParticipantKind::Patient
const PROVIDER_ID = 0n; // the development chain's one provider

const api = await ApiPromise.create({ provider: new WsProvider(process.argv[2]), noInitWarn: true });

/** Sign and submit a call; resolves with its events once it is in a block. */
const submit = (call, signer) =>
	new Promise((resolve, reject) => {
		call
			.signAndSend(signer, { nonce: -1 }, ({ status, events, dispatchError }) => {
				if (dispatchError) {
					const { section, name } = api.registry.findMetaError(dispatchError.asModule);
					reject(new Error(`${section}.${name}`));
				} else if (status.isInBlock) {
					resolve(events.map(({ event }) => event));
				}
			})
			.catch(reject);
	});

const number = (value, bitLength) => bnToU8a(value, { bitLength, isLe: true });

const keyring = new Keyring({ type: 'sr25519' });
const provider = keyring.addFromUri('//Alice');
const patient = keyring.addFromUri(mnemonicGenerate());

// A stranger is refused at the pool, with the code for it.
await assert.rejects(submit(api.tx.relationships.propose(PROVIDER_ID, 'Patron'), patient), /Custom error: 1/);

const encryptionKey = new Uint8Array(32).fill(7);
const deadline = BigInt(Date.now() + 3_600_000);
const consent = u8aConcat(
	stringToU8a('medrec/register/v1'),
	api.genesisHash.toU8a(),
	patient.publicKey,
	number(0, 32), // the account's nonce
	number(PROVIDER_ID, 64),
	new Uint8Array([PATIENT]),
	encryptionKey,
	number(deadline, 64),
);
const registered = await submit(
	api.tx.registrar.register({
		account: patient.address,
		kind: 'Patient',
		encryptionKey,
		deadline,
		signature: { Sr25519: patient.sign(consent) },
	}),
	provider,
);
const participant = registered.find((event) => api.events.registrar.Registered.is(event)).data[0];

const proposed = await submit(api.tx.relationships.propose(participant, 'Steward'), provider);
const relationship = proposed.find((event) => api.events.relationships.Proposed.is(event)).data[0];
await submit(api.tx.relationships.accept(relationship, PROVIDER_ID), patient);

const stored = (await api.query.relationships.relationships(relationship)).unwrap();
assert.equal(stored.status.toString(), 'Active');
assert.equal(stored.patron.toString(), participant.toString());
assert.equal(stored.steward.toBigInt(), PROVIDER_ID);

const summary = await api.query.summary.entries(participant, relationship);
assert.equal(summary.unwrap().toString(), 'Patron');

console.log(`relationship ${relationship} of participant ${participant} is active`);
await api.disconnect();
