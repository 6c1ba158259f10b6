//! The way from one block to another, over a fork.

use medrec_rpc_api::BlockRef;

use crate::Hash;

/// Most blocks of a way.
pub(super) const MAX_ROUTE: usize = 64;

/// The way from one block to another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
	/// Blocks that are left, the highest first.
	pub(super) retracted: Vec<BlockRef>,
	/// Blocks that are entered, the lowest first.
	pub(super) enacted: Vec<BlockRef>,
}

/// The way, if it is not longer than [`MAX_ROUTE`] and all its headers are there.
pub(super) fn between(
	mut from: BlockRef,
	mut to: BlockRef,
	parent_of: impl Fn(Hash) -> Option<Hash>,
) -> Option<Route> {
	let parent = |block: BlockRef| {
		Some(BlockRef { hash: parent_of(block.hash)?, number: block.number.checked_sub(1)? })
	};
	let mut route = Route::default();
	while from != to {
		if route.retracted.len() + route.enacted.len() >= MAX_ROUTE {
			return None;
		}
		if to.number >= from.number {
			route.enacted.push(to);
			to = parent(to)?;
		} else {
			route.retracted.push(from);
			from = parent(from)?;
		}
	}
	route.enacted.reverse();
	Some(route)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn block(number: u32, fork: u8) -> BlockRef {
		let mut hash = Hash::repeat_byte(fork);
		hash.0[..4].copy_from_slice(&number.to_be_bytes());
		BlockRef { hash, number }
	}

	/// Parents within a fork; fork 2 branches off fork 1 after block 10.
	fn parent_of(hash: Hash) -> Option<Hash> {
		let number = u32::from_be_bytes([hash.0[0], hash.0[1], hash.0[2], hash.0[3]]);
		let fork = if number == 11 { 1 } else { hash.0[31] };
		Some(block(number.checked_sub(1)?, fork).hash)
	}

	fn route(from: BlockRef, to: BlockRef) -> Option<(Vec<BlockRef>, Vec<BlockRef>)> {
		between(from, to, parent_of).map(|route| (route.retracted, route.enacted))
	}

	#[test]
	fn upwards_and_downwards() {
		let (a, b, c) = (block(10, 1), block(11, 1), block(12, 1));
		assert_eq!(route(a, a), Some((vec![], vec![])));
		assert_eq!(route(a, c), Some((vec![], vec![b, c])));
		assert_eq!(route(c, a), Some((vec![c, b], vec![])));
	}

	#[test]
	fn over_a_fork() {
		let (left, entered) = (vec![block(12, 1), block(11, 1)], vec![block(11, 2), block(12, 2)]);
		assert_eq!(route(block(12, 1), block(12, 2)), Some((left.clone(), entered)));
		assert_eq!(route(block(12, 1), block(11, 2)), Some((left, vec![block(11, 2)])));
	}

	#[test]
	fn a_way_that_is_long_or_without_headers_is_none() {
		assert!(route(block(1, 1), block(1 + MAX_ROUTE as u32, 1)).is_some());
		assert_eq!(route(block(1, 1), block(2 + MAX_ROUTE as u32, 1)), None);
		assert_eq!(between(block(1, 1), block(2, 1), |_| None), None);
		assert_eq!(route(block(0, 1), block(0, 2)), None);
	}
}
