// SPDX-License-Identifier: Apache-2.0
// The arithmetic of our kernels for one element, written once for the CPU loops (loops.cpp) and the
// CUDA kernels (kernels.cu). Both are compiled without contraction into fused multiply-adds, so the
// two give the same bits, and the same as LibTorch's operators one after the other.
#pragma once

#include <cstdint>

#include "runtime/base/philox.h"

namespace agon::kernels {

struct StepSettings {
  float step;
  float epsilon;
  float low, high;  // the box
};

struct MomentumSettings {
  float momentum;  // a
  float rest;      // 1 - a
  float epsilon;
  float low, high;
};

// A NaN stays a NaN, as in at::clamp.
AGON_HOST_DEVICE inline float ClampTo(float value, float low, float high) {
  const float raised = value < low ? low : value;
  return raised > high ? high : raised;
}

AGON_HOST_DEVICE inline float SignOf(float value) {
  return static_cast<float>(static_cast<int>(value > 0.0F) - static_cast<int>(value < 0.0F));
}

AGON_HOST_DEVICE inline float SignProjectClipAt(float x, float gradient, float origin,
                                                const StepSettings& s) {
  const float moved = x + s.step * SignOf(gradient);
  const float difference = ClampTo(moved - origin, -s.epsilon, s.epsilon);
  return ClampTo(origin + difference, s.low, s.high);
}

// APGD projects by clamping to [origin - epsilon, origin + epsilon], then to the box, as the
// reference does; this rounds differently from clamping the difference.
AGON_HOST_DEVICE inline float MomentumSignAt(float x, float previous, float gradient, float origin,
                                             float step, const MomentumSettings& s) {
  const float bottom = origin - s.epsilon;
  const float top = origin + s.epsilon;
  const float z = ClampTo(ClampTo(x + step * SignOf(gradient), bottom, top), s.low, s.high);
  const float mixed = x + (z - x) * s.momentum + (x - previous) * s.rest;
  return ClampTo(ClampTo(mixed, bottom, top), s.low, s.high);
}

// What an iterative attack keeps of its examples: raw pointers, rows of one batch.
struct TrackedRows {
  bool* found;           // [M] misclassified at some point
  float* adversarial;    // [M,D] the latest misclassified point
  float* best;           // [M,D] the point of highest loss
  float* best_gradient;  // [M,D] and the gradient there
  float* best_loss;      // [M]
  float* last_loss;      // [M] of the step before
  float* growing;        // [M] how often the loss grew
};

// What a model said about the points x.
struct AnswerRows {
  const float* x;              // [M,D]
  const float* gradient;       // [M,D]
  const float* loss;           // [M]
  const float* logits;         // [M,K]
  const std::int64_t* labels;  // [M]
  std::int64_t rows, row_size, classes;
  bool targeted;
};

// Does class `index` with score `value` come before `other` as the largest, as in at::argmax: a NaN
// above all numbers, of equals the first?
AGON_HOST_DEVICE inline bool IsLarger(float value, std::int64_t index, float other,
                                      std::int64_t other_index) {
  const bool nan = value != value;
  const bool other_nan = other != other;
  if (nan || other_nan) return nan && (!other_nan || index < other_index);
  return value > other || (value == other && index < other_index);
}

// Which of a row's points the attack takes over.
struct RowVerdict {
  bool succeeded;
  bool better;
};

// Books one row; its D numbers are the caller's to copy.
AGON_HOST_DEVICE inline RowVerdict TrackRow(const TrackedRows& tracked, const AnswerRows& answer,
                                            std::int64_t row, std::int64_t prediction) {
  const float loss = answer.loss[row];
  const bool hit = prediction == answer.labels[row];
  const RowVerdict verdict{hit == answer.targeted, loss > tracked.best_loss[row]};
  if (verdict.succeeded) tracked.found[row] = true;
  if (verdict.better) tracked.best_loss[row] = loss;
  if (loss > tracked.last_loss[row]) tracked.growing[row] += 1.0F;
  tracked.last_loss[row] = loss;
  return verdict;
}

// The four numbers of block `block` in draw `draw` of example `index`.
AGON_HOST_DEVICE inline PhiloxBlock ExampleBlock(std::uint64_t key, std::uint32_t block,
                                                 std::uint32_t draw, std::uint64_t index) {
  return Philox4x32(key, PhiloxBlock{{block, draw, static_cast<std::uint32_t>(index),
                                      static_cast<std::uint32_t>(index >> 32)}});
}

AGON_HOST_DEVICE inline float UniformValue(std::uint32_t bits, float low, float span) {
  return low + span * UnitFloat(bits);
}

}  // namespace agon::kernels
