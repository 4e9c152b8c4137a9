// SPDX-License-Identifier: Apache-2.0
// Which device a command computes on, with how many threads, and how exactly. Chosen once by the
// command and handed down; nothing asks for it globally.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/tensor/types.h"

namespace agon {

struct DevicePolicy {
  at::Device device = at::kCPU;
  int threads = 1;
  std::string description;         // "cpu (Intel Xeon Processor, 2 threads, AVX512)"
  std::vector<std::string> notes;  // what cannot be deterministic here, TF32, for the manifest
};

// "auto" (CUDA where present), "cpu", "cuda", "cuda:1". Loads LibTorch's CUDA half and
// libagon_cuda.so first where a driver is found. Sets LibTorch's threads (0: as many as this
// process may use), turns on deterministic algorithms, turns off TF32 and cuDNN benchmarking. Call
// once, before other work. Error(kDevice): an unknown word, or CUDA asked for and not usable, with
// the reason and the cure.
[[nodiscard]] DevicePolicy ChooseDevice(std::string_view word, int threads = 0);

// What `agon doctor` shows: {"driver": bool, "libtorch_cuda": bool, "agon_cuda": bool,
// "devices": [...], "reason": "..."}.
[[nodiscard]] nlohmann::json DescribeCuda();

// Cores this process may run on (affinity and cgroup quota), at least 1.
[[nodiscard]] int AvailableCores();

// From now on LibTorch's operators use `threads` threads when they are called from the calling
// thread; other threads, present and future, keep what they have. For a thread that computes beside
// others. Cheap when it is so already.
void LimitThreadsHere(int threads);

// The most bytes that tensors on `device` held at once since the last ForgetPeakMemory; the
// driver's own few hundred MB come on top. 0 on a CPU, whose memory the system counts.
[[nodiscard]] std::int64_t PeakDeviceBytes(at::Device device);
void ForgetPeakMemory(at::Device device);

// Makes the allocator keep large blocks instead of returning them to the system after each batch
// (glibc only). Call once at start.
void KeepFreedMemory();

}  // namespace agon
