// SPDX-License-Identifier: Apache-2.0
// The generator through LibTorch's fused oneDNN operators, which its compiler of Python programs
// uses and its C++ interface does not name: they are found through the dispatcher. They take
// weights packed once for a size of picture.
//
//   convolution   without its bias, which the norm takes away again
//   norm          one pass for the statistics, one that normalises, adds the block's input, bends,
//                 and lays the result into the reflected frame that the next convolution wants
//   last one      the seven columns of its kernel as outputs (columns.h says why), summed with the
//                 bias in float32; tanh
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>

#include <map>
#include <mutex>

#include "cyclegan/network/columns.h"
#include "cyclegan/network/fused_norm.h"
#include "cyclegan/network/inference.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"

namespace agon::cyclegan {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Sizes = at::IntArrayRef;

// The operators. Find throws c10::Error when this LibTorch lacks one or has it with other
// arguments.
struct Operators {
  using Reorder = Tensor(const Tensor&, Sizes, Sizes, Sizes, std::int64_t, at::OptionalIntArrayRef);
  using Conv = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, Sizes, Sizes,
                      Sizes, std::int64_t, std::string_view, Scalars,
                      std::optional<std::string_view>);
  using ReorderTransposed = Tensor(const Tensor&, Sizes, Sizes, Sizes, Sizes, std::int64_t,
                                   at::OptionalIntArrayRef);
  using Transposed = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, Sizes,
                            Sizes, Sizes, Sizes, std::int64_t, std::string_view, Scalars,
                            std::optional<std::string_view>);

  c10::TypedOperatorHandle<Reorder> reorder;
  c10::TypedOperatorHandle<Conv> conv;
  c10::TypedOperatorHandle<ReorderTransposed> reorder_transposed;
  c10::TypedOperatorHandle<Transposed> transposed;

  static Operators Find() {
    const auto find = [](const char* name) {
      return c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
    };
    return {
        find("mkldnn::_reorder_convolution_weight").typed<Reorder>(),
        find("mkldnn::_convolution_pointwise").typed<Conv>(),
        find("mkldnn::_reorder_convolution_transpose_weight").typed<ReorderTransposed>(),
        find("mkldnn::_convolution_transpose_pointwise").typed<Transposed>(),
    };
  }
};

constexpr std::int64_t kOnes[] = {1, 1};

// A convolution: its weight, and how it is applied.
struct Layer {
  Tensor weight;  // channels last
  std::int64_t stride = 1, padding = 0;
  bool transposed = false;
};

class FusedInference final : public InferenceGenerator {
 public:
  FusedInference(const Generator& generator, at::ScalarType type)
      : operators_(Operators::Find()), type_(type), settings_(generator.settings()) {
    antialias_ = settings_.resampling == "antialias";
    std::vector<nn::Slot> slots = generator.slots();
    if (settings_.output == "blend") {
      const auto taken = [&](const nn::Slot& slot) {
        return slot.tensor->detach().to(at::kCPU, type, /*non_blocking=*/false, /*copy=*/true);
      };
      mask_bias_ = taken(slots.back());
      slots.pop_back();
      mask_weight_ = taken(slots.back()).contiguous(at::MemoryFormat::ChannelsLast);
      slots.pop_back();
    }
    const auto blocks = static_cast<std::size_t>(2 * settings_.blocks);
    for (std::size_t i = 0; i < slots.size(); i += 2) {
      const std::size_t place = i / 2;
      Layer& layer = layers_.emplace_back();
      const Tensor weight = slots[i].tensor->detach();
      layer.weight = (i + 2 == slots.size() ? ColumnsAsOutputs(weight) : weight.clone())
                         .to(at::kCPU, type)
                         .contiguous(at::MemoryFormat::ChannelsLast);
      const bool down = place == 1 || place == 2;
      const bool up = place == blocks + 3 || place == blocks + 4;
      layer.padding = down || up ? 1 : 0;
      layer.stride = (down || up) && !antialias_ ? 2 : 1;
      layer.transposed = up && !antialias_;
    }
    bias_ = slots.back().tensor->detach().to(at::kCPU).clone().view({1, 3, 1, 1});
  }

