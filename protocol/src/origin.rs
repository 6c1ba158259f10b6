//! Where a gatekeeper is reached: scheme, host and port.

use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};
use url::{Host, Url};

/// Origin of a gatekeeper as it is on the chain and in delegations: `https://mercy.example`,
/// `http://127.0.0.1:8080`. Lower case, no default port, no path, no trailing slash; one text per
/// origin, and texts that are not in that form are refused rather than mended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(Url);

/// The text is not an origin in its one form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin: write scheme, host and (if not the default) port, in lower case and with no path, such as https://mercy.example")]
pub struct OriginError(pub String);

impl Origin {
	/// Host and, unless it is the scheme's default, port: what the `Host` header names.
	pub fn authority(&self) -> &str {
		self.0.authority()
	}

	/// Whether a `Host` header or `:authority` names this origin's host and port. Without case, and with
	/// the scheme's default port written out or not.
	pub fn is_authority(&self, named: &str) -> bool {
		let authority = self.authority();
		named.eq_ignore_ascii_case(authority)
			|| self.0.port().is_none()
				&& self
					.0
					.port_or_known_default()
					.is_some_and(|port| named.eq_ignore_ascii_case(&format!("{authority}:{port}")))
	}

	/// Whether the scheme is `https`.
	pub fn is_https(&self) -> bool {
		self.0.scheme() == "https"
	}

	/// Whether the host is this machine itself (`localhost`, 127.0.0.0/8, ::1). Plain `http` is for
	/// these only.
	pub fn is_loopback(&self) -> bool {
		match self.0.host() {
			Some(Host::Domain(name)) => name == "localhost",
			Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
			Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
			None => false,
		}
	}

	/// The absolute URI of a path and query under this origin, as `@target-uri` has it. The path begins
	/// with a slash.
	pub fn target_uri(&self, path_and_query: &str) -> String {
		format!("{self}{path_and_query}")
	}
}

impl fmt::Display for Origin {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{}://{}", self.0.scheme(), self.0.authority())
	}
}

impl FromStr for Origin {
	type Err = OriginError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let refuse = || OriginError(text.chars().take(200).collect());
		let url = Url::parse(text).map_err(|_| refuse())?;
		let origin = Self(url);
		let known_scheme = matches!(origin.0.scheme(), "https" | "http");
		let user = !origin.0.username().is_empty() || origin.0.password().is_some();
		if !known_scheme || user || !origin.0.has_host() || origin.to_string() != text {
			return Err(refuse());
		}
		Ok(origin)
	}
}

impl TryFrom<String> for Origin {
	type Error = OriginError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl From<Origin> for String {
	fn from(origin: Origin) -> Self {
		origin.to_string()
	}
}
