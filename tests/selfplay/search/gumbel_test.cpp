// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/gumbel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace agon::selfplay {
namespace {

std::vector<std::uint32_t> Table(int considered, std::int64_t simulations) {
  HalvingSchedule schedule(considered, simulations);
  std::vector<std::uint32_t> table;
  for (std::int64_t i = 0; i < simulations; ++i, schedule.Next())
    table.push_back(schedule.visits());
  return table;
}

// Sequential halving played out: in a round every candidate still in gets its share of visits, in
// turns, then the worse half leaves. Here candidate k is better than k + 1, so the prefix stays.
std::vector<std::uint32_t> PlayedOut(int considered, std::int64_t simulations) {
  std::vector<std::uint32_t> visits(static_cast<std::size_t>(considered), 0);
  std::vector<std::uint32_t> table;
  const double rounds = std::ceil(std::log2(considered));
  std::size_t left = visits.size();
  while (static_cast<std::int64_t>(table.size()) < simulations) {
    const auto share =
        considered == 1
            ? 1.0
            : std::floor(static_cast<double>(simulations) / (rounds * static_cast<double>(left)));
    for (double turn = 0; turn < std::max(1.0, share); ++turn) {
      for (std::size_t k = 0; k < left; ++k) table.push_back(visits[k]++);
    }
    if (left > 2) left = std::max<std::size_t>(2, left / 2);
  }
  table.resize(static_cast<std::size_t>(simulations));
  return table;
}

TEST(HalvingSchedule, IsSequentialHalvingPlayedOut) {
  for (int considered = 1; considered <= 40; ++considered) {
    for (const std::int64_t simulations : {1, 2, 7, 16, 50, 200, 801}) {
      EXPECT_EQ(Table(considered, simulations), PlayedOut(considered, simulations))
          << considered << " considered, " << simulations << " simulations";
    }
  }
}

// Figure 1 of the paper: 200 simulations, 16 moves: 4 rounds of 16 x 3, 8 x 6, 4 x 12, 2 x 25, and
// the 6 left over go to the last two.
TEST(HalvingSchedule, SpendsAQuarterOfTheBudgetInEachOfFourRounds) {
  const std::vector<std::uint32_t> table = Table(16, 200);
  EXPECT_EQ(std::ranges::count(table, 0U), 16);
  EXPECT_EQ(std::ranges::count(table, 2U), 16);
  EXPECT_EQ(std::ranges::count(table, 3U), 8);
  EXPECT_EQ(std::ranges::count(table, 8U), 8);
  EXPECT_EQ(std::ranges::count(table, 9U), 4);
  EXPECT_EQ(std::ranges::count(table, 20U), 4);
  EXPECT_EQ(std::ranges::count(table, 21U), 2);
  EXPECT_EQ(*std::ranges::max_element(table), 48U);
}

TEST(MixedValue, IsTheNetworksValueWithoutVisitsAndTheMeanOfBothWithOne) {
  EXPECT_DOUBLE_EQ(MixedValue(0.3, 0, 0, 0), 0.3);
  // One visit to a move of prior 0.2 and value -0.5: (0.3 + 1 * (0.2 * -0.5) / 0.2) / 2.
  EXPECT_DOUBLE_EQ(MixedValue(0.3, 1, 0.2 * -0.5, 0.2), -0.1);
}

// Without visits all completed values are equal, so pi' is the prior and its largest is taken; then
// the one whose visits lag most behind pi'.
TEST(SelectImproved, KeepsVisitsInProportionToTheImprovedPolicy) {
  std::vector<Edge> edges = {{PackPrior(0.5F), 4}, {PackPrior(0.3F), 1}, {PackPrior(0.2F), 2}};
  std::vector<Node> children;
  std::array<int, 3> visits{};
  for (int i = 0; i < 1000; ++i) {
    std::uint32_t total = 1;
    for (const Node& child : children) total += child.visits;
    const int chosen = SelectImproved({.visits = total, .edges = edges, .children = children}, 0,
                                      {.visit = 50, .value = 1}, true);
    ASSERT_GE(chosen, 0);
    ASSERT_LE(chosen, static_cast<int>(children.size()));
    if (chosen == static_cast<int>(children.size())) children.emplace_back();
    children[static_cast<std::size_t>(chosen)].visits += 1;  // of value 0, as the network says
    visits[static_cast<std::size_t>(chosen)] += 1;
  }
  EXPECT_NEAR(visits[0], 500, 1);
  EXPECT_NEAR(visits[1], 300, 1);
  EXPECT_NEAR(visits[2], 200, 1);
}

// pi'(a) = P(a) exp(sigma(q(a))) / Z: by hand for two visited moves and one that has none.
TEST(SelectImproved, WeighsPriorsByTheirCompletedValues) {
  const std::vector<Edge> edges = {
      {PackPrior(0.5F), 0}, {PackPrior(0.25F), 1}, {PackPrior(0.25F), 2}};
  std::vector<Node> children(2);
  children[0].visits = 2;
  children[0].value = -0.5F;
  children[1].visits = 1;
  children[1].value = 0.25F;
  const double mixed = (0.1 + 3 * ((0.5 * -0.5 + 0.25 * 0.25) / 0.75)) / 4;
  const double scale = (1 + 2) * 0.5;
  const std::array<double, 3> weights = {
      0.5 * std::exp(scale * -0.5), 0.25 * std::exp(scale * 0.25), 0.25 * std::exp(scale * mixed)};
  const double sum = weights[0] + weights[1] + weights[2];
  const std::array<double, 3> scores = {weights[0] / sum - 2.0 / 4, weights[1] / sum - 1.0 / 4,
                                        weights[2] / sum};
  ASSERT_GT(scores[2], scores[1]);
  ASSERT_GT(scores[1], scores[0]);
  const SigmaSettings sigma{.visit = 1, .value = 0.5};
  EXPECT_EQ(SelectImproved({.visits = 4, .edges = edges, .children = children}, 0.1, sigma, true),
            2);
  // A move proven to lose is left alone, one proven to win pulls the policy to itself.
  children[0].proven = Proven::kWin;
  children[1].proven = Proven::kLoss;
  EXPECT_EQ(SelectImproved({.visits = 4, .edges = edges, .children = children}, 0.1,
                           {.visit = 50, .value = 1}, true),
            0);
}

}  // namespace
}  // namespace agon::selfplay
