//! Files that only their owner reads, written so that they are never half there.

use std::{
	fs, io,
	io::{Read, Write},
	path::{Path, PathBuf},
};

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{action} {}: {source}", path.display())]
pub struct FileError {
	/// "cannot read", "cannot write", ...
	pub action: &'static str,
	/// The file.
	pub path: PathBuf,
	/// What the system said.
	pub source: io::Error,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
	let path = path.to_owned();
	move |source| FileError { action, path, source }
}

/// Make a directory, and those above it, for its owner only.
pub fn make_directory(path: &Path) -> Result<(), FileError> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path).map_err(failed("cannot make directory", path))
}

/// Write a whole file or nothing. The directory is made if it is missing.
pub fn write(path: &Path, content: &[u8], overwrite: bool) -> Result<(), FileError> {
	let directory = path.parent().unwrap_or_else(|| Path::new("."));
	make_directory(directory)?;
	// Temporary files are made for their owner only.
	let mut file =
		tempfile::NamedTempFile::new_in(directory).map_err(failed("cannot write in", directory))?;
	file.write_all(content)
		.and_then(|()| file.as_file().sync_all())
		.map_err(failed("cannot write", path))?;
	let persisted = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
	persisted.map(drop).map_err(|error| failed("cannot write", path)(error.error))
}

/// Read a file; `None` if it is not there.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
	match fs::read(path) {
		Ok(content) => Ok(Some(content)),
		Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
		Err(error) => Err(failed("cannot read", path)(error)),
	}
}

/// Read a file, but of a longer one only the first `most` bytes and one more; `None` if it is not there.
pub fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, FileError> {
	let file = match fs::File::open(path) {
		Ok(file) => file,
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
		Err(error) => return Err(failed("cannot read", path)(error)),
	};
	let mut content = Vec::new();
	file.take(most.saturating_add(1))
		.read_to_end(&mut content)
		.map_err(failed("cannot read", path))?;
	Ok(Some(content))
}

/// Names without `.extension` of the files of a directory that have that extension, sorted. A directory
/// that is not there has none.
pub fn names(directory: &Path, extension: &str) -> Result<Vec<String>, FileError> {
	let entries = match fs::read_dir(directory) {
		Ok(entries) => entries,
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
		Err(error) => return Err(failed("cannot list", directory)(error)),
	};
	let mut names = Vec::new();
	for entry in entries {
		let path = entry.map_err(failed("cannot list", directory))?.path();
		let fits = path.extension().is_some_and(|found| found == extension);
		if let (true, Some(name)) = (fits, path.file_stem().and_then(|name| name.to_str())) {
			names.push(name.to_owned());
		}
	}
	names.sort();
	Ok(names)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn files_are_whole_and_private() {
		let home = tempfile::tempdir().unwrap();
		let path = home.path().join("deep/er/file.age");
		assert!(read(&path).unwrap().is_none());
		write(&path, b"one", false).unwrap();
		assert_eq!(read(&path).unwrap().unwrap(), b"one");

		let error = write(&path, b"two", false).unwrap_err();
		assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
		assert_eq!(read(&path).unwrap().unwrap(), b"one");
		write(&path, b"two", true).unwrap();
		assert_eq!(read(&path).unwrap().unwrap(), b"two");
		assert_eq!(names(path.parent().unwrap(), "age").unwrap(), ["file"]);
		assert!(names(&home.path().join("none"), "age").unwrap().is_empty());

		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
			assert_eq!(mode(&path), 0o600);
			assert_eq!(mode(path.parent().unwrap()), 0o700);
		}
	}
}
