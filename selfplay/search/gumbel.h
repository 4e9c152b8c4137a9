// SPDX-License-Identifier: Apache-2.0
// Gumbel AlphaZero (Danihelka et al., "Policy improvement by planning with Gumbel", ICLR 2022): the
// parts that are arithmetic alone.
//
// Values are in [-1,1] for the side to move; sigma(q) = (c_visit + max visits) c_scale q is not
// rescaled, as the paper has it for board games.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <span>

#include "selfplay/search/select.h"

namespace agon::selfplay {

// Sequential halving as a sequence: the next simulation goes to a move that has had visits() visits
// so far. Of `considered` moves each gets the same number of visits in a round, then half are left.
class HalvingSchedule {
 public:
  HalvingSchedule() = default;
  HalvingSchedule(int considered, std::int64_t simulations);
  [[nodiscard]] std::uint32_t visits() const { return visits_; }
  void Next();

 private:
  void StartRound();
  std::int64_t simulations_ = 0, rounds_ = 1, left_ = 1;
  std::int64_t sweeps_left_ = 1, moves_left_ = 1;
  std::uint32_t visits_ = 0;
};

struct SigmaSettings {
  double visit = 50, value = 1;
  [[nodiscard]] double Scale(double most_visits) const { return (visit + most_visits) * value; }
};

// The value that stands in for moves without visits, appendix D, equation 33:
//   v_mix = (v + sum N * (sum_visited P q / sum_visited P)) / (1 + sum N)
[[nodiscard]] double MixedValue(double raw_value, double visits, double weighted_value,
                                double visited_prior);

// Below the root: argmax pi'(a) - N(a) / (1 + sum N),  pi' = softmax(logits + sigma(completed Q)).
// -1 when all moves are known to lose (with `solver`).
[[nodiscard]] int SelectImproved(const Choice& at, double raw_value, const SigmaSettings& sigma,
                                 bool solver);

}  // namespace agon::selfplay
