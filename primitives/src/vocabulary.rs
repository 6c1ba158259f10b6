//! The vocabulary in which grants are written: record types, sensitivity labels and purposes, as
//! fixed bits of a versioned list. A bit is never given a second meaning; what a version does not
//! know is denied.

use crate::ParticipantKind;
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};

/// Version of the lists in this file. Terms name the version that they were written in.
pub const VOCABULARY_VERSION: u8 = 1;

macro_rules! bit_set {
	(
		$(#[$doc:meta])*
		$name:ident($repr:ty) {
			$( $(#[$bit_doc:meta])* $constant:ident = $bit:literal, $text:literal; )*
		}
	) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, Default, PartialEq, Eq, Hash,
			Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
		)]
		pub struct $name(pub $repr);

		impl $name {
			$( $(#[$bit_doc])* pub const $constant: Self = Self(1 << $bit); )*

			/// No member.
			pub const NONE: Self = Self(0);

			/// Every member that this version knows.
			pub const ALL: Self = Self(0 $( | (1 << $bit) )*);

			/// Members and their names, in the order of their bits.
			pub const NAMES: &'static [(Self, &'static str)] = &[ $( (Self::$constant, $text), )* ];

			/// Whether all of `other` is in this set.
			pub const fn contains(self, other: Self) -> bool {
				self.0 & other.0 == other.0
			}

			/// Whether there is no member.
			pub const fn is_empty(self) -> bool {
				self.0 == 0
			}

			/// Whether this version knows every member.
			pub const fn is_known(self) -> bool {
				Self::ALL.contains(self)
			}

			/// What is in either.
			pub const fn union(self, other: Self) -> Self {
				Self(self.0 | other.0)
			}

			/// What is in both.
			pub const fn intersection(self, other: Self) -> Self {
				Self(self.0 & other.0)
			}

			/// The member of this name.
			pub fn named(name: &str) -> Option<Self> {
				Self::NAMES.iter().find(|(_, text)| *text == name).map(|(member, _)| *member)
			}

			/// Names of the members that this version knows, in the order of their bits.
			pub fn names(self) -> impl Iterator<Item = &'static str> {
				Self::NAMES.iter().filter(move |(member, _)| self.contains(*member)).map(|(_, text)| *text)
			}
		}

		impl core::fmt::Debug for $name {
			fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
				f.debug_set().entries(self.names()).finish()?;
				let unknown = self.0 & !Self::ALL.0;
				if unknown != 0 {
					write!(f, "+{unknown:#x}")?;
				}
				Ok(())
			}
		}

		/// As a list of names. Sets with members that this version does not know are refused.
		impl Serialize for $name {
			fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
				if !self.is_known() {
					return Err(serde::ser::Error::custom(concat!("unknown member of ", stringify!($name))));
				}
				serializer.collect_seq(self.names())
			}
		}

		impl<'de> Deserialize<'de> for $name {
			fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
				let names = Vec::<String>::deserialize(deserializer)?;
				names.iter().try_fold(Self::NONE, |set, name| {
					Self::named(name).map(|member| set.union(member)).ok_or_else(|| {
						D::Error::custom(alloc::format!(
							"`{name}` is not one of {:?}", Self::ALL.names().collect::<Vec<_>>()
						))
					})
				})
			}
		}
	};
}

bit_set! {
	/// Set of record types.
	RecordTypes(u32) {
		/// Who the patient is (FHIR Patient).
		DEMOGRAPHICS = 0, "demographics";
		/// Allergies and intolerances.
		ALLERGIES = 1, "allergies";
		/// Conditions: diagnoses and problems.
		CONDITIONS = 2, "conditions";
		/// Encounters: visits and stays.
		ENCOUNTERS = 3, "encounters";
		/// Immunizations.
		IMMUNIZATIONS = 4, "immunizations";
		/// Medications ordered.
		MEDICATIONS = 5, "medications";
		/// Laboratory observations and reports.
		LABORATORY = 6, "laboratory";
		/// Vital signs.
		VITAL_SIGNS = 7, "vitalSigns";
		/// Social history (smoking, occupation).
		SOCIAL_HISTORY = 8, "socialHistory";
		/// Imaging observations and reports.
		IMAGING = 9, "imaging";
		/// Procedures.
		PROCEDURES = 10, "procedures";
		/// Documents.
		DOCUMENTS = 11, "documents";
		/// Observations of other categories (surveys, exams, therapy, activity).
		OTHER_OBSERVATIONS = 12, "otherObservations";
		/// Diagnostic reports of other categories.
		OTHER_REPORTS = 13, "otherReports";
	}
}

