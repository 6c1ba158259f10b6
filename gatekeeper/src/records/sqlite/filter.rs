//! The conditions of reads and searches as SQL. Text of statements is fixed here; what a request
//! says enters only as bound values.

use crate::{
	fhir::{
		date::{Interval, Prefix},
		search::{Condition, Element, Position, SearchQuery, Sort, SortKey, Token},
		ResourceType,
	},
	policies::interval,
	records::{LocalPatientId, Visibility},
};
use medrec_protocol::policy::Narrowing;
use sqlx::{QueryBuilder, Sqlite};

/// What holds for every row that a request gets to see.
pub(super) struct Filter<'a> {
	pub patient: &'a LocalPatientId,
	pub visibility: &'a Visibility,
	pub resource_type: ResourceType,
}

type Statement<'a> = QueryBuilder<'a, Sqlite>;

impl Filter<'_> {
	/// `WHERE`, with patient, type and visibility.
	pub fn push(&self, statement: &mut Statement) {
		statement.push(" WHERE patient = ").push_bind(self.patient.to_string());
		statement.push(" AND type = ").push_bind(self.resource_type.name());
		if let Some(rules) = self.visibility.rules() {
			statement.push(" AND record_types <> 0 AND ");
			push_any(statement, rules, |statement, rule| {
				statement.push("(record_types & ~").push_bind(i64::from(rule.types.0));
				statement.push(" = 0 AND labels & ~").push_bind(i64::from(rule.labels.0));
				statement.push(" = 0)");
			});
		}
		if let Some(narrowing) = self.visibility.narrowing() {
			self.push_narrowing(statement, narrowing);
		}
	}

	/// `AND`, with the conditions of a policy: [`fits`](crate::policies::fits) as SQL.
	fn push_narrowing(&self, statement: &mut Statement, narrowing: &Narrowing) {
		let Narrowing { codes, from, until, documents } = narrowing;
		if !documents.is_empty() {
			let of_type = documents
				.iter()
				.filter(|document| document.resource_type == self.resource_type.name())
				.collect::<Vec<_>>();
			statement.push(" AND ");
			push_any(statement, &of_type, |statement, document| {
				statement.push("id = ").push_bind(document.id.clone());
			});
		}
		if !codes.is_empty() {
			let tokens = codes
				.iter()
				.map(|code| Token::SystemAndCode(code.system.clone(), code.code.clone()))
				.collect::<Vec<_>>();
			statement.push(" AND ");
			push_token(statement, Element::Code, &tokens);
		}
		if from.is_some() || until.is_some() {
			const TIME: &str = "SELECT 1 FROM dates d WHERE d.resource = classified.key";
			let (from, until) = interval(*from, *until);
			statement.push(format_args!(" AND EXISTS ({TIME}) AND NOT EXISTS ({TIME}"));
			statement.push(" AND (d.starts < ").push_bind(from);
			statement.push(" OR d.ends > ").push_bind(until).push("))");
		}
	}

	/// `AND`, with the conditions of a search.
	pub fn push_conditions(&self, statement: &mut Statement, query: &SearchQuery) {
		for condition in query.conditions() {
			statement.push(" AND ");
			match condition {
				Condition::Id(ids) => push_any(statement, ids, |statement, id| {
					statement.push("id = ").push_bind(id.clone());
				}),
				Condition::Patient(patients) => {
					push_any(statement, patients, |statement, patient| {
						statement.push("patient = ").push_bind(patient.clone());
					})
				},
				Condition::Token { element, any } => push_token(statement, *element, any),
				Condition::Date(any) => {
					statement.push(
						"EXISTS (SELECT 1 FROM dates d WHERE d.resource = classified.key AND ",
					);
					push_interval(statement, "d.starts", "d.ends", any);
					statement.push(")");
				},
				Condition::LastUpdated(any) => {
					push_interval(statement, "last_updated", "last_updated + 1", any)
				},
			}
		}
	}
}

/// The column that a search is sorted by.
const fn column(sort: Sort) -> &'static str {
	match sort.key {
		SortKey::Date => "sort_date",
		SortKey::LastUpdated => "last_updated",
	}
}

/// `AND`, with what comes after a position in the order of a search.
pub(super) fn push_after(statement: &mut Statement, sort: Sort, after: &Position) {
	let column = column(sort);
	let follows = if sort.ascending { ">" } else { "<" };
	statement.push(format_args!(" AND ({column} {follows} ")).push_bind(after.date);
	statement.push(format_args!(" OR ({column} = ")).push_bind(after.date);
	statement.push(" AND id > ").push_bind(after.id.clone()).push("))");
}

/// `ORDER BY`, with the order of a search.
pub(super) fn push_order(statement: &mut Statement, sort: Sort) {
	let direction = if sort.ascending { "" } else { " DESC" };
	statement.push(format_args!(" ORDER BY {}{direction}, id", column(sort)));
}

/// Alternatives in brackets; false if there are none.
fn push_any<'a, T>(
	statement: &mut Statement<'a>,
	alternatives: &[T],
	push: impl Fn(&mut Statement<'a>, &T),
) {
	statement.push("(FALSE");
	for alternative in alternatives {
		statement.push(" OR ");
		push(statement, alternative);
	}
	statement.push(")");
}

fn push_token(statement: &mut Statement, element: Element, any: &[Token]) {
	statement.push("EXISTS (SELECT 1 FROM tokens t WHERE t.resource = classified.key");
	statement.push(" AND t.element = ").push_bind(element.name()).push(" AND ");
	push_any(statement, any, |statement, token| match token {
		Token::Code(code) => {
			statement.push("t.code = ").push_bind(code.clone());
		},
		Token::SystemAndCode(system, code) => {
			statement.push("(t.code = ").push_bind(code.clone());
			statement.push(" AND t.system = ").push_bind(system.clone()).push(")");
		},
		Token::System(system) => {
			statement.push("t.system = ").push_bind(system.clone());
		},
	});
	statement.push(")");
}

/// How an interval, given by the SQL of its two ends, compares with what is asked:
/// [`Prefix::holds`].
fn push_interval(
	statement: &mut Statement,
	starts: &'static str,
	ends: &'static str,
	any: &[(Prefix, Interval)],
) {
	push_any(statement, any, |statement, (prefix, interval)| {
		let Interval { from, to } = *interval;
		let contained = |statement: &mut Statement| {
			statement.push(format_args!("({starts} >= ")).push_bind(from);
			statement.push(format_args!(" AND {ends} <= ")).push_bind(to).push(")");
		};
		let before = |statement: &mut Statement| {
			statement.push(format_args!("{starts} < ")).push_bind(from);
		};
		let after = |statement: &mut Statement| {
			statement.push(format_args!("{ends} > ")).push_bind(to);
		};
		match prefix {
			Prefix::Equal => contained(statement),
			Prefix::NotEqual => {
				statement.push("NOT ");
				contained(statement);
			},
			Prefix::Less => before(statement),
			Prefix::Greater => after(statement),
			Prefix::LessOrEqual => {
				before(statement);
				statement.push(" OR ");
				contained(statement);
			},
			Prefix::GreaterOrEqual => {
				after(statement);
				statement.push(" OR ");
				contained(statement);
			},
			Prefix::StartsAfter => {
				statement.push(format_args!("{starts} >= ")).push_bind(to);
			},
			Prefix::EndsBefore => {
				statement.push(format_args!("{ends} <= ")).push_bind(from);
			},
			Prefix::Approximately => {
				statement.push(format_args!("({starts} < ")).push_bind(to);
				statement.push(format_args!(" AND {ends} > ")).push_bind(from).push(")");
			},
		}
	});
}
