//! Which figures may stand beside each other. A group with fewer people than the settings ask for is not shown, because its
//! figures would show its members'; nor may it be found by taking what is shown away from a larger group.
//!
//! Teams are held against their department. Departments are not held against the company: they are read by code only by
//! those who may read of each person, and others see one only where a team of theirs is judged by it. Only figures of one
//! moment are compared: who compares two days learns what changed between them.

/// Which parts of a whole may be shown beside it, by their people. A part with fewer than `least` is hidden. Where that
/// leaves somebody, but fewer than `least`, the smallest part that is shown is hidden too, until nobody is left or enough
/// are. Whichever of the shown parts are taken from the whole then leave nobody, or at least that many.
pub fn shown(whole: i64, parts: &[i64], least: i64) -> Vec<bool> {
    let mut shown: Vec<bool> = parts.iter().map(|people| *people >= least).collect();
    loop {
        let told = parts.iter().zip(&shown).filter(|(_, shown)| **shown);
        let left = told.clone().fold(whole, |left, (people, _)| left.saturating_sub(*people));
        if left <= 0 || left >= least {
            return shown;
        }
        let candidates = parts.iter().zip(&mut shown).filter(|(_, shown)| **shown);
        let Some((_, smallest)) = candidates.min_by_key(|(people, _)| **people) else { return shown };
        *smallest = false;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_small_part_hides_another_one_with_it() {
        assert_eq!(shown(15, &[12, 3], 5), [false, false]);
        assert_eq!(shown(35, &[12, 20, 3], 5), [false, true, false]);
        assert_eq!(shown(37, &[12, 20, 3, 2], 5), [true, true, false, false]);
        assert_eq!(shown(17, &[12, 5], 5), [true, true]);
        assert_eq!(shown(3, &[], 5), Vec::<bool>::new());
    }

    proptest! {
        #[test]
        fn no_difference_shows_a_small_group(
            parts in prop::collection::vec(0i64..30, 0..8),
            others in 0i64..30,
            least in 2i64..12,
            taken in any::<u8>(),
        ) {
            let whole = parts.iter().sum::<i64>() + others;
            let shown = shown(whole, &parts, least);
            let mut left = whole;
            for (at, people) in parts.iter().enumerate().filter(|(at, _)| shown[*at]) {
                prop_assert!(*people >= least);
                if taken & (1 << at) != 0 {
                    left -= people;
                }
            }
            prop_assert!(whole < least || left == 0 || left >= least, "{left} of {whole}: {parts:?} {shown:?}");
        }

        #[test]
        fn nothing_is_hidden_without_need(parts in prop::collection::vec(5i64..30, 0..8)) {
            prop_assert!(shown(parts.iter().sum(), &parts, 5).into_iter().all(|shown| shown));
        }
    }
}
