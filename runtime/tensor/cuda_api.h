// SPDX-License-Identifier: Apache-2.0
// What libagon_cuda.so offers: one C function that returns a table of functions. Raw pointers to
// device memory, counts, and the stream to work on; no LibTorch. Each function returns a CUDA error
// code, 0 for success; the work is queued, not waited for, on the calling thread's current device.
//
// Who needs this file: kernels.cu, which implements it, and cuda_library.cpp, which loads it.
#pragma once

#include <cstdint>

#include "runtime/tensor/loops.h"

extern "C" {

// New functions are added at the end; `size` tells how many there are.
struct AgonCudaApi {
  std::uint32_t size;
  std::uint32_t version;  // kAgonCudaVersion; raised when a function changes
  const char* (*error_text)(int code);
  int (*sign_project_clip)(float* x, const float* gradient, const float* origin, std::int64_t count,
                           const agon::kernels::StepSettings* settings, void* stream);
  int (*momentum_sign)(float* x, float* previous, const float* gradient, const float* origin,
                       const float* step, std::int64_t examples, std::int64_t per_example,
                       const agon::kernels::MomentumSettings* settings, void* stream);
  // draw->indices is a device pointer.
  int (*uniform)(float* out, const agon::kernels::Draw* draw, float low, float span, void* stream);
  int (*device_name)(int device, char* text, int capacity);
  int (*track)(const agon::kernels::TrackedRows* tracked, const agon::kernels::AnswerRows* answer,
               void* stream);
};

// NOLINTNEXTLINE(readability-identifier-naming): a C symbol, looked up by this name
const AgonCudaApi* agon_cuda_api();

}  // extern "C"

namespace agon {
inline constexpr std::uint32_t kAgonCudaVersion = 1;
}  // namespace agon
