// SPDX-License-Identifier: Apache-2.0
// The CPU loops behind kernels.h and random.h: raw pointers, no LibTorch, so that loops.cpp has
// compiler flags of its own. Use kernels.h and random.h instead.
//
// Thread safety: free functions. `threads` is how many they may use; small work stays on one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/tensor/kernel_math.h"

namespace agon::kernels {

// The examples of a draw: their indices, and how many numbers each gets.
struct Draw {
  std::uint64_t key;
  std::uint32_t number;  // of the draw in its stream
  const std::int64_t* indices;
  std::int64_t examples;
  std::int64_t per_example;
};

void SignProjectClipLoop(float* x, const float* gradient, const float* origin, std::int64_t count,
                         const StepSettings& settings, int threads);
void MomentumSignLoop(float* x, float* previous, const float* gradient, const float* origin,
                      const float* step, std::int64_t examples, std::int64_t per_example,
                      const MomentumSettings& settings, int threads);
// Rows whose mask is set: `row_bytes` bytes each, copied from `from` to `to`.
void CopyRowsLoop(std::byte* to, const std::byte* from, const bool* mask, std::int64_t rows,
                  std::int64_t row_bytes, int threads);
void TrackLoop(const TrackedRows& tracked, const AnswerRows& answer, int threads);
void UniformLoop(float* out, const Draw& draw, float low, float span, int threads);
void NormalLoop(float* out, const Draw& draw, int threads);

}  // namespace agon::kernels
