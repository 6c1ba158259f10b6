//! What a command can end with.

use crate::gatekeeper::GatekeeperError;
use medrec_chain_client::{ChainError, SubmitError};

/// Exit statuses of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
	/// Done.
	Done = 0,
	/// Failed.
	Failed = 1,
	/// The command line, or what it names, is not right.
	Usage = 2,
	/// Denied, by a gatekeeper or by the chain.
	Denied = 3,
	/// Node or gatekeeper cannot be reached, or cannot answer now.
	Unavailable = 4,
	/// Cancelled by the user.
	Cancelled = 5,
	/// What was asked about is not complete: something is missing, or is waited for.
	Incomplete = 6,
}

/// What a command ended with. The text says what happened, where, and what to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
	/// The command line, or what it names, is not right.
	#[error("{0}")]
	Usage(String),
	/// Denied for who is asking.
	#[error("{0}")]
	Denied(String),
	/// May work later.
	#[error("{0}")]
	Unavailable(String),
	/// It was handed over, and may or may not have happened.
	#[error("{0}")]
	Uncertain(String),
	/// Anything else.
	#[error("{0}")]
	Failed(String),
	/// What was asked about is not complete.
	#[error("{0}")]
	Incomplete(String),
	/// The user said no.
	#[error("cancelled; nothing was changed")]
	Cancelled,
}

impl ClientError {
	/// The exit status that tells programs of it.
	pub const fn exit_code(&self) -> ExitCode {
		match self {
			Self::Usage(_) => ExitCode::Usage,
			Self::Denied(_) => ExitCode::Denied,
			Self::Unavailable(_) | Self::Uncertain(_) => ExitCode::Unavailable,
			Self::Failed(_) => ExitCode::Failed,
			Self::Incomplete(_) => ExitCode::Incomplete,
			Self::Cancelled => ExitCode::Cancelled,
		}
	}

	/// The same kind of error, with what was being done in front.
	pub fn while_doing(self, what: impl std::fmt::Display) -> Self {
		match self {
			Self::Usage(text) => Self::Usage(format!("{what}: {text}")),
			Self::Denied(text) => Self::Denied(format!("{what}: {text}")),
			Self::Unavailable(text) => Self::Unavailable(format!("{what}: {text}")),
			Self::Uncertain(text) => Self::Uncertain(format!("{what}: {text}")),
			Self::Failed(text) => Self::Failed(format!("{what}: {text}")),
			Self::Incomplete(text) => Self::Incomplete(format!("{what}: {text}")),
			Self::Cancelled => Self::Cancelled,
		}
	}
}

impl From<ChainError> for ClientError {
	fn from(error: ChainError) -> Self {
		match &error {
			ChainError::InvalidUrl { .. } => Self::Usage(error.to_string()),
			ChainError::OperatorOnly { .. } => Self::Denied(error.to_string()),
			_ if error.is_unavailable() => Self::Unavailable(error.to_string()),
			_ => Self::Failed(error.to_string()),
		}
	}
}

impl From<SubmitError> for ClientError {
	fn from(error: SubmitError) -> Self {
		match error {
			SubmitError::Chain(error) => error.into(),
			SubmitError::Refused(refusal) if refusal.concerns_signer() => {
				Self::Denied(refusal.to_string())
			},
			error if error.is_uncertain() => Self::Uncertain(error.to_string()),
			error if error.is_unavailable() => Self::Unavailable(error.to_string()),
			error => Self::Failed(error.to_string()),
		}
	}
}

impl From<GatekeeperError> for ClientError {
	fn from(error: GatekeeperError) -> Self {
		match &error {
			GatekeeperError::Denied { .. } => Self::Denied(error.to_string()),
			_ if error.is_unavailable() => Self::Unavailable(error.to_string()),
			_ => Self::Failed(error.to_string()),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_chain_client::Refusal;
	use std::time::Duration;

	fn code(error: impl Into<ClientError>) -> ExitCode {
		error.into().exit_code()
	}

	#[test]
	fn refusals_of_the_signer_are_denials() {
		assert_eq!(code(SubmitError::Refused(Refusal::NotParticipant)), ExitCode::Denied);
		assert_eq!(code(SubmitError::Refused(Refusal::OperatorMayNot)), ExitCode::Denied);
		let quota = Refusal::QuotaUsedUp { retry_in: Duration::from_secs(60) };
		assert_eq!(code(SubmitError::Refused(quota)), ExitCode::Unavailable);
		assert_eq!(code(SubmitError::Refused(Refusal::BadSignature)), ExitCode::Failed);
		assert_eq!(code(SubmitError::Dropped), ExitCode::Unavailable);
		assert_eq!(code(SubmitError::Usurped), ExitCode::Failed);
	}

	#[test]
	fn unreachable_nodes_are_unavailable_and_wrong_addresses_are_usage() {
		let url = String::from("ws://127.0.0.1:1");
		let unreachable = ChainError::Unreachable { url: url.clone(), reason: String::new() };
		assert_eq!(code(unreachable), ExitCode::Unavailable);
		let invalid = ChainError::InvalidUrl { url, reason: String::new() };
		assert_eq!(code(invalid), ExitCode::Usage);
	}

	#[test]
	fn context_keeps_the_kind() {
		let error = ClientError::Denied("no".into()).while_doing("asking Mercy");
		assert_eq!(error.to_string(), "asking Mercy: no");
		assert_eq!(error.exit_code(), ExitCode::Denied);
	}
}