  Tensor Forward(const Tensor& x, StatisticsMemory* memory) const override {
    const c10::InferenceMode inference;
    if (memory != nullptr && memory->decay <= 0) memory = nullptr;
    return Run(x, memory);
  }
  std::string Description() const override {
    return fmt::format("{}, fused oneDNN operators", type_ == at::kFloat ? "float32" : "bf16");
  }

 private:
  using Packed = std::vector<Tensor>;  // one a layer

  // What one call works on.
  struct Call {
    StatisticsMemory* memory;
    std::shared_ptr<const Packed> packed;
    std::size_t layer = 0, norm = 0;  // the next ones
  };

  Tensor Run(const Tensor& x, StatisticsMemory* memory) const {
    RequireGeneratorInput(x);
    constexpr double kRelu = 0;
    Call call{.memory = memory, .packed = PackedFor(x.sizes())};
    Tensor h =
        at::reflection_pad2d(x.to(type_).contiguous(at::MemoryFormat::ChannelsLast), {3, 3, 3, 3});
    h = Norm(call, Conv(call, h), {.slope = kRelu});
    const std::int64_t frame = settings_.blocks > 0 ? 1 : 0;
    for (int i = 0; i < 2; ++i) {
      const std::int64_t pad = i == 1 ? frame : 0;
      h = Conv(call, h);
      h = antialias_ ? Framed(BlurDown(Norm(call, h, {.slope = kRelu, .pad = 1})), pad)
                     : Norm(call, h, {.slope = kRelu, .pad = pad});
    }
    // The stream lies in its frame, [N,4C,H/4+2,W/4+2], and is added to in place.
    for (std::int64_t i = 0; i < settings_.blocks; ++i) {
      const Tensor inner = Norm(call, Conv(call, h), {.slope = kRelu, .pad = 1});
      const bool last = i + 1 == settings_.blocks;
      h = Norm(call, Conv(call, inner), {.pad = last ? 0 : 1, .residual = h, .residual_pad = 1});
    }
    for (int i = 0; i < 2; ++i) {
      if (antialias_) h = BlurUp(h);
      h = Norm(call, Conv(call, h), {.slope = kRelu, .pad = i == 1 ? 3 : 0});
    }
    const Tensor parts = Conv(call, h);
    AGON_CHECK(call.layer == layers_.size());
    const Tensor painted = SumColumns(parts).add_(bias_).tanh_();
    return mask_weight_.defined() ? Blend(h, mask_weight_, mask_bias_, painted, x.to(at::kFloat))
                                  : painted;
  }

  Tensor Conv(Call& call, const Tensor& x) const {
    const Layer& layer = layers_[call.layer];
    const Tensor& packed = (*call.packed)[call.layer++];
    const std::int64_t padding[] = {layer.padding, layer.padding};
    const std::int64_t stride[] = {layer.stride, layer.stride};
    if (layer.transposed) {
      return operators_.transposed.call(x, packed, std::nullopt, padding, kOnes, stride, kOnes, 1,
                                        "none", Scalars(), std::nullopt);
    }
    return operators_.conv.call(x, packed, std::nullopt, padding, stride, kOnes, 1, "none",
                                Scalars(), std::nullopt);
  }

  // In x itself without a frame, in the residual where that has the same.
  Tensor Norm(Call& call, const Tensor& x, const Then& then) const {
    auto [mean, variance] = NormStatistics(x);  // [N,C]
    if (call.memory != nullptr) Smooth(*call.memory, call.norm++, mean, variance);
    const Tensor scale = variance.add_(kNormEpsilon).rsqrt_();
    const Tensor shift = mean.mul_(scale).neg_();
    Tensor out;
    if (then.pad == 0) out = x;
    if (then.pad > 0 && then.residual.defined()) out = then.residual;
    return ApplyNorm(x, scale, shift, then, out);
  }

