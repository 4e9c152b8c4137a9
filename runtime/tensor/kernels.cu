// SPDX-License-Identifier: Apache-2.0
// The CUDA twins of loops.cpp: the same arithmetic (kernel_math.h), one thread an element or a
// Philox block. Compiled with --fmad=false, so that they give the bits of the CPU.
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>

#include "runtime/tensor/cuda_api.h"

namespace agon::kernels {
namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kMaxBlocks = 1 << 16;  // beyond it each thread takes several elements

int BlocksFor(std::int64_t count) {
  return static_cast<int>(std::min((count + kThreads - 1) / kThreads, kMaxBlocks));
}

__device__ std::int64_t FirstIndex() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ std::int64_t Stride() { return static_cast<std::int64_t>(gridDim.x) * blockDim.x; }

__global__ void SignProjectClipKernel(float* x, const float* gradient, const float* origin,
                                      std::int64_t count, StepSettings settings) {
  for (std::int64_t i = FirstIndex(); i < count; i += Stride()) {
    x[i] = SignProjectClipAt(x[i], gradient[i], origin[i], settings);
  }
}

__global__ void MomentumSignKernel(float* x, float* previous, const float* gradient,
                                   const float* origin, const float* step, std::int64_t count,
                                   std::int64_t per_example, MomentumSettings settings) {
  for (std::int64_t i = FirstIndex(); i < count; i += Stride()) {
    const float now = x[i];
    x[i] =
        MomentumSignAt(now, previous[i], gradient[i], origin[i], step[i / per_example], settings);
    previous[i] = now;
  }
}

// One block a row.
__global__ void TrackKernel(TrackedRows tracked, AnswerRows answer) {
  __shared__ float values[kThreads];
  __shared__ std::int64_t classes[kThreads];
  __shared__ RowVerdict verdict;
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t size = answer.row_size;
  for (std::int64_t row = blockIdx.x; row < answer.rows; row += gridDim.x) {
    const float* const scores = answer.logits + row * answer.classes;
    // A thread without a class of its own repeats the first one, which changes nothing.
    std::int64_t best = thread < answer.classes ? thread : 0;
    for (std::int64_t k = thread + kThreads; k < answer.classes; k += kThreads) {
      if (IsLarger(scores[k], k, scores[best], best)) best = k;
    }
    values[thread] = scores[best];
    classes[thread] = best;
    __syncthreads();
    for (int half = kThreads / 2; half > 0; half /= 2) {
      if (thread < half && IsLarger(values[thread + half], classes[thread + half], values[thread],
                                    classes[thread])) {
        values[thread] = values[thread + half];
        classes[thread] = classes[thread + half];
      }
      __syncthreads();
    }
    if (thread == 0) verdict = TrackRow(tracked, answer, row, classes[0]);
    __syncthreads();
    const RowVerdict of_row = verdict;
    for (std::int64_t i = row * size + thread; i < (row + 1) * size; i += kThreads) {
      const float x = answer.x[i];
      if (of_row.succeeded) tracked.adversarial[i] = x;
      if (of_row.better) {
        tracked.best[i] = x;
        tracked.best_gradient[i] = answer.gradient[i];
      }
    }
    __syncthreads();  // the shared places are used again by the next row
  }
}

__global__ void UniformKernel(float* out, Draw draw, float low, float span) {
  const std::int64_t blocks = (draw.per_example + 3) / 4;
  for (std::int64_t i = FirstIndex(); i < draw.examples * blocks; i += Stride()) {
    const std::int64_t example = i / blocks;
    const std::int64_t block = i % blocks;
    const PhiloxBlock bits = ExampleBlock(draw.key, static_cast<std::uint32_t>(block), draw.number,
                                          static_cast<std::uint64_t>(draw.indices[example]));
    float* to = out + example * draw.per_example + block * 4;
    const std::int64_t here = min(std::int64_t{4}, draw.per_example - block * 4);
    for (std::int64_t word = 0; word < here; ++word) {
      to[word] = UniformValue(bits.word[word], low, span);
    }
  }
}

const char* ErrorText(int code) { return cudaGetErrorString(static_cast<cudaError_t>(code)); }

int SignProjectClip(float* x, const float* gradient, const float* origin, std::int64_t count,
                    const StepSettings* settings, void* stream) {
  if (count == 0) return cudaSuccess;
  SignProjectClipKernel<<<BlocksFor(count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      x, gradient, origin, count, *settings);
  return cudaGetLastError();
}

int MomentumSign(float* x, float* previous, const float* gradient, const float* origin,
                 const float* step, std::int64_t examples, std::int64_t per_example,
                 const MomentumSettings* settings, void* stream) {
  const std::int64_t count = examples * per_example;
  if (count == 0) return cudaSuccess;
  MomentumSignKernel<<<BlocksFor(count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      x, previous, gradient, origin, step, count, per_example, *settings);
  return cudaGetLastError();
}

int Track(const TrackedRows* tracked, const AnswerRows* answer, void* stream) {
  if (answer->rows == 0) return cudaSuccess;
  const auto blocks = static_cast<int>(std::min(answer->rows, kMaxBlocks));
  TrackKernel<<<blocks, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(*tracked, *answer);
  return cudaGetLastError();
}

int Uniform(float* out, const Draw* draw, float low, float span, void* stream) {
  const std::int64_t count = draw->examples * ((draw->per_example + 3) / 4);
  if (count == 0) return cudaSuccess;
  UniformKernel<<<BlocksFor(count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(out, *draw,
                                                                                      low, span);
  return cudaGetLastError();
}

int DeviceName(int device, char* text, int capacity) {
  cudaDeviceProp properties{};
  const cudaError_t error = cudaGetDeviceProperties(&properties, device);
  if (error == cudaSuccess) {
    std::snprintf(text, static_cast<std::size_t>(capacity), "%s", properties.name);
  }
  return error;
}

constexpr AgonCudaApi kApi{sizeof(AgonCudaApi), kAgonCudaVersion, ErrorText,  SignProjectClip,
                           MomentumSign,        Uniform,          DeviceName, Track};

}  // namespace
}  // namespace agon::kernels

extern "C" const AgonCudaApi* agon_cuda_api() { return &agon::kernels::kApi; }
