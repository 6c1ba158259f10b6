-- Merges: two patients of the provider's records were found to be, perhaps, one person. Until staff
-- resolve that, nothing is served about either.
CREATE TABLE patient_merges (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	-- The patient whose records go over to the other one.
	superseded TEXT NOT NULL,
	surviving TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('open', 'merged', 'separate')),
	CHECK (superseded != surviving)
) STRICT;

CREATE INDEX patient_merges_by_superseded ON patient_merges (superseded, status);
CREATE INDEX patient_merges_by_surviving ON patient_merges (surviving, status);

-- Every step of every merge, in its order. Nothing here is changed or deleted.
CREATE TABLE patient_merge_steps (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	merge INTEGER NOT NULL REFERENCES patient_merges,
	step TEXT NOT NULL CHECK (step IN ('opened', 'merged', 'separated', 'unmerged')),
	staff TEXT NOT NULL,
	reason TEXT NOT NULL,
	at INTEGER NOT NULL
) STRICT;

CREATE INDEX patient_merge_steps_by_merge ON patient_merge_steps (merge, number);

-- Bindings that a merge moved to the surviving patient, so that they can be moved back.
CREATE TABLE patient_merge_moves (
	relationship INTEGER NOT NULL REFERENCES bindings,
	merge INTEGER NOT NULL REFERENCES patient_merges,
	PRIMARY KEY (relationship, merge)
) STRICT, WITHOUT ROWID;

CREATE INDEX bindings_by_patient ON bindings (local_patient);
