-- The gatekeeper's own state. Numbers of the chain (u64) are kept as the i64 of the same bits, hashes
-- and keys as blobs, times as Unix milliseconds.

-- Nonces of requests, as SHA-256 over session key and nonce. A nonce is kept until its request has
-- expired for good: `floor` never goes back, and what expired at or before it is refused unseen.
CREATE TABLE nonces (
	digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_expiry ON nonces (expires_at);

CREATE TABLE nonce_floor (
	only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
	expired_until INTEGER NOT NULL
) STRICT;

INSERT INTO nonce_floor VALUES (0, 0);

-- Written by readiness checks, to see that writing works.
CREATE TABLE write_probe (
	only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
	writes INTEGER NOT NULL
) STRICT;

INSERT INTO write_probe VALUES (0, 0);

-- One row per enrolment code, through everything that becomes of it. Only a hash of the code's secret
-- is kept. `consent_*` is what the patient signed; `submission_*` the extrinsic as it was or will be
-- sent, stored before it is sent.
CREATE TABLE enrolments (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
	secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
	status TEXT NOT NULL CHECK (
		status IN ('issued', 'pending', 'confirmed', 'submitting', 'active', 'expired', 'refused')
	),
	local_patient TEXT NOT NULL,
	issued_by TEXT NOT NULL,
	issued_at INTEGER NOT NULL,
	code_expires_at INTEGER NOT NULL,
	consent_account BLOB CHECK (length(consent_account) = 32),
	consent_account_nonce INTEGER,
	consent_kind BLOB,
	consent_encryption_key BLOB CHECK (length(consent_encryption_key) = 32),
	consent_deadline INTEGER,
	consent_signature BLOB,
	redeemed_at INTEGER,
	confirmed_by TEXT,
	confirmed_at INTEGER,
	submission_extrinsic BLOB,
	submission_hash BLOB CHECK (length(submission_hash) = 32),
	submission_operator_nonce INTEGER,
	submission_valid_until_block INTEGER,
	attempts INTEGER NOT NULL DEFAULT 0,
	relationship INTEGER,
	patron INTEGER,
	reason TEXT,
	changed_at INTEGER NOT NULL,
	CHECK ((consent_account IS NULL) = (redeemed_at IS NULL)),
	CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
	CHECK (status NOT IN ('pending', 'confirmed', 'submitting', 'active') OR consent_account IS NOT NULL),
	CHECK (status NOT IN ('confirmed', 'submitting', 'active') OR confirmed_at IS NOT NULL),
	CHECK (status != 'submitting' OR submission_extrinsic IS NOT NULL),
	CHECK ((status = 'active') = (relationship IS NOT NULL AND patron IS NOT NULL))
) STRICT;

CREATE INDEX enrolments_by_status ON enrolments (status, number);

-- Which local patient a relationship on the chain is about. `end_*` is the way of a severed binding's
-- relationship to its end on the chain.
CREATE TABLE bindings (
	relationship INTEGER PRIMARY KEY,
	patron INTEGER NOT NULL,
	local_patient TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'disputed', 'severed')),
	staff TEXT NOT NULL,
	reason TEXT,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	end_status TEXT NOT NULL DEFAULT 'unwanted' CHECK (end_status IN ('unwanted', 'wanted', 'submitted', 'ended')),
	end_extrinsic BLOB,
	end_hash BLOB CHECK (length(end_hash) = 32),
	end_operator_nonce INTEGER,
	end_valid_until_block INTEGER,
	CHECK (end_status != 'submitted' OR end_extrinsic IS NOT NULL),
	CHECK (end_status IN ('unwanted', 'ended') OR status = 'severed')
) STRICT;

CREATE INDEX bindings_by_status ON bindings (status, relationship);
CREATE INDEX bindings_by_patron ON bindings (patron);
CREATE INDEX bindings_by_end ON bindings (end_status) WHERE end_status IN ('wanted', 'submitted');

-- Sealed openings that wait for their grantees, with the copies for the patrons.
CREATE TABLE openings (
	relationship INTEGER NOT NULL,
	tag BLOB NOT NULL CHECK (length(tag) = 32),
	grantee INTEGER NOT NULL,
	sealed_to_grantee BLOB NOT NULL,
	sealed_to_patron BLOB NOT NULL,
	deposited_at INTEGER NOT NULL,
	PRIMARY KEY (relationship, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX openings_by_grantee ON openings (grantee, relationship, tag);
