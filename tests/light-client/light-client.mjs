// A light client that answers questions, one JSON object a line: `{"id", "method", "params"}` on standard input,
// `{"id", "result"}` or `{"id", "error", "unanswered"}` on standard output; `unanswered` if no peer answered. It ends
// with its standard input.
//
// Usage: node light-client.mjs START.json, a file with `chainSpec` (an object) and, for a client that starts at a
// checkpoint, `databaseContent` (text).
//
// | method | params          | result                                                                     |
// |--------|-----------------|----------------------------------------------------------------------------|
// | status |                 | `{best, finalized}`; a block is `{hash, number, specVersion}`, or null     |
// | read   | `{calls, keys}` | `{best, finalized}`, each a block with the answers in `calls` and `values` |
import * as smoldot from 'smoldot';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import { ChainHead, Unanswered } from './chain-head.mjs';

const { chainSpec, databaseContent } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const LEVELS = ['', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];

const client = smoldot.start({
	maxLogLevel: 4,
	logCallback: (level, target, message) => console.error(`${new Date().toISOString()} ${LEVELS[level]} ${target}: ${message}`),
});
const chain = await client.addChain({ chainSpec: JSON.stringify(chainSpec), databaseContent });
const head = new ChainHead(chain);

const methods = {
	status: () => head.status(),
	read: ({ calls, keys }) => head.read(calls, keys),
};

for await (const line of createInterface({ input: process.stdin })) {
	const { id, method, params } = JSON.parse(line);
	try {
		console.log(JSON.stringify({ id, result: await methods[method](params) }));
	} catch (error) {
		const unanswered = error instanceof Unanswered;
		console.log(JSON.stringify({ id, error: error.message, unanswered }));
	}
}
// `client.terminate()` does not always resolve, and nothing is left to save.
process.exit(0);
