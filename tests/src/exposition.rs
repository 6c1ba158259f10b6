//! What a program exports for Prometheus, and what expressions ask of it.

use std::collections::BTreeMap;

use anyhow::{ensure, Context, Result};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

/// How long an answer may take.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// A value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
	/// Name of the metric.
	pub name: String,
	/// Its labels.
	pub labels: BTreeMap<String, String>,
	/// Its value.
	pub value: f64,
}

/// Fetch `/metrics` from an address.
pub async fn scrape(address: &str) -> Result<Vec<Sample>> {
	let answer = timeout(LIMIT, get(address, "/metrics")).await.context("no answer in time")??;
	let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
	ensure!(head.split(' ').nth(1) == Some("200"), "the answer is {head}");
	ensure!(!head.to_ascii_lowercase().contains("transfer-encoding: chunked"), "chunked: {head}");
	body.lines()
		.filter(|line| !line.is_empty() && !line.starts_with('#'))
		.map(|line| parse(line).with_context(|| format!("`{line}` is no sample")))
		.collect()
}

/// Value of the series that an expression of one selector asks for.
pub fn value(samples: &[Sample], expression: &str) -> Option<f64> {
	let selector = selectors(expression).into_iter().next()?;
	samples.iter().find(|sample| selector.selects(sample)).map(|sample| sample.value)
}

/// The answer to a GET, with its head. One request over a plain socket needs no HTTP client.
pub(crate) async fn get(address: &str, path: &str) -> Result<String> {
	let mut stream = TcpStream::connect(address).await?;
	let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
	stream.write_all(request.as_bytes()).await?;
	let mut answer = String::new();
	stream.read_to_string(&mut answer).await?;
	Ok(answer)
}

fn parse(line: &str) -> Option<Sample> {
	// A label's value may hold blanks, the number after it does not.
	let (series, value) = line.rsplit_once(' ')?;
	let selector = selectors(series).into_iter().next()?;
	let labels = selector.matchers.into_iter().map(|matcher| (matcher.label, matcher.value));
	Some(Sample { name: selector.name, labels: labels.collect(), value: value.parse().ok()? })
}

/// What an expression asks of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
	/// Name of the label.
	pub label: String,
	/// `=`, `!=`, `=~` or `!~`.
	pub operator: String,
	/// What it is compared with.
	pub value: String,
}

/// What an expression asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
	/// Name of the metric.
	pub name: String,
	/// Which of its series.
	pub matchers: Vec<Matcher>,
}

impl Selector {
	/// Whether a sample is asked for. Labels that the scraping adds (`instance`, `job`) are not looked at.
	pub fn selects(&self, sample: &Sample) -> bool {
		self.name == sample.name
			&& self
				.matchers
				.iter()
				.filter(|matcher| !["instance", "job"].contains(&matcher.label.as_str()))
				.all(|matcher| matcher.holds(sample.labels.get(&matcher.label)))
	}
}

impl Matcher {
	/// Whether it holds for a label's value. Of regular expressions it knows alternatives and a `.*` at the
	/// end of each: all that the dashboard and the rules use.
	fn holds(&self, found: Option<&String>) -> bool {
		let found = found.map(String::as_str).unwrap_or_default();
		let matches = || {
			self.value.split('|').any(|one| match one.strip_suffix(".*") {
				Some(beginning) => found.starts_with(beginning),
				None => found == one,
			})
		};
		match self.operator.as_str() {
			"=" => found == self.value,
			"!=" => found != self.value,
			"=~" => matches(),
			_ => !matches(),
		}
	}
}

/// Words between operands.
const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// Words before a list of labels.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Everything that a PromQL expression asks for.
pub fn selectors(expression: &str) -> Vec<Selector> {
	let mut rest = expression;
	let mut found = Vec::new();
	while let Some(first) = rest.chars().next() {
		if first == '[' {
			rest = after(rest, ']');
		} else if first.is_ascii_digit() {
			// A number, perhaps with a unit of time.
			rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
		} else if is_of_name(first) {
			let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
			let (name, behind) = rest.split_at(end);
			rest = behind;
			let next = behind.trim_start();
			if BEFORE_LABELS.contains(&name) {
				rest = after(rest, ')');
			} else if OPERATORS.contains(&name) || next.starts_with('(') || aggregates(next) {
				// An operator, a function, or an aggregation.
			} else {
				let (matchers, behind) = match next.strip_prefix('{') {
					Some(list) => matchers(list),
					None => (Vec::new(), rest),
				};
				rest = behind;
				found.push(Selector { name: name.to_owned(), matchers });
			}
		} else {
			rest = &rest[first.len_utf8()..];
		}
	}
	found
}

fn is_of_name(c: char) -> bool {
	c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// Whether an aggregation's labels follow.
fn aggregates(rest: &str) -> bool {
	["by", "without"]
		.iter()
		.any(|word| rest.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with('(')))
}

/// What comes after the next `end`.
fn after(text: &str, end: char) -> &str {
	text.split_once(end).map_or("", |(_, behind)| behind)
}

/// Matchers up to the closing brace, and what comes after it.
fn matchers(list: &str) -> (Vec<Matcher>, &str) {
	let mut rest = list.trim_start();
	let mut found = Vec::new();
	while let Some((before, quoted)) = rest.split_once('"') {
		if before.contains('}') {
			break;
		}
		let label: String = before.chars().filter(|c| is_of_name(*c)).collect();
		let operator: String = before.chars().filter(|c| "=!~".contains(*c)).collect();
		let mut value = String::new();
		let mut behind = quoted.chars();
		while let Some(c) = behind.next().filter(|c| *c != '"') {
			value.extend(if c == '\\' { behind.next() } else { Some(c) });
		}
		found.push(Matcher { label, operator, value });
		rest = behind.as_str();
	}
	(found, after(rest, '}'))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn names(expression: &str) -> Vec<String> {
		selectors(expression).into_iter().map(|selector| selector.name).collect()
	}

	#[test]
	fn metrics_are_told_from_functions_labels_and_numbers() {
		let expression = "sum by (instance, le) (increase(a_total{own=\"true\"}[30m])) / on (job) b \
		                  > 0.05 and histogram_quantile(0.99, rate(c_bucket[5m])) unless time() - d < 1e3";
		assert_eq!(names(expression), ["a_total", "b", "c_bucket", "d"]);
	}

	#[test]
	fn matchers_are_read_with_their_operators() {
		let found = selectors("calls{method=~\"a.*|b\", is_error!=\"x}\"} - ignoring(s) other");
		assert_eq!(found[0].matchers[0].operator, "=~");
		assert_eq!(found[0].matchers[0].value, "a.*|b");
		assert_eq!(found[0].matchers[1].label, "is_error");
		assert_eq!(found[0].matchers[1].operator, "!=");
		assert_eq!(found[0].matchers[1].value, "x}");
		assert_eq!(found[1].name, "other");
	}

	#[test]
	fn samples_are_read_and_selected() {
		let sample = parse("calls{method=\"author_submit Extrinsic\",own=\"true\"} 3").unwrap();
		assert_eq!(sample.value, 3.0);
		let selects = |expression: &str| selectors(expression)[0].selects(&sample);
		assert!(selects("calls"));
		assert!(selects("calls{instance=~\"$instance\",method=~\"state.*|author_submit.*\"}"));
		assert!(!selects("calls{own=\"false\"}"));
		assert!(!selects("calls{absent=\"x\"}"));
		assert!(!selects("call"));
		assert!(parse("lag NaN").unwrap().value.is_nan());
	}
}
