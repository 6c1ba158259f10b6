//! SQL statements with named parameters, as the operator writes them: `:patient`, `:id`, `:since`,
//! `:until`. Their text is fixed when the configuration is read; requests only bring values.

use super::engine::Kind;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use time::OffsetDateTime;

/// Longest statement, bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// Parameters of one statement at most, each counted as often as it stands there.
const MAX_PARAMETERS: usize = 64;

/// What a statement can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
	/// The patient's local id.
	Patient,
	/// The resource's id, in statements for reads.
	Id,
	/// Nothing that ended before this moment is asked for; NULL if everything is.
	Since,
	/// Nothing that began at this moment or later is asked for; NULL if everything is.
	Until,
}

impl Parameter {
	const ALL: [(&'static str, Self); 4] = [
		("patient", Self::Patient),
		("id", Self::Id),
		("since", Self::Since),
		("until", Self::Until),
	];
}

/// A value for a parameter.
#[derive(Clone, Debug)]
pub(super) enum Bound {
	/// An id as text.
	Text(String),
	/// An id as a number.
	Integer(i64),
	/// A moment, or NULL.
	Moment(Option<OffsetDateTime>),
}

/// A statement as the database takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
	/// Its text with the database's own placeholders.
	pub sql: String,
	/// What they stand for, in their order.
	pub parameters: Vec<Parameter>,
}

/// Why a statement cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StatementError {
	/// It is longer than any.
	#[error("it is longer than {MAX_LENGTH} bytes")]
	TooLong,
	/// Its text cannot be taken apart.
	#[error("it cannot be understood: {0}")]
	Text(String),
	/// It does something else than select.
	#[error("it begins with neither SELECT nor WITH")]
	NoSelect,
	/// There are several.
	#[error("a `;` separates statements; write one")]
	Several,
	/// It has placeholders without a name.
	#[error("`{0}` is no parameter; write :patient, :id, :since or :until")]
	Placeholder(String),
	/// It asks for something unknown.
	#[error(
		"there is no parameter `:{0}`; there are :patient, :id, :since and :until \
		 (in a slice, write a space after the colon)"
	)]
	Unknown(String),
	/// It asks for too much.
	#[error("more than {MAX_PARAMETERS} parameters")]
	TooMany,
}

impl Statement {
	/// Take a statement apart and put the placeholders of this kind of database into it.
	pub fn parse(text: &str, kind: Kind) -> Result<Self, StatementError> {
		if text.len() > MAX_LENGTH {
			return Err(StatementError::TooLong);
		}
		let dialect = kind.dialect();
		let tokens = Tokenizer::new(&*dialect, text)
			.tokenize_with_location()
			.map_err(|error| StatementError::Text(error.to_string()))?;
		let words = || tokens.iter().map(|token| &token.token);
		let first = words().find(|token| !matches!(token, Token::Whitespace(_)));
		let selects = |word: &str| ["SELECT", "WITH"].iter().any(|w| w.eq_ignore_ascii_case(word));
		if !matches!(first, Some(Token::Word(word)) if selects(&word.value)) {
			return Err(StatementError::NoSelect);
		}
		if words().any(|token| *token == Token::SemiColon) {
			return Err(StatementError::Several);
		}
		if let Some(Token::Placeholder(text)) =
			words().find(|token| matches!(token, Token::Placeholder(_)))
		{
			return Err(StatementError::Placeholder(text.clone()));
		}
		Self::replace(text, kind, &named(&tokens))
	}

	fn replace(
		text: &str,
		kind: Kind,
		named: &[(Location, Location, &str)],
	) -> Result<Self, StatementError> {
		let mut statement = Self { sql: String::new(), parameters: Vec::new() };
		let mut rest = 0;
		for (start, end, name) in named {
			let known = Parameter::ALL.iter().find(|(known, _)| known == name);
			let (_, parameter) =
				known.ok_or_else(|| StatementError::Unknown((*name).to_owned()))?;
			if statement.parameters.len() == MAX_PARAMETERS {
				return Err(StatementError::TooMany);
			}
			let lost = || StatementError::Text(format!("`:{name}` is not where it was read"));
			let (start, end) = offset(text, *start).zip(offset(text, *end)).ok_or_else(lost)?;
			let between = text.get(rest..start).ok_or_else(lost)?;
			if text.get(start + 1..end) != Some(*name) {
				return Err(lost());
			}
			statement.parameters.push(*parameter);
			statement.sql.push_str(between);
			statement.sql.push_str(&kind.placeholder(statement.parameters.len(), *parameter));
			rest = end;
		}
		statement.sql.push_str(text.get(rest..).unwrap_or_default());
		Ok(statement)
	}
}

