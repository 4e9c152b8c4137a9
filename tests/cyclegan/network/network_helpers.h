// SPDX-License-Identifier: Apache-2.0
// What the tests of the networks share: random pictures, comparisons, the layers computed anew by
// plain loops.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "cyclegan/network/generator.h"
#include "runtime/base/error.h"
#include "runtime/base/temporary_folder.h"
#include "runtime/tensor/random.h"

namespace agon::cyclegan {

// In [-1,1], always the same.
inline Tensor RandomPictures(std::int64_t count, std::int64_t height, std::int64_t width,
                             std::uint64_t seed = 1) {
  const Tensor index = at::arange(count, at::kLong);
  return RandomSource(seed).Stream("pictures").For(index).Uniform({3, height, width}, -1, 1);
}

inline double LargestDifference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// Weights and biases large enough that every layer matters: the reference's 0.02 leaves the output
// of a deep generator close to that of its last convolution's bias.
inline void Season(Generator& generator, std::uint64_t seed) {
  NamedTensors state = generator.State();
  const RandomSource source = RandomSource(seed).Stream("season");
  const Tensor first = at::zeros({1}, at::kLong);
  for (auto& [name, tensor] : state) {
    const Shape shape(tensor.sizes().begin(), tensor.sizes().end());
    const double size = name.ends_with("bias") ? 0.3 : 0.15;
    tensor = source.Stream(name).For(first).Normal(shape).squeeze(0) * size;
  }
  generator.LoadState(state);
}

inline std::string MessageOf(const std::function<void()>& work, ErrorKind kind) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace agon::cyclegan
