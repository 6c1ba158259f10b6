-- A plain hospital schema. PostgreSQL, MariaDB and SQLite take it as it is. Times are UTC.

CREATE TABLE patients (
	id VARCHAR(64) PRIMARY KEY,
	chart_system VARCHAR(200) NOT NULL,
	chart_number VARCHAR(64) NOT NULL,
	family_name VARCHAR(100) NOT NULL,
	given_name VARCHAR(100) NOT NULL,
	sex CHAR(1) NOT NULL,
	born_on DATE NOT NULL,
	street VARCHAR(200),
	city VARCHAR(100),
	country CHAR(2)
);

CREATE TABLE encounters (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	class_code VARCHAR(10) NOT NULL,
	snomed_code VARCHAR(18) NOT NULL,
	description VARCHAR(200) NOT NULL,
	admitted_at TIMESTAMP NULL,
	discharged_at TIMESTAMP NULL
);

CREATE TABLE diagnoses (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	snomed_code VARCHAR(18) NOT NULL,
	description VARCHAR(200) NOT NULL,
	onset_on DATE,
	recorded_on DATE,
	-- Code of HL7's ActCode, such as PSY, where the record itself is confidential.
	confidentiality VARCHAR(20)
);

CREATE TABLE laboratory_results (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	category VARCHAR(40) NOT NULL,
	loinc_code VARCHAR(10) NOT NULL,
	test_name VARCHAR(200) NOT NULL,
	taken_at TIMESTAMP NULL,
	-- As the analyser wrote it, with all of its digits.
	result VARCHAR(20),
	unit VARCHAR(20),
	-- Where the result is a finding and no number.
	finding_code VARCHAR(18),
	finding VARCHAR(200)
);

CREATE TABLE blood_pressures (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	measured_at TIMESTAMP NULL,
	systolic SMALLINT NOT NULL,
	diastolic SMALLINT NOT NULL
);

CREATE TABLE medication_orders (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	atc_code VARCHAR(7) NOT NULL,
	drug VARCHAR(200) NOT NULL,
	dosage VARCHAR(200) NOT NULL,
	ordered_at TIMESTAMP NULL
);

CREATE TABLE allergies (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	category VARCHAR(20) NOT NULL,
	snomed_code VARCHAR(18) NOT NULL,
	description VARCHAR(200) NOT NULL,
	-- Often only a month or a year is known.
	recorded VARCHAR(10)
);

CREATE TABLE vaccinations (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	cvx_code VARCHAR(5) NOT NULL,
	vaccine VARCHAR(200) NOT NULL,
	given_on DATE NOT NULL
);

CREATE TABLE operations (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	snomed_code VARCHAR(18) NOT NULL,
	description VARCHAR(200) NOT NULL,
	performed_at TIMESTAMP NULL
);

CREATE TABLE reports (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	-- Section of HL7 v2 table 0074.
	section VARCHAR(5) NOT NULL,
	loinc_code VARCHAR(10) NOT NULL,
	title VARCHAR(200) NOT NULL,
	issued_at TIMESTAMP NULL,
	conclusion VARCHAR(2000)
);

CREATE TABLE documents (
	id VARCHAR(64) PRIMARY KEY,
	patient_id VARCHAR(64) NOT NULL REFERENCES patients (id),
	loinc_code VARCHAR(10) NOT NULL,
	title VARCHAR(200) NOT NULL,
	written_at TIMESTAMP NULL,
	body VARCHAR(8000) NOT NULL
);

CREATE INDEX encounters_of_patient ON encounters (patient_id);
CREATE INDEX diagnoses_of_patient ON diagnoses (patient_id);
CREATE INDEX laboratory_results_of_patient ON laboratory_results (patient_id, taken_at);
CREATE INDEX blood_pressures_of_patient ON blood_pressures (patient_id, measured_at);
CREATE INDEX medication_orders_of_patient ON medication_orders (patient_id);
CREATE INDEX allergies_of_patient ON allergies (patient_id);
CREATE INDEX vaccinations_of_patient ON vaccinations (patient_id);
CREATE INDEX operations_of_patient ON operations (patient_id);
CREATE INDEX reports_of_patient ON reports (patient_id);
CREATE INDEX documents_of_patient ON documents (patient_id);
