// SPDX-License-Identifier: Apache-2.0
// A generator as fast as this machine runs it: on the CPU LibTorch's fused oneDNN operators on
// weights packed once, channels last, in bfloat16 where the processor multiplies in it, with norms
// of two passes (norm_loops.h). Where an operator is missing, and on CUDA, the plain operators in
// the same precision. In float32 the result is Generator::Forward's but for rounding.
//
//   auto inference = MakeInference(generator, ResolvePrecision("auto", device), device);
//   Tensor zebra = inference->Forward(horse, &memory);
//
// Weights are copied; the generator may be trained on meanwhile.
//
// Who needs this file: whoever translates more than a few pictures (network_translator.h does).
//
// Thread safety: Forward from several threads, with memories of a StatisticsLine or without.
#pragma once

#include <memory>
#include <string>

#include "cyclegan/network/generator.h"

namespace agon::cyclegan {

class InferenceGenerator {
 public:
  virtual ~InferenceGenerator();
  // x [N,3,H,W] in [-1,1], H and W multiples of 4 of at least 16 (Error(kModel)), any strides, on
  // the device; the result in float32, likewise there. A memory serves one generator of one kind:
  // its numbers leave out what norms take away again (biases).
  [[nodiscard]] virtual Tensor Forward(const Tensor& x,
                                       StatisticsMemory* memory = nullptr) const = 0;
  [[nodiscard]] virtual std::string Description() const = 0;  // "bf16, fused oneDNN operators"
};

// float32, bf16; auto is bf16 where the processor multiplies in it, and on CUDA.
[[nodiscard]] std::string ResolvePrecision(const std::string& word, at::Device device);

// `precision`: float32 or bf16.
[[nodiscard]] std::unique_ptr<InferenceGenerator> MakeInference(const Generator& generator,
                                                                const std::string& precision,
                                                                at::Device device);

// The two kinds, for tests and benchmarks. Fused: null when LibTorch has the operators not, or not
// for this precision on this processor.
[[nodiscard]] std::unique_ptr<InferenceGenerator> MakePlainInference(const Generator& generator,
                                                                     const std::string& precision,
                                                                     at::Device device);
[[nodiscard]] std::unique_ptr<InferenceGenerator> MakeFusedInference(const Generator& generator,
                                                                     const std::string& precision);

}  // namespace agon::cyclegan
