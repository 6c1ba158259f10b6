-- The vocabulary by which everything here is classified (its digest, with that of the rules). NULL
-- before the first import, and while everything is being classified by another one: a server that
-- finds another digest than its own serves nothing to grantees.
CREATE TABLE vocabulary (
	only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
	digest BLOB CHECK (length(digest) = 32)
) STRICT;

INSERT INTO vocabulary VALUES (0, NULL);

-- The original text, to classify it again. NULL where it was not kept.
ALTER TABLE medications ADD COLUMN json TEXT;
