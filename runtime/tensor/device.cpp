// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/device.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <malloc.h>
#include <sched.h>
#include <torch/cuda.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/tensor/cuda_library.h"

namespace agon {
namespace {

constexpr int kMaxThreads = 1024;

std::string ProcessorName() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (!line.starts_with("model name")) continue;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

// The quota of the process's own cgroup (version 2), in cores; infinite without one.
double QuotaInCores() {
  std::ifstream membership("/proc/self/cgroup");
  std::string group;
  for (std::string line; std::getline(membership, line);) {
    if (line.starts_with("0::")) group = line.substr(3);
  }
  double cores = HUGE_VAL;
  // A parent's quota binds as well.
  for (std::filesystem::path folder = group;; folder = folder.parent_path()) {
    std::ifstream file("/sys/fs/cgroup" + folder.string() + "/cpu.max");
    std::string quota;
    double period = 0;
    if (file >> quota >> period && quota != "max" && period > 0) {
      cores = std::min(cores, ParseReal(quota).value_or(HUGE_VAL) / period);
    }
    if (!folder.has_relative_path()) return cores;
  }
}

struct DeviceWord {
  bool automatic = false;
  bool cuda = false;
  int index = 0;
};

DeviceWord ParseWord(std::string_view word) {
  if (word == "auto") return {.automatic = true};
  if (word == "cpu") return {};
  if (word == "cuda") return {.cuda = true};
  if (word.starts_with("cuda:")) {
    const auto index = ParseInteger(word.substr(5));
    if (index && *index >= 0 && *index < 128) {
      return {.cuda = true, .index = static_cast<int>(*index)};
    }
  }
  const std::vector<std::string> words{"auto", "cpu", "cuda", "cuda:0"};
  Fail(ErrorKind::kDevice, "unknown device \"{}\"{}; write auto, cpu, cuda or cuda:N", word,
       DidYouMean(word, words));
}

std::string DeviceName(int index) {
  const AgonCudaApi* cuda = Cuda();
  char text[256] = "";
  if (cuda == nullptr || cuda->device_name(index, text, sizeof(text)) != 0) return "NVIDIA GPU";
  return text;
}

// Why CUDA cannot be used, or empty.
std::string WhyNoCuda() {
  const CudaState& state = LoadCuda();
  if (!state.libtorch_cuda) return state.reason;
  if (!torch::cuda::is_available()) {
    return "LibTorch finds no usable GPU (is the driver new enough, CUDA_VISIBLE_DEVICES empty?)";
  }
  return {};
}

// `cuda` without a number is the first one.
at::DeviceIndex IndexOf(at::Device device) {
  return device.has_index() ? device.index() : at::DeviceIndex{0};
}

void ForbidTf32() {
  auto& context = at::globalContext();
  for (const auto op :
       {at::Float32Op::ALL, at::Float32Op::CONV, at::Float32Op::RNN, at::Float32Op::MATMUL}) {
    context.setFloat32Precision(at::Float32Backend::CUDA, op, at::Float32Precision::IEEE);
  }
}

void ComputeDeterministically() {
  auto& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  // Filling fresh memory finds bugs in operators, not ours, and costs a pass over every result.
  context.setDeterministicFillUninitializedMemory(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
}

}  // namespace

DevicePolicy ChooseDevice(std::string_view word, int threads) {
  if (threads < 0 || threads > kMaxThreads) {
    Fail(ErrorKind::kDevice, "{} threads asked for; write 1 to {}, or 0 for all cores", threads,
         kMaxThreads);
  }
  const DeviceWord asked = ParseWord(word);
  // Read when cuBLAS starts; without it cuBLAS is not deterministic.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  bool cuda = false;
  if (asked.cuda || asked.automatic) {
    const std::string reason = WhyNoCuda();
    if (asked.cuda && !reason.empty()) {
      Fail(ErrorKind::kDevice, "device {} cannot be used: {}; use --device cpu", word, reason);
    }
    cuda = reason.empty();
  }
  if (cuda && asked.index >= torch::cuda::device_count()) {
    Fail(ErrorKind::kDevice, "device {} does not exist: there are {} GPUs, counted from 0", word,
         static_cast<int>(torch::cuda::device_count()));
  }

  DevicePolicy policy;
  policy.threads = threads > 0 ? threads : AvailableCores();
  at::set_num_threads(policy.threads);
  ComputeDeterministically();
  if (!cuda) {
    policy.description = fmt::format("cpu ({}, {} thread{}, {})", ProcessorName(), policy.threads,
                                     policy.threads == 1 ? "" : "s", at::get_cpu_capability());
    return policy;
  }
  ForbidTf32();
  policy.device = at::Device(at::kCUDA, static_cast<at::DeviceIndex>(asked.index));
  policy.description = fmt::format("cuda:{} ({})", asked.index, DeviceName(asked.index));
  policy.notes.emplace_back("TF32 is off; operators without a deterministic CUDA kernel only warn");
  if (!LoadCuda().agon_cuda) {
    policy.notes.push_back("own CUDA kernels are not used: " + LoadCuda().reason);
  }
  return policy;
}

nlohmann::json DescribeCuda() {
  const CudaState& state = LoadCuda();
  nlohmann::json devices = nlohmann::json::array();
  std::string reason = state.reason;
  if (state.libtorch_cuda) {
    const at::DeviceIndex count = torch::cuda::device_count();
    for (at::DeviceIndex i = 0; i < count; ++i) devices.push_back(DeviceName(i));
    if (count == 0) reason = WhyNoCuda();
  }
  return {{"driver", state.driver},
          {"libtorch_cuda", state.libtorch_cuda},
          {"agon_cuda", state.agon_cuda},
          {"devices", std::move(devices)},
          {"reason", std::move(reason)}};
}

int AvailableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int allowed = sched_getaffinity(0, sizeof(set), &set) == 0
                          ? CPU_COUNT(&set)
                          : static_cast<int>(std::thread::hardware_concurrency());
  const double cores = std::min<double>(allowed, std::ceil(QuotaInCores()));
  return std::clamp(static_cast<int>(cores), 1, kMaxThreads);
}

void LimitThreadsHere(int threads) {
  AGON_CHECK(threads > 0 && threads <= kMaxThreads);
  // OpenMP and MKL keep the number for each thread apart, which LibTorch sets on a thread's first
  // use from a number of its own, the same for all. set_num_threads changes both; the common one is
  // put back by a thread that has nothing else to do.
  if (at::get_num_threads() == threads) return;
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  int common = 0;
  std::thread([&common] { common = at::get_num_threads(); }).join();
  at::set_num_threads(threads);
  std::thread([common] { at::set_num_threads(common); }).join();
}

std::int64_t PeakDeviceBytes(at::Device device) {
  if (device.is_cpu()) return 0;
  using Kind = c10::CachingAllocator::StatType;
  return c10::getDeviceAllocator(device.type())
      ->getDeviceStats(IndexOf(device))
      .allocated_bytes[static_cast<std::size_t>(Kind::AGGREGATE)]
      .peak;
}

void ForgetPeakMemory(at::Device device) {
  if (!device.is_cpu()) c10::getDeviceAllocator(device.type())->resetPeakStats(IndexOf(device));
}

void KeepFreedMemory() {
  // glibc hands blocks from 128 KiB on straight back to the system, and every batch then pays for
  // fresh, zeroed pages again.
  constexpr int kKeepBelow = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kKeepBelow);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

}  // namespace agon
