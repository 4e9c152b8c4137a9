// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/elo.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace agon::selfplay {
namespace {

constexpr double kTiny = 1e-300;

// The continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8), evaluated
// from the front by Lentz's method.
double BetaFraction(double a, double b, double x) {
  const auto guarded = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / guarded(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m <= 10'000; ++m) {
    const double k = m;
    const double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
    d = 1 / guarded(1 + even * d);
    c = guarded(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
    d = 1 / guarded(1 + odd * d);
    c = guarded(1 + odd / c);
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-14) break;
  }
  return fraction;
}

// lgamma writes a global; the sign it writes is of no use here.
double LogGamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

double BetaDistribution(double a, double b, double x) {
  const double front =
      std::exp(a * std::log(x) + b * std::log1p(-x) + LogGamma(a + b) - LogGamma(a) - LogGamma(b));
  // The fraction converges fast below the mean; the other side is its mirror.
  return x < (a + 1) / (a + b + 2) ? front * BetaFraction(a, b, x) / a
                                   : 1 - front * BetaFraction(b, a, 1 - x) / b;
}

// log(x / (1-x)), so that quantiles near 1 keep their digits: found in log-odds.
double LogOddsQuantile(double a, double b, double p) {
  double low = -700;
  double high = 700;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    // Of x = 1 / (1 + exp(-middle)); beyond 36 the mirror image is the exact one.
    const double chance = middle < 0 ? BetaDistribution(a, b, 1 / (1 + std::exp(-middle)))
                                     : 1 - BetaDistribution(b, a, 1 / (1 + std::exp(middle)));
    (chance < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double EloOfLogOdds(double log_odds) { return 400 * log_odds / std::log(10.0); }

}  // namespace

double EloOfScore(double score) { return 400 * std::log10(score / (1 - score)); }

double BetaQuantile(double a, double b, double p) {
  return 1 / (1 + std::exp(-LogOddsQuantile(a, b, p)));
}

EloEstimate EstimateElo(std::span<const double> pair_scores,
                        std::span<const double> single_scores) {
  const auto pairs = static_cast<double>(pair_scores.size());
  const double games = 2 * pairs + static_cast<double>(single_scores.size());
  const double points = std::accumulate(pair_scores.begin(), pair_scores.end(), 0.0) +
                        std::accumulate(single_scores.begin(), single_scores.end(), 0.0);
  const double score = games > 0 ? points / games : 0.5;
  const bool sweep = score <= 0 || score >= 1;
  double effective = games;
  if (!sweep && pairs > 0) {
    double squares = score * (1 - score) / 2;  // the imagined pair
    for (const double pair : pair_scores) {
      const double from_mean = pair / 2 - score;
      squares += from_mean * from_mean;
    }
    const double variance = squares / pairs;
    effective = score * (1 - score) * pairs / variance + static_cast<double>(single_scores.size());
  }
  const double a = score * effective + 0.5;
  const double b = (1 - score) * effective + 0.5;
  const auto at = [&](double p) { return EloOfLogOdds(LogOddsQuantile(a, b, p)); };
  return {.elo = sweep ? at(0.5) : EloOfScore(score), .low = at(0.025), .high = at(0.975)};
}

}  // namespace agon::selfplay
