// SPDX-License-Identifier: Apache-2.0
// How much stronger, and how sure: Elo difference with its 95 % interval from the games of a match.
//
// The score s of the first player (a win 1, a draw 1/2) in n games gives Elo(s) = -400 log10(1/s -
// 1). The interval is Jeffreys' for a proportion, the 2.5 % and 97.5 % quantiles of Beta(s m + 1/2,
// (1-s) m + 1/2), turned into Elo: it exists for a sweep too. m is the number of independent games
// that would be as informative. Both games of a pair start from one opening, so pairs, not games,
// are independent: with v the variance of the pairs' mean scores (one imagined pair of two
// independent games added, lest a few equal pairs look certain) the variance of s is v / pairs, and
// m = s (1-s) pairs / v. After a sweep no variance can be seen and m = n.
// A sweep has no Elo difference; it is given as that of the median of the same distribution.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <span>

namespace agon::selfplay {

struct EloEstimate {
  double elo = 0, low = 0, high = 0;
};

// `pair_scores`: of each pair of games the first player's points, 0 to 2; `single_scores`: of games
// whose partner is missing, 0 to 1. No games at all: 0 with an interval that says nothing.
[[nodiscard]] EloEstimate EstimateElo(std::span<const double> pair_scores,
                                      std::span<const double> single_scores = {});

// -400 log10(1/s - 1) for s in (0,1).
[[nodiscard]] double EloOfScore(double score);

// The x in (0,1) below which a Beta(a, b) variable lies with chance p.
[[nodiscard]] double BetaQuantile(double a, double b, double p);

}  // namespace agon::selfplay
