//! Where the texts come from: files, folders, archives.

use super::{progress::Progress, ImportError, Problem};
use flate2::read::MultiGzDecoder;
use std::{
	fs::File,
	io::{self, BufRead, BufReader, Read},
	path::PathBuf,
};
use tokio::sync::mpsc::Sender;
use walkdir::WalkDir;

/// Bytes of a JSON file at most.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes of a line of NDJSON at most.
const MAX_LINE_BYTES: u64 = 32 * 1024 * 1024;
/// Lines and bytes of NDJSON, about, that are imported as one part.
const PART_LINES: u64 = 1_000;
const PART_BYTES: usize = 4 * 1024 * 1024;

/// Files of FHIR packages that describe the package and are no resources.
const PACKAGE_FILES: [&str; 1] = ["package.json"];

/// A file that was named, or found in a folder.
pub(super) struct SourceFile {
	pub path: PathBuf,
	pub bytes: u64,
}

/// What the reading thread hands on.
pub(super) enum Message {
	/// A file begins.
	File,
	/// A file is no FHIR JSON by its name.
	Ignored,
	/// A text to import.
	Unit(Unit),
	/// Something could not be read.
	Problem(Problem),
}

/// A JSON file, or some lines of an NDJSON file.
pub(super) struct Unit {
	/// File, with the path inside an archive.
	pub name: String,
	/// Number of the first line; `None` for JSON.
	pub first_line: Option<u64>,
	pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
	Json,
	NdJson,
	Tar,
}

/// The format of a file by its name, and whether it is compressed.
fn format_of(name: &str) -> Option<(Format, bool)> {
	let file_name = name.rsplit(['/', '\\']).next().unwrap_or(name);
	if file_name.starts_with('.') || PACKAGE_FILES.contains(&file_name) {
		return None;
	}
	let name = file_name.to_ascii_lowercase();
	if name.ends_with(".tgz") {
		return Some((Format::Tar, true));
	}
	let (name, compressed) = match name.strip_suffix(".gz") {
		Some(name) => (name, true),
		None => (name.as_str(), false),
	};
	let format = match name.rsplit_once('.')?.1 {
		"json" => Format::Json,
		"ndjson" | "jsonl" => Format::NdJson,
		"tar" => Format::Tar,
		_ => return None,
	};
	Some((format, compressed))
}

/// What there is to read.
pub(super) struct Listing {
	pub files: Vec<SourceFile>,
	/// What is in the folders and cannot be read.
	pub problems: Vec<Problem>,
}

/// The files under these paths, folders in the order of their names.
pub(super) fn list(paths: &[PathBuf]) -> Result<Listing, ImportError> {
	let mut listing = Listing { files: Vec::new(), problems: Vec::new() };
	for root in paths {
		let fail = |reason: String| ImportError::Path { path: root.display().to_string(), reason };
		for entry in WalkDir::new(root).sort_by_file_name() {
			// A link in a folder counts as what it leads to, unless that is a folder.
			let found = entry.and_then(|entry| match entry.file_type().is_symlink() {
				false => entry.metadata().map(|metadata| (entry.into_path(), Ok(metadata))),
				true => {
					let metadata = entry.path().metadata();
					Ok((entry.into_path(), metadata))
				},
			});
			let (path, metadata) = match found {
				Ok(found) => found,
				Err(error) if error.depth() == 0 => return Err(fail(error.to_string())),
				Err(error) => {
					let file = error.path().unwrap_or(root).display().to_string();
					listing.problems.push(Problem::of_file(&file, error));
					continue;
				},
			};
			match metadata {
				Err(error) => {
					listing.problems.push(Problem::of_file(&path.display().to_string(), error))
				},
				Ok(metadata) if metadata.is_dir() => {},
				Ok(_) if path == *root && format_of(&root.to_string_lossy()).is_none() => {
					let reason = "not a .json, .ndjson, .tar or .tgz file (each also with .gz), \
					              nor a folder";
					return Err(fail(reason.into()));
				},
				Ok(metadata) if metadata.is_file() => {
					listing.files.push(SourceFile { path, bytes: metadata.len() })
				},
				Ok(_) => {
					let reason = "neither a file nor a folder";
					listing.problems.push(Problem::of_file(&path.display().to_string(), reason));
				},
			}
		}
	}
	Ok(listing)
}

/// The receiver is gone: nobody wants to know more.
struct Closed;

/// Read all files, in order. Ends early if the receiver goes away.
pub(super) fn read(files: Vec<SourceFile>, sender: &Sender<Message>, progress: &Progress) {
	let reader = Reader { sender };
	for file in files {
		let name = file.path.display().to_string();
		let result = match format_of(&name) {
			None => reader.send(Message::Ignored),
			Some((format, compressed)) => match File::open(&file.path) {
				Err(error) => reader.problem(&name, &error),
				Ok(file) => {
					let mut file = BufReader::new(progress.count(file));
					reader.uncompressed(&name, format, compressed, &mut file)
				},
			},
		};
		if result.is_err() {
			return;
		}
	}
}

struct Reader<'a> {
	sender: &'a Sender<Message>,
}

