//! What was learnt, from matched pairs of scores before and after.

use super::Interval;
use crate::competency::Score;

/// 0.975 quantile of the normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// A score of 100, in tenths.
const FULL: f64 = 1000.0;

/// Sums over the pairs of a course: the same person's score before it and after it, in tenths. They are all that the gain
/// and its interval need, so that no score is kept for them. Signed, because a difference is one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pairs {
    /// How many pairs.
    pub pairs: i64,
    /// Scores before.
    pub pre: i64,
    /// Scores after.
    pub post: i64,
    /// Squares of the scores before.
    pub pre_squared: i64,
    /// Squares of the scores after.
    pub post_squared: i64,
    /// Products of both.
    pub product: i64,
}

impl Pairs {
    /// One pair.
    pub fn of(pre: Score, post: Score) -> Self {
        let (pre, post) = (i64::from(pre.tenths()), i64::from(post.tenths()));
        Self { pairs: 1, pre, post, pre_squared: pre * pre, post_squared: post * post, product: pre * post }
    }

    /// The normalised gain of the means, (mean post − mean pre) ÷ (100 − mean pre): the part of what could be learnt that
    /// was. 1 is all of it, below 0 something was lost. None without pairs, and where everybody had 100 before: nothing
    /// could be learnt then.
    ///
    /// Source: R. R. Hake, "Interactive-engagement versus traditional methods", American Journal of Physics 66 (1998),
    /// 64–74: the gain of a course from the averages of its class.
    pub fn gain(&self) -> Option<f64> {
        let possible = i128::from(self.pairs) * i128::from(Score::MOST) - i128::from(self.pre);
        if self.pairs <= 0 || possible <= 0 {
            return None;
        }
        Some(float(i128::from(self.post) - i128::from(self.pre)) / float(possible))
    }

    /// The 95 % interval of the gain. None below two pairs, and where the gain is undefined.
    ///
    /// The gain is 1 − R, where R is the ratio of what is missing after to what was missing before. The interval is that
    /// of a ratio of two means of the same people: standard error √((s²y − 2 R sxy + R² s²x) ÷ n) ÷ x̄, the linear
    /// approximation of W. G. Cochran, "Sampling Techniques", 3rd edition (Wiley 1977), section 2.11, without a
    /// correction for a finite population; with Student's quantile of n − 1 degrees of freedom.
    pub fn interval(&self) -> Option<Interval> {
        let gain = self.gain()?;
        if self.pairs < 2 {
            return None;
        }
        let count = i128::from(self.pairs);
        // n² times the (co)variances, exact: what is missing varies as the scores do.
        let spread =
            |sum_of_products: i64, a: i64, b: i64| count * i128::from(sum_of_products) - i128::from(a) * i128::from(b);
        let before = float(spread(self.pre_squared, self.pre, self.pre));
        let after = float(spread(self.post_squared, self.post, self.post));
        let both = float(spread(self.product, self.pre, self.post));
        let n = float(count);
        let ratio = 1.0 - gain;
        let variance = (after - 2.0 * ratio * both + ratio * ratio * before).max(0.0) / (n * (n - 1.0));
        let missing = FULL - float(i128::from(self.pre)) / n;
        let half = student(n - 1.0) * (variance / n).sqrt() / missing;
        Some(Interval { low: gain - half, high: gain + half })
    }
}

/// The 0.975 quantile of Student's distribution. Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical
/// Functions" (1964), 26.7.5: an expansion around the normal quantile, right to 5 digits from 9 degrees of freedom.
pub(super) fn student(degrees: f64) -> f64 {
    let terms = [
        (Z.powi(3) + Z) / 4.0,
        (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0,
        (3.0 * Z.powi(7) + 19.0 * Z.powi(5) + 17.0 * Z.powi(3) - 15.0 * Z) / 384.0,
        (79.0 * Z.powi(9) + 776.0 * Z.powi(7) + 1482.0 * Z.powi(5) - 1920.0 * Z.powi(3) - 945.0 * Z) / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees) + Z
}

#[expect(clippy::cast_precision_loss, reason = "sums of scores; beyond 2^53 a relative error of 10^-16 is no matter")]
fn float(number: i128) -> f64 {
    number as f64
}
