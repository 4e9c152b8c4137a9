// SPDX-License-Identifier: Apache-2.0
#include "tests/selfplay/network/network_helpers.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "runtime/tensor/random.h"
#include "selfplay/search/game_of.h"

namespace agon::selfplay {
namespace {

// Networks this small gain nothing from a second thread, and on a busy machine the threads of an
// operator wait for one another.
struct OneThread {
  OneThread() { at::set_num_threads(1); }
} const one_thread;

}  // namespace

std::unique_ptr<PolicyValueNetwork> SeasonedNetwork(const GameShape& shape,
                                                    const NetworkSettings& settings) {
  auto network = std::make_unique<PolicyValueNetwork>(shape, settings, /*seed=*/3);
  const Tensor first = at::zeros({1}, at::kLong);
  for (const nn::Slot& slot : network->slots()) {
    const Shape sizes(slot.tensor->sizes().begin(), slot.tensor->sizes().end());
    ExampleRandom random = RandomSource(5).Stream(slot.name).For(first);
    if (slot.name.ends_with("running_var") || slot.name.ends_with("norm1.weight")) {
      slot.tensor->copy_(random.Uniform(sizes, 0.5, 1.5).squeeze(0));
    } else if (slot.fan_in == 0 || slot.name.ends_with(".bias")) {
      slot.tensor->add_(random.Uniform(sizes, -0.2, 0.2).squeeze(0));
    }
  }
  return network;
}

EvalBatch RandomRows(const GameShape& shape, int rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EvalBatch batch(shape, rows);
  std::vector<Move> moves(static_cast<std::size_t>(shape.actions));
  std::iota(moves.begin(), moves.end(), Move{0});
  for (int i = 0; i < rows; ++i) {
    std::shuffle(moves.begin(), moves.end(), random);
    const int legal = 1 + static_cast<int>(random() % static_cast<std::uint64_t>(shape.actions));
    const int row = batch.Add(random(), legal);
    std::copy_n(moves.begin(), legal, batch.legal(row).begin());
    for (int plane = 0; plane < shape.planes; ++plane) {
      for (int cell = 0; cell < shape.cells(); ++cell) {
        if (random() % 3 == 0) SetPlaneBit(batch.planes(row), shape.cells(), plane, cell);
      }
    }
    for (float& scalar : batch.scalars(row)) {
      scalar = static_cast<float>(random() % 1000) / 1000.0F;
    }
  }
  return batch;
}

Component<AnyGame> GameOfName(const std::string& yaml) {
  static const bool registered = (RegisterGames(GlobalRegistry()), true);
  (void)registered;
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  const config::Value value = config::ParseYaml(yaml, "test", {}, problems);
  auto game = Component<AnyGame>::FromConfig(value, reader, "game");
  problems.ThrowIfAny();
  return game;
}

}  // namespace agon::selfplay
