// SPDX-License-Identifier: Apache-2.0
// Loads the CUDA half late: LibTorch's own (libtorch_cuda.so), then ours (libagon_cuda.so), and
// only where a driver is found, so that one binary serves a laptop and a GPU server.
//
// Who needs this file: device.cpp, which loads, and the kernels' front doors, which ask.
//
// Thread safety: LoadCuda once, by ChooseDevice or DescribeCuda; Cuda() from any thread afterwards.
#pragma once

#include <string>

#include "runtime/tensor/cuda_api.h"
#include "runtime/tensor/types.h"

namespace agon {

struct CudaState {
  bool driver = false;         // a driver is installed
  bool libtorch_cuda = false;  // LibTorch's CUDA half is loaded
  bool agon_cuda = false;      // ours too
  std::string reason;          // why the first of these that is false is false
};

// Idempotent. LibTorch remembers "no CUDA" if it is asked before: call this first.
const CudaState& LoadCuda();

// Our CUDA functions, or null when they are not loaded (callers then use LibTorch's operators).
[[nodiscard]] const AgonCudaApi* Cuda();

// The current stream of the tensor's device, as AgonCudaApi wants it.
[[nodiscard]] void* CurrentStream(const Tensor& tensor);

// Error(kDevice) unless `code` is 0.
void CheckCuda(int code, const char* what);

}  // namespace agon
