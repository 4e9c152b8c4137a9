// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/gumbel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace agon::selfplay {

HalvingSchedule::HalvingSchedule(int considered, std::int64_t simulations)
    : simulations_(simulations),
      rounds_(considered <= 2 ? 1 : std::bit_width(static_cast<unsigned>(considered - 1))),
      left_(std::max(considered, 1)) {
  StartRound();
}

void HalvingSchedule::StartRound() {
  sweeps_left_ = std::max<std::int64_t>(1, simulations_ / (rounds_ * left_));
  moves_left_ = left_;
}

void HalvingSchedule::Next() {
  if (--moves_left_ > 0) return;
  ++visits_;
  moves_left_ = left_;
  if (--sweeps_left_ > 0) return;
  // Two remain to the end; a single move stays single.
  left_ = left_ == 1 ? 1 : std::max<std::int64_t>(2, left_ / 2);
  StartRound();
}

double MixedValue(double raw_value, double visits, double weighted_value, double visited_prior) {
  if (visited_prior <= 0) return raw_value;
  return (raw_value + visits * weighted_value / visited_prior) / (1 + visits);
}

int SelectImproved(const Choice& at, double raw_value, const SigmaSettings& sigma, bool solver) {
  const std::size_t visited = at.children.size();
  std::uint32_t sum_visits = 0, most_visits = 0;
  double visited_prior = 0, rated_prior = 0, weighted = 0;
  for (std::size_t i = 0; i < visited; ++i) {
    const Node& child = at.children[i];
    sum_visits += child.visits + child.in_flight;
    most_visits = std::max(most_visits, child.visits + child.in_flight);
    const double prior = UnpackPrior(at.edges[i].prior);
    visited_prior += prior;
    if (child.visits == 0) continue;  // in flight: its value is not known yet
    rated_prior += prior;
    weighted += prior * (child.proven == Proven::kUnknown ? child.value : Worth(child));
  }
  const double mixed = MixedValue(raw_value, sum_visits, weighted, rated_prior);
  const double scale = sigma.Scale(most_visits);
  // pi' is prior * exp(sigma(q)) but for a factor; moves without visits share their exponent.
  std::array<double, kMaxActions> shares;
  double highest = mixed;
  for (std::size_t i = 0; i < visited; ++i) {
    const Node& child = at.children[i];
    shares[i] = child.visits == 0                  ? mixed
                : child.proven == Proven::kUnknown ? static_cast<double>(child.value)
                                                   : static_cast<double>(ValueOf(child.proven));
    highest = std::max(highest, shares[i]);
  }
  const double rest = std::exp(scale * (mixed - highest));
  double total = std::max(0.0, 1 - visited_prior) * rest;
  for (std::size_t i = 0; i < visited; ++i) {
    shares[i] = UnpackPrior(at.edges[i].prior) * std::exp(scale * (shares[i] - highest));
    total += shares[i];
  }
  double best = -std::numeric_limits<double>::infinity();
  int chosen = -1;
  for (std::size_t i = 0; i < visited; ++i) {
    const Node& child = at.children[i];
    if (solver && child.proven == Proven::kLoss) continue;
    const double score = shares[i] / total -
                         static_cast<double>(child.visits + child.in_flight) / (1.0 + sum_visits);
    if (score > best) {
      best = score;
      chosen = static_cast<int>(i);
    }
  }
  if (visited < at.edges.size() && UnpackPrior(at.edges[visited].prior) * rest / total > best) {
    chosen = static_cast<int>(visited);
  }
  return chosen;
}

}  // namespace agon::selfplay
