-- What patrons are told of when they ask or wait for it: names and kinds, no content. Old ones go when
-- new ones come. Numbers never return, also when the last row was deleted.
CREATE TABLE notifications (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	event BLOB NOT NULL UNIQUE CHECK (length(event) = 16),
	relationship INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('records', 'access', 'proposal', 'amendment')),
	at INTEGER NOT NULL
) STRICT;

CREATE INDEX notifications_by_relationship ON notifications (relationship, number);

-- Up to where a relationship's patron was told of changes that are looked for, not reported: the latest
-- change of her records, the highest number of a relationship that was proposed to her.
CREATE TABLE notification_marks (
	relationship INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('records', 'proposal')),
	mark INTEGER NOT NULL,
	PRIMARY KEY (relationship, kind)
) STRICT, WITHOUT ROWID;
