// The best and the finalized block as a light client knows them, and questions to both.
//
// Speaks `chainHead_v1_*` (https://paritytech.github.io/json-rpc-interface-spec/): blocks stay pinned while they
// may be asked about, so that an answer is about the block that it names.

/** How often a question that no peer answered is asked again. */
const ATTEMPTS = 5;

/** Milliseconds before it is. */
const PAUSE = 1000;

/** Number of the block whose SCALE-encoded header this is: a compact integer after the parent's hash. */
const numberOf = (header) => {
	const bytes = Buffer.from(header.slice(2), 'hex').subarray(32);
	switch (bytes[0] & 3) {
		case 0:
			return bytes[0] >> 2;
		case 1:
			return bytes.readUInt16LE() >>> 2;
		case 2:
			return bytes.readUInt32LE() >>> 2;
		default:
			return bytes.readUInt32LE(1);
	}
};

/** Nobody answered; later somebody may. */
export class Unanswered extends Error {}

/** The light client follows the chain from elsewhere on; what was pinned is not any more. */
class Stopped extends Unanswered {
	constructor() {
		super('the light client lost the head of the chain and looks for it again');
	}
}

/** No peer could be asked, or none gave a proof. */
class Inaccessible extends Unanswered {
	constructor() {
		super('no peer answered');
	}
}

export class ChainHead {
	#chain;
	#lastRequest = 0;
	#requests = new Map(); // request id -> { resolve, reject, starts }
	#operations = new Map(); // operation id -> { resolve, reject, values }
	#subscription;
	#lost; // the subscription that ended last
	#events = Promise.resolve();
	#blocks = new Map(); // hash -> { number, version, inUse, isGone }
	#best;
	#finalized;

	/** Follow a chain of smoldot's. */
	constructor(chain) {
		this.#chain = chain;
		this.#receive();
		this.#follow();
	}

	/** Send a request; resolves with its result. */
	request(method, params, starts) {
		const id = ++this.#lastRequest;
		return new Promise((resolve, reject) => {
			this.#requests.set(id, { resolve, reject, starts });
			this.#chain.sendJsonRpc(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
		});
	}

	/** What is known of the chain: best and finalized block, each `null` until there is one. */
	status() {
		return { best: this.#described(this.#best), finalized: this.#described(this.#finalized) };
	}

	/**
	 * Ask the best and the finalized block the same: `calls` are `[function, SCALE-encoded arguments]` of
	 * the runtime's API, `keys` are keys of the storage, all in hexadecimal digits.
	 */
	async read(calls, keys) {
		for (let attempt = 1; ; ++attempt) {
			try {
				return await this.#readOnce(calls, keys);
			} catch (error) {
				if (!(error instanceof Unanswered) || attempt === ATTEMPTS) throw error;
				await new Promise((resolve) => setTimeout(resolve, PAUSE));
			}
		}
	}

	async #readOnce(calls, keys) {
		const subscription = this.#subscription;
		const pair = { best: this.#best, finalized: this.#finalized };
		if (!this.#blocks.has(pair.best) || !this.#blocks.has(pair.finalized)) throw new Stopped();
		const blocks = Object.values(pair).map((hash) => this.#blocks.get(hash));
		blocks.forEach((block) => ++block.inUse);
		try {
			const answer = {};
			for (const [name, hash] of Object.entries(pair)) {
				const known = { ...this.#described(hash), calls: [], values: [] };
				for (const [method, args] of calls) {
					const items = await this.#operate(subscription, 'call', [hash, method, args]);
					known.calls.push(items.at(-1));
				}
				for (const key of keys) {
					const query = [hash, [{ key, type: 'value' }], null];
					const items = await this.#operate(subscription, 'storage', query);
					known.values.push(items.at(-1)?.value ?? null);
				}
				answer[name] = known;
			}
			return answer;
		} finally {
			blocks.forEach((block) => --block.inUse);
			this.#unpin();
		}
	}

	#described(hash) {
		const block = this.#blocks.get(hash);
		return block ? { hash, number: block.number, specVersion: block.version } : null;
	}

	/** Start an operation on a pinned block; resolves with what it gave. */
	#operate(subscription, what, params) {
		return new Promise((resolve, reject) => {
			const isLost = () => subscription !== this.#subscription;
			if (isLost()) throw new Stopped();
			const operation = { resolve, reject, values: [] };
			const failed = (error) => reject(isLost() ? new Stopped() : error);
			this.request(`chainHead_v1_${what}`, [subscription, ...params], operation).catch(failed);
		});
	}

	async #receive() {
		for await (const text of this.#chain.jsonRpcResponses) {
			const message = JSON.parse(text);
			if (message.method === 'chainHead_v1_followEvent') {
				const { subscription, result } = message.params;
				this.#dispatch(subscription, result);
			} else {
				this.#answered(message);
			}
		}
	}

	#answered({ id, result, error }) {
		const { resolve, reject, starts } = this.#requests.get(id);
		this.#requests.delete(id);
		if (error) reject(new Error(error.message));
		else if (starts && result.result !== 'started') reject(new Inaccessible());
		else {
			// Before the next message, which may be this operation's first.
			if (starts) this.#operations.set(result.operationId, starts);
			resolve(result);
		}
	}

