-- Local holds: staff let less be seen than the chain allows. A hold is about a whole relationship, or
-- about one grantee in it, and about all record types or some. Holds are lifted, never deleted.
CREATE TABLE holds (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	relationship INTEGER NOT NULL REFERENCES bindings,
	-- Who is held off; everybody if NULL.
	grantee INTEGER,
	-- Bits of the record types that are withheld; all records if NULL.
	types INTEGER,
	-- Whether the patron may see in her access log that something was withheld.
	disclosed INTEGER NOT NULL CHECK (disclosed IN (0, 1)),
	reason TEXT NOT NULL,
	placed_by TEXT NOT NULL,
	placed_at INTEGER NOT NULL,
	-- First moment at which it no longer holds; until it is lifted if NULL.
	ends_at INTEGER,
	lifted_by TEXT,
	lifted_at INTEGER,
	lift_reason TEXT,
	CHECK ((lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lift_reason IS NULL))
) STRICT;

CREATE INDEX holds_not_lifted ON holds (relationship, number) WHERE lifted_at IS NULL;
