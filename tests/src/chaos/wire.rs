//! A slow and lossy wire for kernels without `sch_netem`.
//!
//! Ethernet frames between a machine's link and the bridge go through two TAP devices that this process
//! reads and writes. Connections stay end to end: their TCP sees the delay, loses segments and sends them
//! again. It is no proxy; but unlike netem it is scheduled like any process, so that delays have more
//! jitter on a busy machine.

use std::{
	collections::hash_map::RandomState,
	fs::{File, OpenOptions},
	hash::{BuildHasher, Hasher},
	io::{ErrorKind, Read, Write},
	os::fd::AsRawFd,
	sync::{
		atomic::{AtomicBool, Ordering},
		mpsc::{self, Receiver, RecvTimeoutError, Sender},
		Arc,
	},
	thread::JoinHandle,
	time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// Largest frame: an Ethernet header and 1,500 bytes, and some room.
const FRAME: usize = 2_048;

/// How often the threads look whether they are to end.
const LOOK: Duration = Duration::from_millis(50);

/// Frames that wait for their time.
type Late = (Instant, Vec<u8>);

/// Two TAP devices and the threads that carry frames between them; both end when this is dropped.
#[derive(Debug)]
pub struct Wire {
	stop: Arc<AtomicBool>,
	threads: Vec<JoinHandle<()>>,
}

impl Wire {
	/// Carry frames between two new devices of these names. What the machine sends is late by `delay`, and
	/// lost with probability `loss`; what it receives passes at once, as with netem on its own device.
	pub fn new(machine_side: &str, bridge_side: &str, delay: Duration, loss: f64) -> Result<Self> {
		let machine = tap(machine_side)?;
		let bridge = tap(bridge_side)?;
		let stop = Arc::new(AtomicBool::new(false));
		let (sender, receiver) = mpsc::channel();
		let (from, to) = (machine.try_clone()?, bridge.try_clone()?);
		let (stop_take, stop_hand, stop_back) = (stop.clone(), stop.clone(), stop.clone());
		let threads = vec![
			std::thread::spawn(move || take(from, &sender, delay, loss, &stop_take)),
			std::thread::spawn(move || hand_over(to, &receiver, &stop_hand)),
			std::thread::spawn(move || pass(bridge, machine, &stop_back)),
		];
		Ok(Self { stop, threads })
	}
}

impl Drop for Wire {
	fn drop(&mut self) {
		self.stop.store(true, Ordering::Relaxed);
		for thread in self.threads.drain(..) {
			// A thread that panicked has said so itself.
			let _ = thread.join();
		}
	}
}

/// Make a TAP device that lives as long as the file is open.
fn tap(name: &str) -> Result<File> {
	let file = OpenOptions::new()
		.read(true)
		.write(true)
		.open("/dev/net/tun")
		.context("cannot open /dev/net/tun, which stands in for netem")?;
	// SAFETY: an ifreq of zero bytes is valid; it holds numbers and characters only.
	let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
	for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
		*to = from as libc::c_char;
	}
	request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short;
	// SAFETY: the descriptor is open, and TUNSETIFF reads and writes one ifreq, which lives through it.
	let result = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF as _, &mut request) };
	if result < 0 {
		return Err(std::io::Error::last_os_error())
			.with_context(|| format!("cannot make the TAP device {name}"));
	}
	Ok(file)
}

/// Wait until a frame can be read, for a short while.
fn readable(file: &File) -> bool {
	let mut poll = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLIN, revents: 0 };
	// SAFETY: one pollfd, which lives through the call.
	unsafe { libc::poll(&mut poll, 1, LOOK.as_millis() as libc::c_int) > 0 }
}

/// A device that is down refuses frames for the moment; one that is gone ends the thread by `stop`.
fn write(mut file: &File, frame: &[u8]) {
	if let Err(error) = file.write_all(frame) {
		if error.kind() == ErrorKind::NotFound {
			std::thread::sleep(LOOK);
		}
	}
}

fn read<'a>(mut file: &File, buffer: &'a mut [u8; FRAME]) -> Option<&'a [u8]> {
	if !readable(file) {
		return None;
	}
	match file.read(buffer) {
		Ok(length) => buffer.get(..length),
		Err(_) => {
			std::thread::sleep(LOOK);
			None
		},
	}
}

fn take(from: File, sender: &Sender<Late>, delay: Duration, loss: f64, stop: &AtomicBool) {
	let mut buffer = [0; FRAME];
	let random = RandomState::new();
	let mut count: u64 = 0;
	while !stop.load(Ordering::Relaxed) {
		let Some(frame) = read(&from, &mut buffer) else { continue };
		count += 1;
		let mut hasher = random.build_hasher();
		hasher.write_u64(count);
		// The upper 32 bits as a number from 0 to 1.
		let drawn = (hasher.finish() >> 32) as f64 / f64::from(u32::MAX);
		if drawn >= loss && sender.send((Instant::now() + delay, frame.to_vec())).is_err() {
			return;
		}
	}
}

fn hand_over(to: File, receiver: &Receiver<Late>, stop: &AtomicBool) {
	while !stop.load(Ordering::Relaxed) {
		match receiver.recv_timeout(LOOK) {
			Ok((due, frame)) => {
				std::thread::sleep(due.saturating_duration_since(Instant::now()));
				write(&to, &frame);
			},
			Err(RecvTimeoutError::Timeout) => {},
			Err(RecvTimeoutError::Disconnected) => return,
		}
	}
}

fn pass(from: File, to: File, stop: &AtomicBool) {
	let mut buffer = [0; FRAME];
	while !stop.load(Ordering::Relaxed) {
		if let Some(frame) = read(&from, &mut buffer) {
			write(&to, frame);
		}
	}
}
