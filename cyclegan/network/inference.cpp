// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/inference.h"

#include <c10/core/InferenceMode.h>

#include "runtime/base/error.h"

namespace agon::cyclegan {

InferenceGenerator::~InferenceGenerator() = default;

std::string ResolvePrecision(const std::string& word, at::Device device) {
  AGON_CHECK(word == "auto" || word == "float32" || word == "bf16");
  if (word != "auto") return word;
#if defined(__x86_64__)
  const bool cpu_multiplies = __builtin_cpu_supports("avx512bf16") != 0;
#else
  const bool cpu_multiplies = false;
#endif
  return !device.is_cpu() || cpu_multiplies ? "bf16" : "float32";
}

namespace {

class PlainInference final : public InferenceGenerator {
 public:
  PlainInference(const Generator& generator, const std::string& precision, at::Device device)
      : generator_(generator.settings(), /*seed=*/0),
        type_(precision == "bf16" ? at::kBFloat16 : at::kFloat),
        // The tensor cores want it, which float32 does not use here (no TF32): there it costs 17 to
        // 47 % (H100). The plain operators of the CPU do not gain by it either.
        format_(device.is_cuda() && type_ == at::kBFloat16 ? at::MemoryFormat::ChannelsLast
                                                           : at::MemoryFormat::Contiguous) {
    generator_.LoadState(generator.State());
    for (const nn::Slot& slot : generator_.slots()) {
      Tensor moved = slot.tensor->to(device, type_);
      if (moved.dim() == 4) moved = moved.contiguous(format_);
      slot.tensor->set_data(moved);
    }
  }
  Tensor Forward(const Tensor& x, StatisticsMemory* memory) const override {
    const c10::InferenceMode inference;
    return generator_.Forward(x.contiguous(format_), memory).to(at::kFloat);
  }
  std::string Description() const override {
    return fmt::format("{}, plain operators", type_ == at::kFloat ? "float32" : "bf16");
  }

 private:
  Generator generator_;
  at::ScalarType type_;
  at::MemoryFormat format_;
};

}  // namespace

std::unique_ptr<InferenceGenerator> MakePlainInference(const Generator& generator,
                                                       const std::string& precision,
                                                       at::Device device) {
  return std::make_unique<PlainInference>(generator, precision, device);
}

std::unique_ptr<InferenceGenerator> MakeInference(const Generator& generator,
                                                  const std::string& precision, at::Device device) {
  if (device.is_cpu()) {
    if (auto fused = MakeFusedInference(generator, precision)) return fused;
  }
  return MakePlainInference(generator, precision, device);
}

}  // namespace agon::cyclegan
