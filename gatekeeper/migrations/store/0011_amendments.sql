-- Corrections that patrons asked for, with everything that became of them. Rows are never deleted.
-- `element` is a JSON Pointer, `proposed` JSON (NULL: nothing should stand there). `replaced` is the
-- text of the resource before it was corrected.
CREATE TABLE amendments (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
	relationship INTEGER NOT NULL,
	resource_type TEXT NOT NULL,
	resource_id TEXT NOT NULL,
	version TEXT NOT NULL,
	element TEXT NOT NULL,
	proposed TEXT,
	reason TEXT NOT NULL,
	requested_at INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (
		state IN ('requested', 'declined', 'accepted', 'written', 'handedOver')
	),
	staff TEXT,
	answer TEXT,
	answered_at INTEGER,
	settled_at INTEGER,
	new_version TEXT,
	replaced TEXT,
	CHECK ((state = 'requested') = (answered_at IS NULL)),
	CHECK ((answered_at IS NULL) = (staff IS NULL) AND (staff IS NULL) = (answer IS NULL)),
	CHECK ((state IN ('written', 'handedOver')) = (settled_at IS NOT NULL)),
	CHECK ((state = 'written') = (new_version IS NOT NULL))
) STRICT;

CREATE INDEX amendments_by_relationship ON amendments (relationship, number);
CREATE INDEX amendments_by_state ON amendments (state, number);
