// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/batch.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "selfplay/network/planes.h"

namespace agon::selfplay {

TrainBatch MakeTrainBatch(std::span<const ReplayWindow::Row> rows, const GameShape& shape,
                          const SymmetryTables& symmetries) {
  const auto n = static_cast<std::int64_t>(rows.size());
  TrainBatch batch;
  batch.planes = MakePlanes(shape, n);                       // [N,P+S,H,W]
  batch.policy = at::zeros({n, shape.actions}, at::kFloat);  // [N,A]
  batch.legal = at::zeros({n, shape.actions}, at::kBool);    // [N,A]
  batch.outcome = at::empty({n, 3}, at::kFloat);             // [N,3]
  auto* const policy = batch.policy.data_ptr<float>();
  auto* const legal = batch.legal.data_ptr<bool>();
  auto* const outcome = batch.outcome.data_ptr<float>();
  std::vector<std::uint64_t> words(static_cast<std::size_t>(shape.plane_words()));
  for (std::int64_t i = 0; i < n; ++i) {
    const ReplayWindow::Row& row = rows[static_cast<std::size_t>(i)];
    const SampleBlock& block = row.shard->block;
    const int symmetry =
        static_cast<int>(row.random % static_cast<std::uint64_t>(symmetries.count()));
    symmetries.TurnPlanes(block.planes(row.row), symmetry, words);
    UnpackPlanes(shape, words, block.scalars(row.row), batch.planes, i);
    const auto turned = symmetries.moves(symmetry);
    const auto moves = block.moves(row.row);
    const auto target = block.policy(row.row);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      const std::int64_t at = i * shape.actions + turned[moves[k]];
      policy[at] = target[k];
      legal[at] = true;
    }
    for (std::size_t k = 0; k < 3; ++k) {
      outcome[3 * i + static_cast<std::int64_t>(k)] = block.outcome(row.row)[k];
    }
  }
  return batch;
}

}  // namespace agon::selfplay
