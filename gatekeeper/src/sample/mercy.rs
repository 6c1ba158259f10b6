//! Mercy Hospital: admissions, laboratory, what is prescribed there.

use super::resources::{Chart, Series, ATC, CVX, LOINC, SNOMED};

pub(super) fn fill(chart: &mut Chart) {
	chart.patient("https://mercy.example/chart-number");

	chart.encounter(
		"asthma-2021",
		"EMER",
		(SNOMED, "50849002", "Emergency room admission"),
		"2021-02-09T21:40:00Z",
		"2021-02-10T04:15:00Z",
	);
	chart.encounter(
		"appendix-2022",
		"IMP",
		(SNOMED, "32485007", "Hospital admission"),
		"2022-08-17T06:20:00Z",
		"2022-08-20T11:00:00Z",
	);
	chart.encounter(
		"diabetes-2024",
		"AMB",
		(SNOMED, "185349003", "Encounter for check up"),
		"2024-03-12T09:00:00Z",
		"2024-03-12T09:40:00Z",
	);
	chart.encounter(
		"check-2026",
		"AMB",
		(SNOMED, "185349003", "Encounter for check up"),
		"2026-09-15T10:00:00Z",
		"2026-09-15T10:30:00Z",
	);

	chart.condition("asthma", (SNOMED, "195967001", "Asthma"), "2009-11-03", &[]);
	chart.condition(
		"diabetes",
		(SNOMED, "44054006", "Diabetes mellitus type 2"),
		"2021-07-06",
		&[],
	);
	chart.condition(
		"hypertension",
		(SNOMED, "59621000", "Essential hypertension"),
		"2022-01-18",
		&[],
	);
	// Sensitive by its code alone.
	chart.condition(
		"hiv",
		(SNOMED, "86406008", "Human immunodeficiency virus infection"),
		"2023-05-22",
		&[],
	);

	chart.medication(
		"metformin",
		(ATC, "A10BA02", "metformin"),
		"500 mg by mouth twice a day with meals",
		"2021-07-06T10:12:00Z",
	);
	chart.medication(
		"amlodipine",
		(ATC, "C08CA01", "amlodipine"),
		"5 mg by mouth once a day",
		"2022-01-18T09:30:00Z",
	);
	chart.medication(
		"antiretroviral",
		(ATC, "J05AR13", "lamivudine, abacavir and dolutegravir"),
		"1 tablet by mouth once a day",
		"2023-06-01T14:05:00Z",
	);
	chart.medication(
		"ibuprofen",
		(ATC, "M01AE01", "ibuprofen"),
		"400 mg by mouth every eight hours as needed, for five days",
		"2022-08-20T10:45:00Z",
	);

	chart.procedure("appendectomy", (SNOMED, "80146002", "Appendectomy"), "2022-08-17T13:05:00Z");
	for year in 2021..=2026 {
		chart.immunization(
			&format!("influenza-{year}"),
			(CVX, "140", "Influenza, seasonal, injectable, preservative free"),
			&format!("{year}-10-05"),
		);
	}
	chart.report(
		"chest-2021",
		"RAD",
		(LOINC, "36643-5", "XR Chest 2 Views"),
		"2021-02-09T22:55:00Z",
		"Hyperinflated lungs. No consolidation, no effusion.",
	);
	chart.report(
		"blood-count-2022",
		"HM",
		(LOINC, "58410-2", "CBC panel - Blood by Automated count"),
		"2022-08-17T07:10:00Z",
		"Leukocytosis with left shift.",
	);
	chart.report(
		"ecg-2024",
		"EC",
		(LOINC, "11524-6", "EKG study"),
		"2024-03-12T09:20:00Z",
		"Sinus rhythm, 72 per minute. Normal intervals.",
	);
	chart.document(
		"discharge-2022",
		(LOINC, "18842-5", "Discharge summary"),
		"2022-08-20T11:30:00Z",
		"Alice Example was admitted with acute appendicitis. Laparoscopic appendectomy without \
		 complications. Discharged on the third day; stitches to be removed after ten days.\n",
	);

	const PRESSURES: [(u32, u32); 18] = [
		(128, 82),
		(131, 84),
		(136, 88),
		(142, 91),
		(146, 94),
		(144, 92),
		(138, 88),
		(134, 86),
		(132, 84),
		(130, 83),
		(129, 82),
		(131, 84),
		(128, 81),
		(127, 80),
		(126, 81),
		(128, 82),
		(125, 79),
		(124, 80),
	];
	for (visit, (systolic, diastolic)) in (0..).zip(PRESSURES) {
		let month = visit * 4;
		let when = format!("{}-{:02}-14T09:05:00Z", 2021 + month / 12, month % 12 + 1);
		chart.blood_pressure(&when, systolic, diastolic);
	}
	for series in &SERIES {
		chart.series(series);
	}
}

const SERIES: [Series; 4] = [
	Series {
		name: "hba1c",
		category: "laboratory",
		code: (LOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
		unit: "%",
		at: "14T08:30:00Z",
		every: 3,
		values: &[
			"5.9", "6.2", "6.8", "7.4", "7.60", "7.3", "7.1", "7.0", "6.9", "6.80", "6.9", "6.7",
			"6.6", "6.7", "6.5", "6.50", "6.4", "6.5", "6.4", "6.3", "6.4", "6.30", "6.2",
		],
	},
	Series {
		name: "creatinine",
		category: "laboratory",
		code: (LOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
		unit: "mg/dL",
		at: "14T08:30:00Z",
		every: 6,
		values: &[
			"0.78", "0.80", "0.81", "0.79", "0.83", "0.80", "0.82", "0.84", "0.81", "0.83", "0.82",
			"0.80",
		],
	},
	Series {
		name: "glucose",
		category: "laboratory",
		code: (LOINC, "1558-6", "Fasting glucose [Mass/volume] in Serum or Plasma"),
		unit: "mg/dL",
		at: "14T08:30:00Z",
		every: 6,
		values: &[
			"104", "131", "142", "128", "121", "118", "116", "112", "109", "111", "107", "105",
		],
	},
	// Sensitive by its code alone.
	Series {
		name: "hiv-rna",
		category: "laboratory",
		code: (LOINC, "25836-8", "HIV 1 RNA [#/volume] (viral load) in Specimen by NAA"),
		unit: "{copies}/mL",
		at: "22T08:30:00Z",
		every: 12,
		values: &["20", "20", "41800", "20.0", "20", "20"],
	},
];
