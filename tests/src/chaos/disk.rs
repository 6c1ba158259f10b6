//! A small disk of its own, that can be filled.

use std::{
	fs::{self, File},
	io::Write,
	path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::system;

/// Size of what is written at once while the disk is filled, bytes; then smaller and smaller.
const PIECE: usize = 1 << 20;

/// A file system of limited size, held in memory. It is unmounted when this is dropped.
#[derive(Debug)]
pub struct Disk {
	folder: PathBuf,
	mounted: bool,
}

impl Disk {
	/// Mount one of so many megabytes on a folder.
	pub fn mount(folder: &Path, megabytes: u32) -> Result<Self> {
		fs::create_dir_all(folder)?;
		let path = folder.to_str().context("a path is text")?;
		let size = format!("size={megabytes}m");
		system::run(&["mount", "-t", "tmpfs", "-o", &size, "medrec-chaos", path])?;
		Ok(Self { folder: folder.to_owned(), mounted: true })
	}

	fn ballast(&self) -> PathBuf {
		self.folder.join("ballast")
	}

	/// Write until nothing more fits. Gives the bytes that were free.
	pub fn fill(&self) -> Result<u64> {
		let mut file = File::options().create(true).append(true).open(self.ballast())?;
		let zeros = vec![0; PIECE];
		let mut size = PIECE;
		let mut written = 0;
		while size > 0 {
			match file.write(&zeros[..size]) {
				Ok(count) if count > 0 => written += count as u64,
				_ => size /= 2,
			}
		}
		Ok(written)
	}

	/// Make the space free again.
	pub fn clear(&self) -> Result<()> {
		Ok(fs::remove_file(self.ballast())?)
	}

	/// Unmount it.
	pub fn unmount(&mut self) -> Result<()> {
		if std::mem::replace(&mut self.mounted, false) {
			let path = self.folder.to_str().context("a path is text")?;
			system::run(&["umount", path])?;
		}
		Ok(())
	}
}

impl Drop for Disk {
	fn drop(&mut self) {
		if let Err(error) = self.unmount() {
			eprintln!("while unmounting {}: {error:#}", self.folder.display());
		}
	}
}
