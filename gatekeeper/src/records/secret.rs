//! Small secrets of the records' databases, each in a file that nobody else may read.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use zeroize::Zeroizing;

/// Longest file that is read, bytes.
const MAX_BYTES: u64 = 8 * 1024;

/// The text of a file of mode 0600, without the blanks around it. The error says what to do.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, String> {
	let failed = |error: std::io::Error| format!("cannot read it: {error}");
	let metadata = fs::metadata(path).map_err(failed)?;
	if metadata.permissions().mode() & 0o077 != 0 {
		return Err("others than its owner may read it; run `chmod 600` on it".to_owned());
	}
	if metadata.len() > MAX_BYTES {
		return Err(format!("longer than {MAX_BYTES} bytes"));
	}
	let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
	Ok(Zeroizing::new(text.trim().to_owned()))
}
