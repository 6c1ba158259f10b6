//! Which chain a data folder belongs to.
//!
//! Relationships are numbered anew on every chain: records bound to relationship 7 of one chain are
//! somebody else's on another. So the genesis hash is written beside the databases when the folder is
//! first used, and a node of another chain is refused from then on.

use medrec_primitives::Hash;
use std::{
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::Path,
};

/// Name of the file in the data folder.
pub const CHAIN_FILE: &str = "chain";

/// The chain that a data folder belongs to; `None` if it was not used yet.
pub fn read(data_dir: &Path) -> io::Result<Option<Hash>> {
	let path = data_dir.join(CHAIN_FILE);
	let text = match fs::read_to_string(&path) {
		Ok(text) => text,
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
		Err(error) => return Err(error),
	};
	let hash = text.trim().strip_prefix("0x").and_then(|digits| digits.parse().ok());
	hash.map(Some).ok_or_else(|| {
		let text =
			format!("{} does not hold a genesis hash; restore it from a backup", path.display());
		io::Error::new(io::ErrorKind::InvalidData, text)
	})
}

/// Make a data folder belong to a chain, durably. Returns the chain that it belongs to afterwards,
/// which is another one if somebody was faster.
pub fn claim(data_dir: &Path, genesis: Hash) -> io::Result<Hash> {
	// Written under another name and linked, so that nobody ever reads half of it.
	let draft = data_dir.join(format!("{CHAIN_FILE}.{}", std::process::id()));
	let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&draft)?;
	file.write_all(format!("{genesis:?}\n").as_bytes())?;
	file.sync_all()?;
	let linked = fs::hard_link(&draft, data_dir.join(CHAIN_FILE));
	fs::remove_file(&draft)?;
	match linked {
		Ok(()) => File::open(data_dir)?.sync_all()?,
		Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {},
		Err(error) => return Err(error),
	}
	read(data_dir)?.ok_or_else(|| io::Error::other("the chain file vanished"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_first_chain_stays() {
		let folder = tempfile::tempdir().unwrap();
		assert_eq!(read(folder.path()).unwrap(), None);
		let (first, second) = (Hash::repeat_byte(1), Hash::repeat_byte(2));
		assert_eq!(claim(folder.path(), first).unwrap(), first);
		assert_eq!(claim(folder.path(), second).unwrap(), first);
		assert_eq!(read(folder.path()).unwrap(), Some(first));
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
	}

	#[test]
	fn a_damaged_file_is_an_error_and_not_a_new_folder() {
		let folder = tempfile::tempdir().unwrap();
		fs::write(folder.path().join(CHAIN_FILE), "0x12").unwrap();
		assert!(read(folder.path()).is_err());
	}
}
