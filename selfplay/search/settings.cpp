// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/settings.h"

#include <algorithm>
#include <cmath>

namespace agon::selfplay {

void SearchSettings::Describe(config::Fields<SearchSettings>& f) {
  using S = SearchSettings;
  f.Field(&S::algorithm, "algorithm",
          "puct; gumbel: sequential halving at the root, the improved policy below; gumbel_root: "
          "sequential halving at the root, PUCT below")
      .Choices({"puct", "gumbel", "gumbel_root"});
  f.Field(&S::simulations, "simulations",
          "leaves visited for a move, the root not counted; 0 plays the raw policy")
      .Min(0)
      .Max(1e9);
  f.Field(&S::max_seconds, "max_seconds", "time for a move; 0: no limit").Min(0).Unit("seconds");
  f.Field(&S::leaves_per_batch, "leaves_per_batch",
          "leaves gathered in one tree under virtual loss; 1 is the exact search")
      .Min(1)
      .Max(1024);
  f.Field(&S::max_tree_bytes, "max_tree_bytes", "the search ends when its tree holds as much")
      .Min(1 << 20)
      .Max(16e9)
      .Unit("bytes");
  f.Field(&S::cpuct, "cpuct", "exploration of PUCT, c_init").Min(0);
  f.Field(&S::cpuct_base, "cpuct_base",
          "visits over which exploration grows: cpuct + log((1 + N + base) / base)")
      .Min(1);
  f.Field(&S::fpu, "fpu",
          "value of a move not yet visited: reduction (the position's value less a part), parent "
          "(the position's value), loss, zero")
      .Choices({"reduction", "parent", "loss", "zero"});
  f.Field(&S::fpu_reduction, "fpu_reduction",
          "that part, times the root of the prior visited so far; none at a root with noise")
      .Min(0);
  f.Field(&S::policy_temperature, "policy_temperature",
          "of the priors at the root, in searches with noise")
      .Above(0);
  f.Field(&S::solver, "solver", "carry proven wins, draws and losses up the tree");
  f.Field(&S::reuse_tree, "reuse_tree", "keep the subtree of the move that was played");
  f.Field(&S::noise_fraction, "noise_fraction",
          "share of Dirichlet noise in the priors at the root, in searches with noise")
      .Min(0)
      .Max(1);
  f.Field(&S::noise_concentration, "noise_concentration",
          "of the Dirichlet distribution, divided by the number of legal moves")
      .Above(0);
  f.Field(&S::forced_playouts, "forced_playouts",
          "visit every tried move of the root sqrt(2 P N) times and prune the policy target "
          "accordingly, in searches with noise (PUCT)");
  f.Field(&S::gumbel_considered, "gumbel_considered", "moves that sequential halving starts with")
      .Min(1)
      .Max(1024);
  f.Field(&S::gumbel_scale, "gumbel_scale", "of the Gumbel noise, in searches with noise").Min(0);
  f.Field(&S::gumbel_visit, "gumbel_visit", "c_visit of sigma").Min(0);
  f.Field(&S::gumbel_value, "gumbel_value", "c_scale of sigma").Min(0);
}

double TemperatureSettings::At(std::int64_t move) const {
  const double progress = static_cast<double>(move) / static_cast<double>(moves);
  if (shape == "linear") return start + (end - start) * std::min(progress, 1.0);
  if (shape == "half_life") return end + (start - end) * std::exp2(-progress);
  return move < moves ? start : end;
}

void TemperatureSettings::Describe(config::Fields<TemperatureSettings>& f) {
  using T = TemperatureSettings;
  f.Field(&T::start, "start", "at the first move of a game").Min(0);
  f.Field(&T::end, "end", "later on; 0 plays the most visited move").Min(0);
  f.Field(&T::moves, "moves", "moves at `start` (step), until `end` (linear), or half-life").Min(1);
  f.Field(&T::shape, "shape", "how it gets from start to end")
      .Choices({"step", "linear", "half_life"});
}

}  // namespace agon::selfplay