/// Names that follow a colon at once, with where the colon stands and where the name ends.
fn named(tokens: &[TokenWithSpan]) -> Vec<(Location, Location, &str)> {
	tokens
		.windows(2)
		.filter_map(|pair| match pair {
			[TokenWithSpan { token: Token::Colon, span: colon }, TokenWithSpan { token: Token::Word(word), span }]
				if word.quote_style.is_none() && colon.end == span.start =>
			{
				Some((colon.start, span.end, word.value.as_str()))
			},
			_ => None,
		})
		.collect()
}

/// Place of a location (line and column count characters from 1) in the text, bytes.
fn offset(text: &str, location: Location) -> Option<usize> {
	let line = usize::try_from(location.line.checked_sub(1)?).ok()?;
	let column = usize::try_from(location.column.checked_sub(1)?).ok()?;
	let start = match line.checked_sub(1) {
		None => 0,
		Some(before) => text.match_indices('\n').nth(before)?.0 + 1,
	};
	let line = text.get(start..)?;
	let characters = line.char_indices().map(|(at, _)| at).chain([line.len()]);
	Some(start + characters.take(column + 1).nth(column)?)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn parse(text: &str, kind: Kind) -> (String, Vec<Parameter>) {
		let Statement { sql, parameters } = Statement::parse(text, kind).unwrap();
		(sql, parameters)
	}

	#[test]
	fn names_become_placeholders_of_the_database() {
		use Parameter::{Id, Patient, Since};
		let text =
			"SELECT a\nFROM é WHERE p = :patient AND i=:id\r\nOR p=:patient AND (:since IS NULL)";
		let parameters = vec![Patient, Id, Patient, Since];
		let expected = |marks: [&str; 4]| {
			let [a, b, c, d] = marks;
			format!("SELECT a\nFROM é WHERE p = {a} AND i={b}\r\nOR p={c} AND ({d} IS NULL)")
		};
		for (kind, marks) in [
			(Kind::Postgres, ["$1", "$2", "$3", "$4::timestamptz"]),
			(Kind::MariaDb, ["?", "?", "?", "?"]),
			(Kind::Sqlite, ["?", "?", "?", "?"]),
		] {
			assert_eq!(parse(text, kind), (expected(marks), parameters.clone()), "{kind:?}");
		}
	}

	#[test]
	fn what_only_looks_like_a_parameter_stays() {
		for (kind, text) in [
			(Kind::Postgres, "SELECT ':patient', \":id\", a::text, $$:x$$ -- :y\n/* :z */"),
			(Kind::MariaDb, "SELECT ':patient', `:id`, \"it's :x\" # :y\n/* :z */ -- :w"),
			(Kind::Sqlite, "SELECT ':patient' || 'it''s :id', \":x\" -- :y"),
		] {
			assert_eq!(parse(text, kind), (text.to_owned(), Vec::new()), "{kind:?}");
		}
	}

	#[test]
	fn refuses_what_is_no_single_select_with_known_names() {
		let refused = |text: &str| Statement::parse(text, Kind::Postgres).unwrap_err();
		for text in
			["DELETE FROM a", "", "  ", "-- nothing", "(SELECT 1)", "INSERT INTO a SELECT 1"]
		{
			assert_eq!(refused(text), StatementError::NoSelect, "{text}");
		}
		assert_eq!(refused("SELECT 1; SELECT 2"), StatementError::Several);
		assert_eq!(refused("SELECT :name"), StatementError::Unknown("name".into()));
		assert_eq!(refused("SELECT $1"), StatementError::Placeholder("$1".into()));
		assert!(matches!(refused("SELECT 'open"), StatementError::Text(_)));
		assert_eq!(refused(&"SELECT ".repeat(10_000)), StatementError::TooLong);
		let many = format!("SELECT {}1", ":id, ".repeat(MAX_PARAMETERS + 1));
		assert_eq!(refused(&many), StatementError::TooMany);
	}
}
