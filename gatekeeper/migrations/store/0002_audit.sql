-- The audit log: an append-only Merkle tree (RFC 6962) whose leaves are hashes of encrypted entries.

-- Entry n is leaf n of the tree. `leaf` is the leaf hash over number, id, key commitment and ciphertext.
CREATE TABLE audit_entries (
	number INTEGER PRIMARY KEY CHECK (number >= 0),
	id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
	key_commitment BLOB NOT NULL CHECK (length(key_commitment) = 32),
	ciphertext BLOB NOT NULL,
	leaf BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32)
) STRICT;

-- The key of each entry that was not erased, and what entries are searched by. To destroy a row is to
-- erase the entry; the tree does not need it.
CREATE TABLE audit_keys (
	number INTEGER PRIMARY KEY REFERENCES audit_entries,
	key BLOB NOT NULL CHECK (length(key) = 32),
	kind TEXT NOT NULL CHECK (kind IN ('intent', 'outcome', 'event', 'erasure')),
	-- The relationship that the entry is about, if it is about one.
	relationship INTEGER,
	-- Of an outcome: the number of its intent.
	intent INTEGER,
	CHECK ((kind = 'outcome') = (intent IS NOT NULL))
) STRICT;

CREATE INDEX audit_keys_by_relationship ON audit_keys (relationship, number)
	WHERE kind = 'intent' AND relationship IS NOT NULL;
CREATE UNIQUE INDEX audit_keys_by_intent ON audit_keys (intent) WHERE intent IS NOT NULL;

-- Entries whose key was destroyed, each with the number of the entry that says by whom and why.
CREATE TABLE audit_erasures (
	number INTEGER PRIMARY KEY REFERENCES audit_entries,
	erasure INTEGER NOT NULL REFERENCES audit_entries
) STRICT;

-- The tree as it stands: `peaks` are the roots of its complete subtrees, largest first, which is all
-- that appending needs. Signed with every change.
CREATE TABLE audit_head (
	only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
	size INTEGER NOT NULL,
	peaks BLOB NOT NULL,
	checkpoints INTEGER NOT NULL,
	signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- Signed statements of what the tree was, in the order of their making.
CREATE TABLE audit_checkpoints (
	number INTEGER PRIMARY KEY CHECK (number >= 0),
	size INTEGER NOT NULL,
	root BLOB NOT NULL CHECK (length(root) = 32),
	time INTEGER NOT NULL,
	signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