  static Tensor Framed(const Tensor& x, std::int64_t pad) {
    if (pad == 0) return x;
    const Tensor ones = at::ones({x.size(0), x.size(1)}, at::kFloat);
    return ApplyNorm(x, ones, at::zeros_like(ones), {.pad = pad});
  }

  // Of a picture in a frame of one pixel; see generator.cpp.
  static Tensor BlurDown(const Tensor& framed) {
    return at::avg_pool2d(at::avg_pool2d(framed, {2, 2}, {1, 1}), {2, 2}, {2, 2});
  }
  static Tensor BlurUp(const Tensor& x) {
    return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
  }

  std::shared_ptr<const Packed> PackedFor(Sizes pictures) const {
    constexpr std::size_t kKept = 4;  // sizes: a video has one or two, the last batch being smaller
    const std::scoped_lock lock(mutex_);
    // What is best depends on the number of threads too.
    std::vector<std::int64_t> key(pictures.begin(), pictures.end());
    key.push_back(at::get_num_threads());
    const auto found = packed_.find(key);
    if (found != packed_.end()) return found->second;
    if (packed_.size() >= kKept) packed_.clear();
    return packed_[key] = Pack(pictures);
  }

  std::shared_ptr<const Packed> Pack(Sizes pictures) const {
    auto packed = std::make_shared<Packed>();
    std::int64_t height = pictures[2];
    std::int64_t width = pictures[3];
    const std::size_t ups = layers_.size() - 3;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Layer& layer = layers_[i];
      const bool ends = i == 0 || i + 1 == layers_.size();
      const std::int64_t frame = ends ? 3 : layer.padding == 0 ? 1 : 0;
      if (antialias_ && i >= ups && !ends) height *= 2, width *= 2;
      const std::int64_t input[] = {pictures[0], layer.weight.size(layer.transposed ? 0 : 1),
                                    height + 2 * frame, width + 2 * frame};
      const std::int64_t padding[] = {layer.padding, layer.padding};
      const std::int64_t stride[] = {layer.stride, layer.stride};
      packed->push_back(
          layer.transposed
              ? operators_.reorder_transposed.call(layer.weight, padding, kOnes, stride, kOnes, 1,
                                                   at::OptionalIntArrayRef(Sizes(input)))
              : operators_.reorder.call(layer.weight, padding, stride, kOnes, 1,
                                        at::OptionalIntArrayRef(Sizes(input))));
      if (i == 1 || i == 2) height /= 2, width /= 2;
      if (layer.transposed) height *= 2, width *= 2;
    }
    return packed;
  }

  Operators operators_;
  at::ScalarType type_;
  GeneratorSettings settings_;
  bool antialias_ = false;
  std::vector<Layer> layers_;       // in the order of the generator's tensors
  Tensor bias_;                     // of the last one
  Tensor mask_weight_, mask_bias_;  // of the mask; undefined without
  mutable std::mutex mutex_;        // guards packed_
  mutable std::map<std::vector<std::int64_t>, std::shared_ptr<const Packed>> packed_;
};

}  // namespace

std::unique_ptr<InferenceGenerator> MakeFusedInference(const Generator& generator,
                                                       const std::string& precision) {
  try {
    const c10::InferenceMode inference;
    auto fused = std::make_unique<FusedInference>(generator,
                                                  precision == "bf16" ? at::kBFloat16 : at::kFloat);
    // Once for real: an operator may be there and refuse the type on this processor.
    (void)fused->Forward(at::zeros({1, 3, 16, 16}), nullptr);
    return fused;
  } catch (const c10::Error& error) {
    log::Debug("fused operators cannot be used: {}", error.what_without_backtrace());
    return nullptr;
  }
}

}  // namespace agon::cyclegan