impl Reader<'_> {
	fn send(&self, message: Message) -> Result<(), Closed> {
		self.sender.blocking_send(message).map_err(|_| Closed)
	}

	fn problem(&self, name: &str, reason: impl ToString) -> Result<(), Closed> {
		let problem = Problem { file: name.to_owned(), resource: None, reason: reason.to_string() };
		self.send(Message::Problem(problem))
	}

	fn uncompressed(
		&self,
		name: &str,
		format: Format,
		compressed: bool,
		content: &mut dyn BufRead,
	) -> Result<(), Closed> {
		if compressed {
			self.content(name, format, &mut BufReader::new(MultiGzDecoder::new(content)))
		} else {
			self.content(name, format, content)
		}
	}

	fn content(&self, name: &str, format: Format, content: &mut dyn BufRead) -> Result<(), Closed> {
		match format {
			Format::Json => self.json(name, content),
			Format::NdJson => self.ndjson(name, content),
			Format::Tar => self.tar(name, content),
		}
	}

	fn json(&self, name: &str, content: &mut dyn BufRead) -> Result<(), Closed> {
		self.send(Message::File)?;
		let mut bytes = Vec::new();
		match content.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes) {
			Err(error) => return self.problem(name, error),
			Ok(_) if bytes.len() as u64 > MAX_FILE_BYTES => {
				return self.problem(name, format_args!("longer than {MAX_FILE_BYTES} bytes"))
			},
			Ok(_) => {},
		}
		match text(bytes) {
			Ok(text) => {
				self.send(Message::Unit(Unit { name: name.to_owned(), first_line: None, text }))
			},
			Err(reason) => self.problem(name, reason),
		}
	}

	fn ndjson(&self, name: &str, content: &mut dyn BufRead) -> Result<(), Closed> {
		self.send(Message::File)?;
		let mut part = Unit { name: name.to_owned(), first_line: Some(1), text: String::new() };
		let mut next_line = 1;
		loop {
			let line = match read_line(content) {
				Ok(line) => line,
				Err(error) => {
					self.send(Message::Unit(part))?;
					return self.problem(&format!("{name}:{next_line}"), error);
				},
			};
			match line {
				Line::End => break,
				Line::Text(line) => {
					part.text.push_str(&line);
					part.text.push('\n');
				},
				Line::Bad(reason) => {
					self.problem(&format!("{name}:{next_line}"), reason)?;
					part.text.push('\n');
				},
			}
			next_line += 1;
			let lines = next_line - part.first_line.unwrap_or_default();
			if lines >= PART_LINES || part.text.len() >= PART_BYTES {
				let name = name.to_owned();
				let next = Unit { name, first_line: Some(next_line), text: String::new() };
				self.send(Message::Unit(std::mem::replace(&mut part, next)))?;
			}
		}
		match part.text.is_empty() {
			true => Ok(()),
			false => self.send(Message::Unit(part)),
		}
	}

	fn tar(&self, name: &str, content: &mut dyn BufRead) -> Result<(), Closed> {
		let mut archive = tar::Archive::new(content);
		let entries = match archive.entries() {
			Ok(entries) => entries,
			Err(error) => return self.problem(name, error),
		};
		for entry in entries {
			let entry = match entry {
				Ok(entry) => entry,
				// After a broken header there is no telling where the next file begins.
				Err(error) => return self.problem(name, error),
			};
			if !entry.header().entry_type().is_file() {
				continue;
			}
			let inside = match entry.path() {
				Ok(path) => path.display().to_string(),
				Err(error) => {
					self.problem(name, error)?;
					continue;
				},
			};
			let full_name = format!("{name}!{inside}");
			match format_of(&inside) {
				None => self.send(Message::Ignored)?,
				Some((Format::Tar, _)) => self.problem(&full_name, "an archive in an archive")?,
				Some((format, compressed)) => {
					let mut entry = BufReader::new(entry);
					self.uncompressed(&full_name, format, compressed, &mut entry)?
				},
			}
		}
		Ok(())
	}
}

enum Line {
	Text(String),
	Bad(String),
	End,
}

fn read_line(content: &mut dyn BufRead) -> io::Result<Line> {
	let mut bytes = Vec::new();
	(&mut *content).take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes)?;
	if bytes.is_empty() {
		return Ok(Line::End);
	}
	if bytes.len() as u64 == MAX_LINE_BYTES && !bytes.ends_with(b"\n") {
		content.skip_until(b'\n')?;
		return Ok(Line::Bad(format!("longer than {MAX_LINE_BYTES} bytes")));
	}
	while bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
		bytes.pop();
	}
	Ok(match text(bytes) {
		Ok(text) => Line::Text(text),
		Err(reason) => Line::Bad(reason),
	})
}

/// UTF-8, without the mark that some programs put at the beginning.
fn text(mut bytes: Vec<u8>) -> Result<String, String> {
	const MARK: &[u8] = "\u{feff}".as_bytes();
	if bytes.starts_with(MARK) {
		bytes.drain(..MARK.len());
	}
	String::from_utf8(bytes)
		.map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn tells_formats_by_their_names() {
		use Format::{Json, NdJson, Tar};
		for (name, expected) in [
			("a/Patient-1.json", Some((Json, false))),
			("Observation.ndjson", Some((NdJson, false))),
			("Observation.JSONL.gz", Some((NdJson, true))),
			("x.json.gz", Some((Json, true))),
			("x.tar", Some((Tar, false))),
			("x.tar.gz", Some((Tar, true))),
			("hl7.fhir.r4.examples-4.0.1.tgz", Some((Tar, true))),
			("package/package.json", None),
			("package/.index.json", None),
			("README.md", None),
			("json", None),
		] {
			assert!(format_of(name) == expected, "{name}");
		}
	}
}
