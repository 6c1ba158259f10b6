//! Whose turn a slot was.

/// How many of the slots from `first` up to, not including, `end` are the turn of the authority at `index`
/// among `count`: Aura gives slot `s` to the authority at `s mod count`.
pub fn turns(first: u64, end: u64, index: u64, count: u64) -> u64 {
	// Turns below a slot.
	let below = |slot: u64| slot.saturating_sub(index).div_ceil(count.max(1));
	below(end).saturating_sub(below(first))
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The same by walking over the slots.
	fn counted(first: u64, end: u64, index: u64, count: u64) -> u64 {
		(first..end).filter(|slot| slot % count == index).count() as u64
	}

	#[test]
	fn turns_are_those_that_a_walk_over_the_slots_finds() {
		for count in 1..=5 {
			for index in 0..count {
				for first in 0..12 {
					for end in 0..24 {
						assert_eq!(
							turns(first, end, index, count),
							counted(first, end, index, count),
							"{first}..{end}, {index} of {count}"
						);
					}
				}
			}
		}
	}

	#[test]
	fn a_standstill_of_years_costs_nothing_to_count() {
		let slots = 10 * 365 * 24 * 1_800;
		let start = 900_000_000;
		let all: u64 = (0..4).map(|index| turns(start, start + slots, index, 4)).sum();
		assert_eq!(all, slots);
	}

	#[test]
	fn without_authorities_nobody_has_a_turn_that_panics() {
		assert_eq!(turns(5, 5, 0, 0), 0);
		assert_eq!(turns(9, 3, 0, 4), 0);
	}
}