	#dispatch(subscription, event) {
		const operation = this.#operations.get(event.operationId);
		switch (event.event) {
			case 'operationCallDone':
				operation?.resolve([event.output]);
				break;
			case 'operationStorageItems':
				operation?.values.push(...event.items);
				return;
			case 'operationStorageDone':
				operation?.resolve(operation.values);
				break;
			case 'operationInaccessible':
				operation?.reject(new Inaccessible());
				break;
			case 'operationError':
				operation?.reject(new Error(event.error));
				break;
			case 'operationWaitingForContinue':
				this.request('chainHead_v1_continue', [subscription, event.operationId]);
				return;
			case 'stop':
				this.#stopped(subscription);
				return;
			default:
				// One after the other: what an event means depends on the ones before it.
				this.#events = this.#events.then(() => this.#followed(subscription, event));
				return;
		}
		this.#operations.delete(event.operationId);
	}

	#follow() {
		return this.request('chainHead_v1_follow', [true]);
	}

	/** It lost the head, for example because it found one far ahead; nothing is pinned any more. */
	#stopped(subscription) {
		this.#lost = subscription;
		this.#subscription = undefined;
		this.#operations.forEach(({ reject }) => reject(new Stopped()));
		this.#operations.clear();
		this.#blocks.clear();
		[this.#best, this.#finalized] = [undefined, undefined];
		this.#follow();
	}

	async #followed(subscription, event) {
		if (subscription === this.#lost) return;
		switch (event.event) {
			case 'initialized': {
				const hash = event.finalizedBlockHashes.at(-1);
				const header = await this.request('chainHead_v1_header', [subscription, hash]);
				if (subscription === this.#lost) return;
				this.#subscription = subscription;
				this.#pinned(hash, numberOf(header), event.finalizedBlockRuntime);
				event.finalizedBlockHashes.slice(0, -1).forEach((earlier) => this.#pinned(earlier));
				[this.#best, this.#finalized] = [hash, hash];
				this.#forget(event.finalizedBlockHashes.slice(0, -1));
				break;
			}
			case 'newBlock': {
				const parent = this.#blocks.get(event.parentBlockHash);
				this.#pinned(event.blockHash, parent.number + 1, event.newRuntime, parent.version);
				break;
			}
			case 'bestBlockChanged':
				this.#best = event.bestBlockHash;
				break;
			case 'finalized': {
				const before = this.#finalized;
				this.#finalized = event.finalizedBlockHashes.at(-1);
				const passed = event.finalizedBlockHashes.slice(0, -1);
				this.#forget([before, ...passed, ...event.prunedBlockHashes]);
				break;
			}
		}
	}

	#pinned(hash, number, runtime, parents) {
		const version = runtime?.spec?.specVersion ?? parents;
		this.#blocks.set(hash, { number, version, inUse: 0, isGone: false });
	}

	/** These blocks are not asked about any more. */
	#forget(hashes) {
		for (const hash of hashes) {
			const block = this.#blocks.get(hash);
			if (block) block.isGone = true;
		}
		this.#unpin();
	}

	#unpin() {
		for (const [hash, { inUse, isGone }] of this.#blocks) {
			if (isGone && inUse === 0) {
				this.#blocks.delete(hash);
				this.request('chainHead_v1_unpin', [this.#subscription, hash]).catch(() => {});
			}
		}
	}
}
