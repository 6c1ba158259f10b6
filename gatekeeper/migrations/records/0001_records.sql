-- The provider's records. Written by the import alone; the server opens this file read-only.
-- Times are Unix milliseconds. Sets of record types and labels are the bits of the vocabulary.

CREATE TABLE resources (
	key INTEGER PRIMARY KEY,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	-- Logical id of the Patient whose record it is; a Patient is its own.
	patient TEXT NOT NULL,
	version TEXT NOT NULL,
	-- meta.lastUpdated; NULL if the resource has none.
	last_updated INTEGER,
	stored_at INTEGER NOT NULL,
	-- By what searches sort; the smallest number if the resource has no time.
	sort_date INTEGER NOT NULL,
	-- Empty (0) if the resource could not be mapped.
	record_types INTEGER NOT NULL,
	labels INTEGER NOT NULL,
	-- Id of the Medication that it orders by reference: that resource's labels count for this one.
	medication TEXT,
	-- SHA-256 of json.
	digest BLOB NOT NULL,
	-- The original text.
	json TEXT NOT NULL,
	UNIQUE (type, id)
) STRICT;

CREATE INDEX resources_by_patient ON resources (patient, type, sort_date DESC, id);

-- Codes and categories.
CREATE TABLE tokens (
	resource INTEGER NOT NULL REFERENCES resources (key) ON DELETE CASCADE,
	element TEXT NOT NULL,
	code TEXT NOT NULL,
	-- Empty if the code has none.
	system TEXT NOT NULL,
	PRIMARY KEY (resource, element, code, system)
) STRICT, WITHOUT ROWID;

-- When it happened: half-open intervals.
CREATE TABLE dates (
	resource INTEGER NOT NULL REFERENCES resources (key) ON DELETE CASCADE,
	starts INTEGER NOT NULL,
	ends INTEGER NOT NULL,
	PRIMARY KEY (resource, starts, ends)
) STRICT, WITHOUT ROWID;

-- Medications that orders refer to. Not served; kept for what they say about the orders.
CREATE TABLE medications (
	id TEXT PRIMARY KEY,
	last_updated INTEGER,
	labels INTEGER NOT NULL,
	-- Whether all of its security labels are known.
	mapped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was imported completely: the SHA-256 of a file, or of a part of one, of the vocabulary that
-- it was classified by and of the options that matter.
CREATE TABLE imported (
	digest BLOB PRIMARY KEY,
	imported_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Resources with the types and labels that count. An order of a Medication that is not here, or
-- not mapped, is not mapped either: nobody knows which drug it is.
CREATE VIEW classified AS
SELECT
	r.key, r.type, r.id, r.patient, r.version, r.sort_date, r.digest, r.json,
	coalesce(r.last_updated, r.stored_at) AS last_updated,
	CASE WHEN r.medication IS NULL OR m.mapped THEN r.record_types ELSE 0 END AS record_types,
	r.labels | coalesce(m.labels, 0) AS labels
FROM resources r LEFT JOIN medications m ON m.id = r.medication;
