//! The resource types that are served.

use std::{fmt, str::FromStr};

macro_rules! resource_types {
	($($name:ident),* $(,)?) => {
		/// A type of resource that is served. Every other type is unknown to the gatekeeper.
		#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
		pub enum ResourceType {
			$(#[doc = concat!("FHIR ", stringify!($name), ".")] $name,)*
		}

		impl ResourceType {
			/// Every type that is served.
			pub const ALL: &'static [Self] = &[$(Self::$name),*];

			/// The name as in `resourceType` and in URLs.
			pub const fn name(self) -> &'static str {
				match self {
					$(Self::$name => stringify!($name),)*
				}
			}
		}

		impl FromStr for ResourceType {
			type Err = UnknownResourceType;

			fn from_str(name: &str) -> Result<Self, Self::Err> {
				match name {
					$(stringify!($name) => Ok(Self::$name),)*
					_ => Err(UnknownResourceType),
				}
			}
		}
	};
}

resource_types! {
	Patient,
	AllergyIntolerance,
	Condition,
	Encounter,
	Immunization,
	MedicationRequest,
	Observation,
	Procedure,
	DiagnosticReport,
	DocumentReference,
}

impl ResourceType {
	/// The element that says whose record it is (FHIR R4, compartment Patient); `None` for a Patient,
	/// who is her own.
	pub const fn subject_element(self) -> Option<&'static str> {
		match self {
			Self::Patient => None,
			Self::AllergyIntolerance | Self::Immunization => Some("patient"),
			Self::Condition
			| Self::Encounter
			| Self::MedicationRequest
			| Self::Observation
			| Self::Procedure
			| Self::DiagnosticReport
			| Self::DocumentReference => Some("subject"),
		}
	}
}

/// No type of this name is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a resource type that is served")]
pub struct UnknownResourceType;

impl fmt::Display for ResourceType {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}
