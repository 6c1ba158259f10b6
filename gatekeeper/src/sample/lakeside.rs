//! Lakeside Clinic: the family doctor, allergies, mental health.

use super::resources::{Chart, Series, ACT_CODE, ATC, CVX, LOINC, SNOMED};

pub(super) fn fill(chart: &mut Chart) {
	chart.patient("https://lakeside.example/chart-number");

	for (name, day) in [
		("visit-2021", "2021-04-20"),
		("visit-2022", "2022-05-03"),
		("visit-2023", "2023-04-25"),
		("visit-2024", "2024-05-07"),
		("visit-2025", "2025-05-13"),
		("visit-2026", "2026-05-12"),
	] {
		chart.encounter(
			name,
			"AMB",
			(SNOMED, "185349003", "Encounter for check up"),
			&format!("{day}T15:00:00Z"),
			&format!("{day}T15:25:00Z"),
		);
	}

	chart.allergy(
		"penicillin",
		"medication",
		(SNOMED, "91936005", "Allergy to penicillin"),
		"2004-06-11",
	);
	chart.allergy("peanut", "food", (SNOMED, "91935009", "Allergy to peanut"), "1993-09-02");

	// Says itself that it is sensitive.
	chart.condition(
		"depression",
		(SNOMED, "370143000", "Major depressive disorder"),
		"2022-11-15",
		&[(ACT_CODE, "PSY", "psychiatry disorder information sensitivity")],
	);
	chart.condition("rhinitis", (SNOMED, "61582004", "Allergic rhinitis"), "2015-04-28", &[]);
	chart.condition("back-pain", (SNOMED, "161891005", "Backache"), "2024-05-07", &[]);

	chart.medication(
		"salbutamol",
		(ATC, "R03AC02", "salbutamol"),
		"1 to 2 puffs as needed, at most eight a day",
		"2021-04-20T15:15:00Z",
	);
	chart.medication(
		"cetirizine",
		(ATC, "R06AE07", "cetirizine"),
		"10 mg by mouth once a day from April to July",
		"2022-05-03T15:10:00Z",
	);
	// Sensitive by its code alone.
	chart.medication(
		"sertraline",
		(ATC, "N06AB06", "sertraline"),
		"50 mg by mouth once a day",
		"2022-11-15T11:20:00Z",
	);

	chart.procedure("spirometry", (SNOMED, "127783003", "Spirometry"), "2023-04-25T15:10:00Z");
	chart.immunization(
		"covid-2021",
		(CVX, "208", "COVID-19, mRNA, 30 mcg/0.3 mL dose"),
		"2021-05-04",
	);
	chart.immunization(
		"covid-2021-2",
		(CVX, "208", "COVID-19, mRNA, 30 mcg/0.3 mL dose"),
		"2021-05-25",
	);
	chart.immunization("tdap-2024", (CVX, "115", "Tdap"), "2024-05-07");
	chart.report(
		"lipids-2025",
		"CH",
		(LOINC, "57698-3", "Lipid panel with direct LDL - Serum or Plasma"),
		"2025-05-13T07:45:00Z",
		"LDL cholesterol slightly above the target for a patient with diabetes.",
	);
	chart.document(
		"letter-2024",
		(LOINC, "57133-1", "Referral note"),
		"2024-05-07T16:00:00Z",
		"Alice Example has had low back pain for six weeks. Please assess and treat (physiotherapy).\n",
	);
	chart.coded(
		"smoking-2021",
		"social-history",
		(LOINC, "72166-2", "Tobacco smoking status"),
		"2021-04-20",
		(SNOMED, "77176002", "Smoker"),
	);
	chart.coded(
		"smoking-2024",
		"social-history",
		(LOINC, "72166-2", "Tobacco smoking status"),
		"2024-05-07",
		(SNOMED, "8517006", "Ex-smoker"),
	);
	for series in &SERIES {
		chart.series(series);
	}
}

const SERIES: [Series; 4] = [
	Series {
		name: "weight",
		category: "vital-signs",
		code: (LOINC, "29463-7", "Body weight"),
		unit: "kg",
		at: "20T15:05:00Z",
		every: 4,
		values: &[
			"81.4", "82.0", "83.10", "82.6", "81.9", "80.7", "79.50", "78.8", "78.1", "77.9",
			"77.2", "76.50", "76.8", "76.1", "75.9", "75.40", "75.0", "74.8",
		],
	},
	Series {
		name: "heart-rate",
		category: "vital-signs",
		code: (LOINC, "8867-4", "Heart rate"),
		unit: "/min",
		at: "20T15:06:00Z",
		every: 4,
		values: &[
			"78", "80", "82", "79", "77", "76", "75", "74", "76", "73", "72", "74", "71", "72",
			"70", "71", "69", "70",
		],
	},
	Series {
		name: "ldl",
		category: "laboratory",
		code: (
			LOINC,
			"13457-7",
			"Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
		),
		unit: "mg/dL",
		at: "13T07:45:00Z",
		every: 12,
		values: &["139", "134.0", "128", "121", "112.5", "108"],
	},
	// Sensitive by its code alone.
	Series {
		name: "phq9",
		category: "survey",
		code: (LOINC, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score"),
		unit: "{score}",
		at: "15T11:00:00Z",
		every: 6,
		values: &["6", "9", "14", "17", "12", "9", "7", "6", "5", "6", "4", "4"],
	},
];
