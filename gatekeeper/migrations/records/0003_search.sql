-- Statuses are searched for: those of what is here already. The systems of the codes that stand in
-- resources without one are HL7's, as in the import.
INSERT INTO tokens (resource, element, code, system)
SELECT key, 'status', json_extract(json, '$.status'), CASE type
	WHEN 'Encounter' THEN 'http://hl7.org/fhir/encounter-status'
	WHEN 'Immunization' THEN 'http://hl7.org/fhir/event-status'
	WHEN 'MedicationRequest' THEN 'http://hl7.org/fhir/CodeSystem/medicationrequest-status'
	WHEN 'Observation' THEN 'http://hl7.org/fhir/observation-status'
	WHEN 'Procedure' THEN 'http://hl7.org/fhir/event-status'
	WHEN 'DiagnosticReport' THEN 'http://hl7.org/fhir/diagnostic-report-status'
	WHEN 'DocumentReference' THEN 'http://hl7.org/fhir/document-reference-status'
END
FROM resources
WHERE type IN ('Encounter', 'Immunization', 'MedicationRequest', 'Observation', 'Procedure',
	'DiagnosticReport', 'DocumentReference')
AND json_type(json, '$.status') = 'text';

INSERT OR IGNORE INTO tokens (resource, element, code, system)
SELECT r.key, 'status', c.value ->> '$.code', coalesce(c.value ->> '$.system', '')
FROM resources r, json_each(r.json, '$.clinicalStatus.coding') c
WHERE r.type IN ('AllergyIntolerance', 'Condition') AND json_type(c.value, '$.code') = 'text';

-- Whether it names another patient than its own, by a reference that only its Bundle could resolve.
-- (What a text says by itself is seen when it is classified.)
ALTER TABLE resources ADD COLUMN names_other_patient INTEGER NOT NULL DEFAULT 0;

-- Rows whose text is about another patient than the one that they are filed under: none, as long as
-- the import alone writes here. (The view says the same as the index, which it needs to be used. A
-- reference may name a version: `Patient/a/_history/2`.)
CREATE INDEX resources_misfiled ON resources (key)
WHERE CASE type WHEN 'Patient' THEN 'Patient/' || id
		WHEN 'AllergyIntolerance' THEN json_extract(json, '$.patient.reference')
		WHEN 'Immunization' THEN json_extract(json, '$.patient.reference')
		ELSE json_extract(json, '$.subject.reference') END GLOB 'Patient/*'
AND CASE type WHEN 'Patient' THEN 'Patient/' || id
		WHEN 'AllergyIntolerance' THEN json_extract(json, '$.patient.reference')
		WHEN 'Immunization' THEN json_extract(json, '$.patient.reference')
		ELSE json_extract(json, '$.subject.reference') END || '/' NOT GLOB 'Patient/' || patient || '/*';

CREATE VIEW misfiled AS
SELECT key FROM resources INDEXED BY resources_misfiled
WHERE CASE type WHEN 'Patient' THEN 'Patient/' || id
		WHEN 'AllergyIntolerance' THEN json_extract(json, '$.patient.reference')
		WHEN 'Immunization' THEN json_extract(json, '$.patient.reference')
		ELSE json_extract(json, '$.subject.reference') END GLOB 'Patient/*'
AND CASE type WHEN 'Patient' THEN 'Patient/' || id
		WHEN 'AllergyIntolerance' THEN json_extract(json, '$.patient.reference')
		WHEN 'Immunization' THEN json_extract(json, '$.patient.reference')
		ELSE json_extract(json, '$.subject.reference') END || '/' NOT GLOB 'Patient/' || patient || '/*';

DROP VIEW classified;

CREATE VIEW classified AS
SELECT
	r.key, r.type, r.id, r.patient, r.version, r.sort_date, r.digest, r.json,
	coalesce(r.last_updated, r.stored_at) AS last_updated,
	CASE WHEN (r.medication IS NULL OR m.mapped) AND NOT r.names_other_patient
		THEN r.record_types ELSE 0 END AS record_types,
	r.labels | coalesce(m.labels, 0) AS labels
FROM resources r LEFT JOIN medications m ON m.id = r.medication
WHERE r.key NOT IN (SELECT key FROM misfiled);
