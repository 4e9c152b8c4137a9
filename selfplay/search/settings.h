// SPDX-License-Identifier: Apache-2.0
// How a tree search decides: every constant, with where it comes from. One declaration for
// configurations (`search: {...}`), PLAYER words (net:sims=400,cpuct=1.5) and tests.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/config/fields.h"

namespace agon::selfplay {

struct SearchSettings {
  std::string algorithm = "puct";  // puct; gumbel: sequential halving at the root, deterministic
                                   // improved policy below; gumbel_root: PUCT below
  std::int64_t simulations = 400;
  double max_seconds = 0;             // 0: no limit of time
  std::int64_t leaves_per_batch = 8;  // gathered in one tree under virtual loss (play, not train)
  std::int64_t max_tree_bytes = 512 << 20;  // the search ends when the arena holds as much

  // PUCT (Silver et al. 2018): c_init + log((1 + N + c_base) / c_base).
  double cpuct = 1.25;
  double cpuct_base = 19652;
  std::string fpu = "reduction";  // of unvisited moves: reduction (parent's value less a part),
                                  // parent, loss, zero
  double fpu_reduction = 0.25;    // times sqrt(visited prior) (Leela Zero); 0 where there is noise
  double policy_temperature = 1.0;  // of the priors at the root, in searches with noise
  bool solver = true;               // carry proven results up (Winands et al. 2008)
  bool reuse_tree = true;           // keep the subtree of the move that was played

  // Noise at the root, self-play only.
  double noise_fraction = 0.0;         // 0.25 in self-play
  double noise_concentration = 10.83;  // divided by the number of legal moves (KataGo)

  // KataGo's forced playouts and the pruning of the policy target.
  bool forced_playouts = false;

  // Gumbel AlphaZero (Danihelka et al. 2022).
  std::int64_t gumbel_considered = 16;
  double gumbel_scale = 1.0;  // 0: no noise, for playing
  double gumbel_visit = 50;   // c_visit
  double gumbel_value = 1.0;  // c_scale

  static void Describe(config::Fields<SearchSettings>& f);
};

// How a move is chosen from the visits of a finished search.
struct TemperatureSettings {
  double start = 1.0;
  double end = 0.0;            // 0: the most visited
  std::int64_t moves = 10;     // moves at `start` before the end is reached
  std::string shape = "step";  // step; linear; half_life (`moves` halves the way to `end`)
  [[nodiscard]] double At(std::int64_t move) const;
  static void Describe(config::Fields<TemperatureSettings>& f);
};

}  // namespace agon::selfplay
