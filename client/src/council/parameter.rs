//! Parameters of the chain: their names and values on a command line.

use super::words::blocks_of;
use crate::{clock, ClientError};
use clap::ValueEnum;
use medrec_chain_client::Parameter;
use medrec_primitives::Moment;

/// Word for the value that a parameter has where the council sets none.
const DEFAULT: &str = "default";

/// A parameter that the council sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ParameterName {
	/// Transactions of a participant in 10 minutes: a number.
	ParticipantQuota,
	/// Transactions of each account of a provider or delegate in 10 minutes: a number.
	ProviderQuota,
	/// Age of the finalized block beyond which nodes decide no access: a duration such as 30s.
	StalenessLimit,
	/// How long a proposal can be voted on and closed: a duration such as 3days.
	MotionDuration,
}

impl ParameterName {
	/// As it is written on the command line.
	pub const fn text(self) -> &'static str {
		match self {
			Self::ParticipantQuota => "participant-quota",
			Self::ProviderQuota => "provider-quota",
			Self::StalenessLimit => "staleness-limit",
			Self::MotionDuration => "motion-duration",
		}
	}

	/// Which one a value is for.
	pub const fn of(parameter: Parameter) -> Self {
		match parameter {
			Parameter::ParticipantQuota(_) => Self::ParticipantQuota,
			Parameter::ProviderQuota(_) => Self::ProviderQuota,
			Parameter::StalenessLimit(_) => Self::StalenessLimit,
			Parameter::MotionDuration(_) => Self::MotionDuration,
		}
	}
}

/// A parameter with a value from the command line: a number, a duration, or `default`.
pub fn parse_parameter(
	name: ParameterName,
	value: &str,
	block_time: Moment,
) -> Result<Parameter, ClientError> {
	let is_default = value == DEFAULT;
	let number = || {
		if is_default {
			return Ok(None);
		}
		value.parse::<u16>().map(Some).map_err(|_| {
			ClientError::Usage(format!(
				"`{value}` is no number of transactions; write one from 0 to {}, or `{DEFAULT}`",
				u16::MAX
			))
		})
	};
	let span = || {
		if is_default {
			return Ok(None);
		}
		clock::parse_span(value).map(Some).map_err(ClientError::Usage)
	};
	Ok(match name {
		ParameterName::ParticipantQuota => Parameter::ParticipantQuota(number()?),
		ParameterName::ProviderQuota => Parameter::ProviderQuota(number()?),
		ParameterName::StalenessLimit => Parameter::StalenessLimit(span()?),
		ParameterName::MotionDuration => Parameter::MotionDuration(
			span()?.map(|milliseconds| blocks_of(milliseconds, block_time)).transpose()?,
		),
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	fn parse(name: ParameterName, value: &str) -> Result<Parameter, String> {
		parse_parameter(name, value, 2_000).map_err(|error| error.to_string())
	}

	#[test]
	fn values_have_the_unit_of_their_parameter() {
		use ParameterName::*;
		for (name, value, expected) in [
			(ParticipantQuota, "30", Parameter::ParticipantQuota(Some(30))),
			(ProviderQuota, "default", Parameter::ProviderQuota(None)),
			(StalenessLimit, "45s", Parameter::StalenessLimit(Some(45_000))),
			(StalenessLimit, "default", Parameter::StalenessLimit(None)),
			(MotionDuration, "1h 30min", Parameter::MotionDuration(Some(2_700))),
			(MotionDuration, "default", Parameter::MotionDuration(None)),
		] {
			assert_eq!(parse(name, value), Ok(expected), "{value}");
			assert_eq!(ParameterName::of(expected), name);
			let on_command_line = name.to_possible_value().unwrap();
			assert_eq!(on_command_line.get_name(), name.text());
		}
	}

	#[test]
	fn values_without_sense_are_refused() {
		use ParameterName::*;
		for (name, value, words) in [
			(ParticipantQuota, "many", "`many` is no number of transactions"),
			(ProviderQuota, "70000", "from 0 to 65535"),
			(StalenessLimit, "45", "`45` is no duration"),
			(MotionDuration, "3001ms", "whole blocks of 2 s"),
			(MotionDuration, "1000years", "too long"),
		] {
			let error = parse(name, value).unwrap_err();
			assert!(error.contains(words), "{value}: {error}");
		}
	}
}
