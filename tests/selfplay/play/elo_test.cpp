// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/elo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace agon::selfplay {
namespace {

// Ten times the odds are 400 points, by definition.
TEST(Elo, TenTimesTheOddsAre400Points) {
  EXPECT_NEAR(EloOfScore(10.0 / 11), 400, 1e-9);
  EXPECT_NEAR(EloOfScore(0.5), 0, 1e-12);
  EXPECT_NEAR(EloOfScore(1.0 / 11), -400, 1e-9);
}

// Beta(1,1) is uniform; Beta(a,1) has the distribution function x^a; Beta(a,a) is symmetric.
TEST(Elo, QuantilesOfBetaHaveTheirClosedForms) {
  for (const double p : {0.025, 0.3, 0.5, 0.975}) {
    EXPECT_NEAR(BetaQuantile(1, 1, p), p, 1e-9);
    EXPECT_NEAR(BetaQuantile(7, 1, p), std::pow(p, 1.0 / 7), 1e-9);
    EXPECT_NEAR(BetaQuantile(1, 7, p), 1 - std::pow(1 - p, 1.0 / 7), 1e-9);
  }
  EXPECT_NEAR(BetaQuantile(40.5, 40.5, 0.5), 0.5, 1e-9);
  // Beta(1/2,1/2) is the arcsine distribution.
  EXPECT_NEAR(BetaQuantile(0.5, 0.5, 0.025), std::pow(std::sin(0.025 * M_PI / 2), 2), 1e-9);
}

// 41 wins, 5 draws and 14 losses of 60 are 43.5 points: +168, the figure of the specification.
TEST(Elo, TheEstimateIsThatOfTheScore) {
  std::vector<double> pairs(13, 2.0);  // 26 wins
  pairs.insert(pairs.end(), 12, 1.0);  // 12 wins, 12 losses
  pairs.insert(pairs.end(), {1.5, 1.5, 1.5, 0.5, 0.5});
  // 13 x 2 + 12 x 1 + 3 x 1.5 + 2 x 0.5 = 43.5
  const EloEstimate elo = EstimateElo(pairs);
  EXPECT_NEAR(elo.elo, -400 * std::log10(60 / 43.5 - 1), 1e-9);
  EXPECT_NEAR(elo.elo, 168, 1);
  EXPECT_LT(elo.low, elo.elo);
  EXPECT_GT(elo.high, elo.elo);
}

// Of many independent games the interval is the textbook's: 1.96 standard errors of the score, and
// the slope of Elo at one half is 400 / (ln 10 / 4).
TEST(Elo, ManyIndependentGamesGiveTheNormalInterval) {
  std::vector<double> pairs;
  for (int i = 0; i < 500; ++i) pairs.insert(pairs.end(), {2.0, 1.0, 1.0, 0.0});  // coin flips
  const double games = 2.0 * static_cast<double>(pairs.size());
  const double width = 1.96 * std::sqrt(0.25 / games) * 400 / std::log(10.0) / 0.25;
  const EloEstimate elo = EstimateElo(pairs);
  EXPECT_NEAR(elo.low, -width, 0.02 * width);
  EXPECT_NEAR(elo.high, width, 0.02 * width);
}

// When every pair is split, openings decide and the players are equal: far surer than coin flips.
// When pairs are swept by either side, far less.
TEST(Elo, PairsNotGamesAreIndependent) {
  const std::vector<double> split(100, 1.0);
  std::vector<double> swept(50, 2.0);
  swept.insert(swept.end(), 50, 0.0);
  std::vector<double> mixed(50, 1.0);
  mixed.insert(mixed.end(), 25, 2.0);
  mixed.insert(mixed.end(), 25, 0.0);
  EXPECT_LT(EstimateElo(split).high, 0.3 * EstimateElo(mixed).high);
  EXPECT_GT(EstimateElo(swept).high, 1.3 * EstimateElo(mixed).high);
}

// 20 : 0. The lower end is the 2.5 % quantile of Beta(20.5, 0.5): 0.8834, known from tables of
// Jeffreys' interval, which is +352; there is an upper end, and it is far away.
TEST(Elo, ASweepHasALowerBoundAndFiniteNumbers) {
  const EloEstimate elo = EstimateElo(std::vector<double>(10, 2.0));
  EXPECT_NEAR(elo.low, EloOfScore(0.88336), 1);
  EXPECT_GT(elo.elo, elo.low);
  EXPECT_GT(elo.high, 1000);
  EXPECT_TRUE(std::isfinite(elo.high));
  const EloEstimate lost = EstimateElo(std::vector<double>(10, 0.0));
  EXPECT_NEAR(lost.high, -elo.low, 1e-6);
  EXPECT_NEAR(lost.elo, -elo.elo, 1e-6);
}

TEST(Elo, NoGamesSayNothing) {
  const EloEstimate elo = EstimateElo({});
  EXPECT_NEAR(elo.elo, 0, 1e-9);
  EXPECT_LT(elo.low, -500);
  EXPECT_GT(elo.high, 500);
}

}  // namespace
}  // namespace agon::selfplay
