// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/cuda_library.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <atomic>
#include <filesystem>

#include "runtime/base/error.h"

namespace agon {
namespace {

std::atomic<const AgonCudaApi*> loaded_api{nullptr};

bool DriverIsInstalled() {
  std::error_code ignored;
  if (std::filesystem::exists("/proc/driver/nvidia/version", ignored)) return true;
  // Containers and WSL have the library without the /proc entry. It stays open: CUDA needs it.
  return dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) != nullptr;
}

std::string LastDlError() {
  const char* text = dlerror();
  return text != nullptr ? text : "unknown error";
}

// libagon_cuda.so lies beside the library that holds this function.
std::filesystem::path OwnFolder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&OwnFolder), &info) == 0) return {};
  return std::filesystem::path(info.dli_fname).parent_path();
}

void* OpenOurs() {
  const auto beside = OwnFolder() / "libagon_cuda.so";
  std::error_code ignored;
  const std::string name =
      std::filesystem::exists(beside, ignored) ? beside.string() : "libagon_cuda.so";
  return dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
}

// Libraries stay loaded until the process ends: LibTorch does not survive unloading.
CudaState Load() {
  CudaState state;
  state.driver = DriverIsInstalled();
  if (!state.driver) {
    state.reason = "no NVIDIA driver found (no /proc/driver/nvidia, no libcuda.so.1)";
    return state;
  }
  state.libtorch_cuda = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
  if (!state.libtorch_cuda) {
    state.reason =
        "LibTorch's CUDA half cannot be loaded (" + LastDlError() + "); run ./scripts/setup --cuda";
    return state;
  }
  void* ours = OpenOurs();
  if (ours == nullptr) {
    state.reason =
        "libagon_cuda.so cannot be loaded (" + LastDlError() + "); build with nvcc on the PATH";
    return state;
  }
  const auto get = reinterpret_cast<const AgonCudaApi* (*)()>(dlsym(ours, "agon_cuda_api"));
  const AgonCudaApi* api = get != nullptr ? get() : nullptr;
  if (api == nullptr || api->version != kAgonCudaVersion || api->size < sizeof(AgonCudaApi)) {
    state.reason = "libagon_cuda.so is of another version; rebuild";
    return state;
  }
  state.agon_cuda = true;
  loaded_api.store(api, std::memory_order_release);
  return state;
}

}  // namespace

const CudaState& LoadCuda() {
  static const CudaState state = Load();
  return state;
}

const AgonCudaApi* Cuda() { return loaded_api.load(std::memory_order_acquire); }

void* CurrentStream(const Tensor& tensor) {
  const c10::impl::VirtualGuardImpl guard(tensor.device().type());
  return guard.getStreamNativeHandle(guard.getStream(tensor.device()));
}

void CheckCuda(int code, const char* what) {
  if (code == 0) return;
  const AgonCudaApi* api = Cuda();
  Fail(ErrorKind::kDevice, "{} failed on the GPU: {}", what,
       api != nullptr ? api->error_text(code) : "CUDA is not loaded");
}

}  // namespace agon
