//! Files and folders that nobody but their owner may use.

use std::{
	fs::{DirBuilder, File, OpenOptions, Permissions},
	io,
	os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
	path::Path,
};

/// Rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Open a file for reading and writing; make it if there is none. Its mode is 0600 afterwards.
pub fn private_file(path: &Path) -> io::Result<File> {
	let file = OpenOptions::new()
		.read(true)
		.write(true)
		.create(true)
		.truncate(false)
		.mode(0o600)
		.open(path)?;
	if file.metadata()?.permissions().mode() & OTHERS != 0 {
		file.set_permissions(Permissions::from_mode(0o600))?;
	}
	Ok(file)
}

/// Make a folder, with those above it, of mode 0700. One that is there stays as it is.
pub fn private_folder(path: &Path) -> io::Result<()> {
	DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn mode(path: &Path) -> u32 {
		std::fs::metadata(path).unwrap().permissions().mode() & 0o777
	}

	#[test]
	fn files_are_the_owner_s_alone_also_those_that_were_not() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("x");
		private_file(&path).unwrap();
		assert_eq!(mode(&path), 0o600);
		std::fs::write(&path, "kept").unwrap();
		std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
		private_file(&path).unwrap();
		assert_eq!((mode(&path), std::fs::read(&path).unwrap()), (0o600, b"kept".to_vec()));
	}

	#[test]
	fn folders_are_the_owner_s_alone() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("a/b");
		private_folder(&path).unwrap();
		private_folder(&path).unwrap();
		assert_eq!((mode(&path), mode(&folder.path().join("a"))), (0o700, 0o700));
	}
}
