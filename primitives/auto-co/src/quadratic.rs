//! Quadratic voting. Both forms need one account per person: a hundred accounts of 10⁴ weigh ten times as much as one of
//! 10⁶.

use crate::math::mul_div;

/// Tenths of a vote in a vote.
pub const TENTHS: u128 = 10;

/// Votes of one person's tokens: ⌊√tokens⌋.
pub fn votes_of_tokens(tokens: u128) -> u128 {
    tokens.isqrt()
}

/// Voice credits that `votes` on one matter cost, both in tenths of a vote: votes². Credits times
/// [`TENTHS`]² compare with it. `None` beyond 128 bits.
pub fn cost(votes: u128) -> Option<u128> {
    votes.checked_mul(votes)
}

/// Whether `credits` pay for votes on several matters, given in tenths: Σ votes² ≤ credits · 100.
pub fn is_affordable(credits: u128, votes: impl IntoIterator<Item = u128>) -> bool {
    votes
        .into_iter()
        .try_fold(0u128, |sum, votes| sum.checked_add(cost(votes)?))
        .is_some_and(|sum| sum <= credits.saturating_mul(TENTHS.saturating_mul(TENTHS)))
}

/// The most votes on one matter, in tenths, that are left after those in `spent`.
pub fn affordable(credits: u128, spent: impl IntoIterator<Item = u128>) -> u128 {
    spent
        .into_iter()
        .try_fold(0u128, |sum, votes| sum.checked_add(cost(votes)?))
        .and_then(|sum| {
            credits
                .saturating_mul(TENTHS.saturating_mul(TENTHS))
                .checked_sub(sum)
        })
        .map_or(0, u128::isqrt)
}

/// Weight of an option that several people back with tokens: (Σ √tokens)², in millionths of a token. Roots are taken to
/// a thousandth, rounded down. `None` beyond 128 bits.
pub fn backing(tokens: impl IntoIterator<Item = u128>) -> Option<u128> {
    let roots = tokens.into_iter().try_fold(0u128, |sum, tokens| {
        let root = tokens.checked_mul(1_000_000)?.isqrt();
        sum.checked_add(root)
    })?;
    mul_div(roots, roots, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_affordable_is_paid_for_and_a_tenth_more_is_not(
            credits in any::<u64>(),
            spent in prop::collection::vec(0u128..1 << 30, 0..5),
        ) {
            let credits = u128::from(credits);
            let most = affordable(credits, spent.iter().copied());
            let with = |votes| spent.iter().copied().chain([votes]).collect::<Vec<u128>>();
            if is_affordable(credits, spent.iter().copied()) {
                prop_assert!(is_affordable(credits, with(most)));
                prop_assert!(!is_affordable(credits, with(most + 1)));
            } else {
                prop_assert_eq!(most, 0);
            }
        }

        #[test]
        fn splitting_tokens_among_accounts_never_weighs_less(a in any::<u64>(), b in any::<u64>()) {
            let (a, b) = (u128::from(a), u128::from(b));
            prop_assert!(votes_of_tokens(a) + votes_of_tokens(b) + 1 >= votes_of_tokens(a + b));
        }
    }

    #[test]
    fn too_large_numbers_cost_more_than_anything() {
        assert_eq!(cost(u128::MAX), None);
        assert!(!is_affordable(u128::MAX, [u128::MAX]));
        assert_eq!(backing([u128::MAX]), None);
    }
}