bit_set! {
	/// Set of sensitivity labels. A record is visible only if its type is granted and all of its
	/// labels are.
	Labels(u32) {
		/// Mental health.
		MENTAL_HEALTH = 0, "mentalHealth";
		/// Substance use.
		SUBSTANCE_USE = 1, "substanceUse";
		/// Reproductive and sexual health.
		REPRODUCTIVE_HEALTH = 2, "reproductiveHealth";
		/// HIV and AIDS.
		HIV = 3, "hiv";
		/// Genetics.
		GENETICS = 4, "genetics";
		/// Sexually transmitted diseases.
		SEXUALLY_TRANSMITTED = 5, "sexuallyTransmitted";
		/// Violence and abuse.
		VIOLENCE = 6, "violence";
		/// Restricted for another reason.
		RESTRICTED = 7, "restricted";
	}
}

bit_set! {
	/// Set of purposes of use.
	Purposes(u8) {
		/// See [`Purpose::Treatment`].
		TREATMENT = 0, "treatment";
		/// See [`Purpose::Payment`].
		PAYMENT = 1, "payment";
		/// See [`Purpose::Operations`].
		OPERATIONS = 2, "operations";
		/// See [`Purpose::Research`].
		RESEARCH = 3, "research";
		/// See [`Purpose::Emergency`].
		EMERGENCY = 4, "emergency";
		/// See [`Purpose::Personal`].
		PERSONAL = 5, "personal";
	}
}

/// What a request is for. Encoded as the number of its bit in [`Purposes`].
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
	/// To treat the patient.
	#[codec(index = 0)]
	Treatment,
	/// To pay or be paid for care.
	#[codec(index = 1)]
	Payment,
	/// To run an institution.
	#[codec(index = 2)]
	Operations,
	/// Research.
	#[codec(index = 3)]
	Research,
	/// An emergency.
	#[codec(index = 4)]
	Emergency,
	/// For oneself, or as a person for another.
	#[codec(index = 5)]
	Personal,
}

impl Purpose {
	/// Every purpose, in the order of their bits.
	pub const ALL: [Self; 6] = [
		Self::Treatment,
		Self::Payment,
		Self::Operations,
		Self::Research,
		Self::Emergency,
		Self::Personal,
	];
}

impl From<Purpose> for Purposes {
	fn from(purpose: Purpose) -> Self {
		match purpose {
			Purpose::Treatment => Self::TREATMENT,
			Purpose::Payment => Self::PAYMENT,
			Purpose::Operations => Self::OPERATIONS,
			Purpose::Research => Self::RESEARCH,
			Purpose::Emergency => Self::EMERGENCY,
			Purpose::Personal => Self::PERSONAL,
		}
	}
}

/// Which kinds of participant may claim which purposes; one table for the whole network.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct PurposesTable {
	/// Purposes of patients.
	pub patient: Purposes,
	/// Purposes of providers.
	pub provider: Purposes,
	/// Purposes of delegates.
	pub delegate: Purposes,
	/// Purposes of insurers.
	pub insurer: Purposes,
	/// Purposes of researchers.
	pub researcher: Purposes,
	/// Purposes of others.
	pub other: Purposes,
}

impl Default for PurposesTable {
	fn default() -> Self {
		let provider = Purposes::TREATMENT
			.union(Purposes::OPERATIONS)
			.union(Purposes::PAYMENT)
			.union(Purposes::EMERGENCY);
		Self {
			patient: Purposes::PERSONAL,
			provider,
			delegate: provider,
			insurer: Purposes::PAYMENT,
			researcher: Purposes::RESEARCH,
			other: Purposes::TREATMENT.union(Purposes::PERSONAL),
		}
	}
}

impl PurposesTable {
	/// Purposes that participants of a kind may claim.
	pub const fn of(&self, kind: ParticipantKind) -> Purposes {
		match kind {
			ParticipantKind::Patient => self.patient,
			ParticipantKind::Provider => self.provider,
			ParticipantKind::Delegate => self.delegate,
			ParticipantKind::Insurer => self.insurer,
			ParticipantKind::Researcher => self.researcher,
			ParticipantKind::Other => self.other,
		}
	}

	/// Change the purposes that participants of a kind may claim.
	pub fn set(&mut self, kind: ParticipantKind, purposes: Purposes) {
		let entry = match kind {
			ParticipantKind::Patient => &mut self.patient,
			ParticipantKind::Provider => &mut self.provider,
			ParticipantKind::Delegate => &mut self.delegate,
			ParticipantKind::Insurer => &mut self.insurer,
			ParticipantKind::Researcher => &mut self.researcher,
			ParticipantKind::Other => &mut self.other,
		};
		*entry = purposes;
	}
}
