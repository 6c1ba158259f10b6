//! The Merkle tree hash of RFC 6962 section 2.1 with SHA-256, as far as an append-only log needs it:
//! the roots of its complete subtrees, from which both the root and the next state follow. They are
//! at most 64 hashes however long the log is, so nothing of the tree is held in memory.

use medrec_primitives::Hash;
use sha2::{Digest, Sha256};

const LEAF_PREFIX: [u8; 1] = [0];
const NODE_PREFIX: [u8; 1] = [1];

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Hash of a leaf with this content, given in parts.
pub(super) fn leaf_hash(parts: &[&[u8]]) -> Hash {
	let mut hasher = Sha256::new_with_prefix(LEAF_PREFIX);
	for part in parts {
		hasher.update(part);
	}
	Hash::from_slice(&hasher.finalize())
}

fn node_hash(left: Hash, right: Hash) -> Hash {
	let hasher = Sha256::new_with_prefix(NODE_PREFIX).chain_update(left).chain_update(right);
	Hash::from_slice(&hasher.finalize())
}

/// A tree that leaves can be appended to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
	size: u64,
	/// Roots of the complete subtrees, largest first: one for each bit that is set in `size`.
	peaks: Vec<Hash>,
}

impl Tree {
	/// Number of leaves.
	pub fn size(&self) -> u64 {
		self.size
	}

	/// Append a leaf by its hash.
	pub fn append(&mut self, leaf: Hash) {
		// Two subtrees of the same size become one, as ones carry when a binary number is counted up.
		let mut node = leaf;
		for _ in 0..self.size.trailing_ones() {
			if let Some(left) = self.peaks.pop() {
				node = node_hash(left, node);
			}
		}
		self.peaks.push(node);
		self.size = self.size.saturating_add(1);
	}

	/// The tree's root; SHA-256 of nothing for the empty tree.
	pub fn root(&self) -> Hash {
		let mut smallest_first = self.peaks.iter().rev().copied();
		match smallest_first.next() {
			Some(smallest) => smallest_first.fold(smallest, |right, left| node_hash(left, right)),
			None => Hash::from_slice(&Sha256::digest([])),
		}
	}

	/// The peaks, one after the other.
	pub fn peak_bytes(&self) -> Vec<u8> {
		self.peaks.iter().flat_map(|peak| peak.0).collect()
	}

	/// The tree with these peaks. `None` if a tree of this size has another number of them.
	pub fn from_peak_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
		let peaks = bytes.chunks_exact(HASH_BYTES);
		let complete = peaks.remainder().is_empty() && peaks.len() == size.count_ones() as usize;
		complete.then(|| Self { size, peaks: peaks.map(Hash::from_slice).collect() })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	/// The definition in RFC 6962 section 2.1, word for word: the left subtree has the largest power of
	/// two of leaves that is smaller than their number.
	fn by_definition(leaves: &[Hash]) -> Hash {
		match leaves {
			[] => Hash::from_slice(&Sha256::digest([])),
			[leaf] => *leaf,
			_ => {
				let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
				node_hash(by_definition(left), by_definition(right))
			},
		}
	}

	fn tree(leaves: &[Hash]) -> Tree {
		let mut tree = Tree::default();
		leaves.iter().for_each(|leaf| tree.append(*leaf));
		tree
	}

	/// Leaves and roots that every implementation of Certificate Transparency is tested with
	/// (github.com/google/certificate-transparency, merkletree tests).
	#[test]
	fn published_vectors() {
		let leaves = [
			"",
			"00",
			"10",
			"2021",
			"3031",
			"40414243",
			"5051525354555657",
			"606162636465666768696a6b6c6d6e6f",
		];
		let roots = [
			"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
			"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
			"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
			"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
			"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
			"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
			"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
			"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
		];
		let mut tree = Tree::default();
		assert_eq!(
			hex::encode(tree.root()),
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		);
		for (leaf, root) in leaves.into_iter().zip(roots) {
			tree.append(leaf_hash(&[&hex::decode(leaf).expect("hexadecimal digits")]));
			assert_eq!(hex::encode(tree.root()), root, "size {}", tree.size());
		}
	}

	fn hashes(most: usize) -> impl Strategy<Value = Vec<Hash>> {
		prop::collection::vec(any::<[u8; 32]>().prop_map(Hash::from), 0..most)
	}

	proptest! {
		#[test]
		fn appending_gives_the_root_by_definition(leaves in hashes(300)) {
			prop_assert_eq!(tree(&leaves).root(), by_definition(&leaves));
		}

		#[test]
		fn agrees_with_another_implementation(leaves in hashes(100)) {
			let mut other = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2_0_11::Sha256, _>::new();
			let mut ours = Tree::default();
			for leaf in leaves {
				ours.append(leaf_hash(&[leaf.as_bytes()]));
				other.push(leaf.0.to_vec());
				prop_assert_eq!(ours.root(), Hash::from_slice(other.root().as_bytes()));
			}
		}

		#[test]
		fn goes_on_from_its_bytes(before in hashes(100), after in hashes(100)) {
			let stopped = tree(&before);
			let mut resumed = Tree::from_peak_bytes(stopped.size(), &stopped.peak_bytes())
				.expect("its own bytes");
			prop_assert_eq!(&resumed, &stopped);
			after.iter().for_each(|leaf| resumed.append(*leaf));
			prop_assert_eq!(resumed, tree(&[before, after].concat()));
		}

		#[test]
		fn any_change_of_the_leaves_changes_the_root(
			leaves in hashes(64).prop_filter("has leaves", |leaves| !leaves.is_empty()),
			place in any::<prop::sample::Index>(),
			other in any::<[u8; 32]>().prop_map(Hash::from),
		) {
			let root = tree(&leaves).root();
			let place = place.index(leaves.len());

			let mut changed = leaves.clone();
			changed[place] = other;
			prop_assert_eq!(tree(&changed).root() == root, changed == leaves);

			let mut removed = leaves.clone();
			removed.remove(place);
			prop_assert_ne!(tree(&removed).root(), root);

			let mut doubled = leaves.clone();
			doubled.insert(place, leaves[place]);
			prop_assert_ne!(tree(&doubled).root(), root);

			let mut reordered = leaves.clone();
			reordered.rotate_left(place);
			prop_assert_eq!(tree(&reordered).root() == root, reordered == leaves);
		}

		#[test]
		fn peaks_of_another_size_are_refused(leaves in hashes(64), size in 0_u64..64) {
			let bytes = tree(&leaves).peak_bytes();
			prop_assert_eq!(
				Tree::from_peak_bytes(size, &bytes).is_some(),
				size.count_ones() == (leaves.len() as u64).count_ones()
			);
			prop_assert_eq!(Tree::from_peak_bytes(size, &[bytes, vec![0]].concat()), None);
		}
	}
}
