// SPDX-License-Identifier: Apache-2.0
// From the bits of encoded positions to the tensors a network takes.
//
// Who needs this file: the evaluator, and the learner for the positions it replays.
//
// Thread safety: free functions; different rows may be written by different threads.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/tensor/types.h"
#include "selfplay/games/any_game.h"
#include "selfplay/search/evaluator.h"

namespace agon::selfplay {

// Uninitialised [rows, planes + scalars, H, W], channels last, on the CPU; float32 or bfloat16.
// `channels` above planes + scalars adds planes, to be zero.
[[nodiscard]] Tensor MakePlanes(const GameShape& shape, std::int64_t rows,
                                at::ScalarType type = at::kFloat, std::int64_t channels = 0);

// Fills row `row` of a tensor that MakePlanes made: words as game.h lays them out, scalars [S].
void UnpackPlanes(const GameShape& shape, std::span<const std::uint64_t> words,
                  std::span<const float> scalars, Tensor& planes, std::int64_t row);

// Rows [first, first + count) of the batch into rows [0, count).
void UnpackPlanes(const EvalBatch& batch, int first, int count, Tensor& planes);

}  // namespace agon::selfplay
