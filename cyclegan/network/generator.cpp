// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/generator.h"

#include "cyclegan/network/columns.h"
#include "cyclegan/network/fused_norm.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr std::int64_t kSmallest = 16;  // four pixels where the blocks work

Tensor Reflect(const Tensor& x, std::int64_t pixels) {
  return at::reflection_pad2d(x, {pixels, pixels, pixels, pixels});
}

Tensor Inside(const Tensor& framed, std::int64_t pad) {
  return framed.slice(2, pad, framed.size(2) - pad).slice(3, pad, framed.size(3) - pad);
}

// A norm after a convolution, and what follows it. Without a memory each frame has statistics of
// its own.
class Norms {
 public:
  explicit Norms(StatisticsMemory* memory) : memory_(memory) {
    if (memory_ != nullptr && memory_->decay <= 0) memory_ = nullptr;
  }
  Tensor operator()(const Tensor& x, const Then& then) {
    return memory_ == nullptr ? NormThen(x, then) : Smoothed(x, then);
  }

 private:
  Tensor Smoothed(const Tensor& x, const Then& then) {
    const Tensor x32 = x.to(at::kFloat);
    auto [variance, mean] =
        at::var_mean(x32, {2, 3}, /*unbiased=*/false, /*keepdim=*/false);  // [N,C]
    Smooth(*memory_, index_++, mean, variance);
    const Tensor scale = variance.add(kNormEpsilon).rsqrt_();
    const Tensor shift = mean.mul(scale).neg_();
    Tensor y = at::addcmul(shift.unsqueeze(2).unsqueeze(3), x32, scale.unsqueeze(2).unsqueeze(3))
                   .to(x.scalar_type());
    if (then.slope == 0) y = at::relu(y);
    if (then.residual.defined()) y = y + Inside(then.residual, then.residual_pad);
    return then.pad > 0 ? Reflect(y, then.pad) : y;
  }

  StatisticsMemory* memory_;
  std::size_t index_ = 0;  // of the norm
};

Tensor Conv(const Tensor& x, const ConvWeights& conv, std::int64_t stride = 1,
            std::int64_t padding = 0) {
  return at::conv2d(x, conv.weight, conv.bias, {stride, stride}, {padding, padding});
}

// [1,2,1] x [1,2,1] / 16 with stride 2 over a picture in a frame of one reflected pixel, as two
// means of 2x2 pixels.
Tensor BlurDown(const Tensor& framed) {
  return at::avg_pool2d(at::avg_pool2d(framed, {2, 2}, {1, 1}), {2, 2}, {2, 2});
}

// A transposed convolution by [1,3,3,1] x [1,3,3,1] / 16 with borders repeated is this.
Tensor BlurUp(const Tensor& x) {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

}  // namespace

void Smooth(StatisticsMemory& memory, std::size_t norm, Tensor& mean, Tensor& variance) {
  if (memory.line != nullptr) return memory.line->Smooth(memory.frame, norm, mean, variance);
  AGON_CHECK(norm <= memory.mean.size() && memory.mean.size() == memory.variance.size());
  const bool begins = norm == memory.mean.size();
  if (begins) {
    memory.mean.emplace_back();
    memory.variance.emplace_back();
  }
  const auto smooth = [&](Tensor& frames, Tensor& last) {
    for (std::int64_t t = 0; t < frames.size(0); ++t) {
      Tensor now = frames[t];  // [C], a view
      if (last.defined()) now.lerp_(last, memory.decay);
      last = now;
    }
    last = last.detach().clone();
  };
  smooth(mean, memory.mean[norm]);
  smooth(variance, memory.variance[norm]);
}

void StatisticsMemory::Reset() {
  mean.clear();
  variance.clear();
}

StatisticsMemory StatisticsLine::Place() {
  return {.decay = memory_.decay, .line = this, .frame = next_++};
}

void StatisticsLine::Smooth(std::int64_t frame, std::size_t norm, Tensor& mean, Tensor& variance) {
  std::unique_lock lock(mutex_);
  if (norm >= passed_.size()) passed_.resize(norm + 1, 0);
  passed_one_.wait(lock, [&] { return broken_ || passed_[norm] == frame; });
  if (broken_) Fail(ErrorKind::kInternal, "the frame before this one was not translated");
  cyclegan::Smooth(memory_, norm, mean, variance);
  ++passed_[norm];
  passed_one_.notify_all();
}

void StatisticsLine::Break() {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  passed_one_.notify_all();
}

void StatisticsLine::Mend() {
  const std::lock_guard lock(mutex_);
  broken_ = false;
  passed_.clear();
  next_ = 0;
}

void GeneratorSettings::Describe(config::Fields<GeneratorSettings>& f) {
  using S = GeneratorSettings;
  f.Field(&S::width, "width", "channels of the first convolution (ngf)").Min(1).Max(512);
  f.Field(&S::blocks, "blocks", "residual blocks of two convolutions").Min(0).Max(64);
  f.Field(&S::resampling, "resampling",
          "transposed: as the reference; antialias: blurred, as CUT, without checkerboard")
      .Choices({"transposed", "antialias"});
  f.Field(&S::output, "output",
          "picture: as the reference; blend: with a mask of what changes, the rest is copied")
      .Choices({"picture", "blend"});
}

Generator::Generator(const GeneratorSettings& settings, std::uint64_t seed)
    : settings_(settings), blocks_(static_cast<std::size_t>(2 * settings.blocks)) {
  AGON_CHECK(settings.resampling == "transposed" || settings.resampling == "antialias");
  AGON_CHECK(settings.output == "picture" || settings.output == "blend");
  AGON_CHECK(settings.width > 0 && settings.blocks >= 0);
  const std::int64_t c = settings.width;
  const auto make = [&](ConvWeights& conv, std::int64_t in, std::int64_t out, std::int64_t kernel,
                        const std::string& name) {
    MakeConv(conv, {out, in, kernel, kernel}, out, "model." + name, slots_);
  };
  // The places in the reference's nn.Sequential: after a convolution come norm and relu, and with
  // antialias a blur after each of the two down and before each of the two up.
  const std::int64_t step = antialias() ? 4 : 3;
  make(first_, 3, c, 7, "1");
  make(down_[0], c, 2 * c, 3, "4");
  make(down_[1], 2 * c, 4 * c, 3, std::to_string(4 + step));
  std::int64_t place = 4 + 2 * step;
  for (std::size_t i = 0; i < blocks_.size(); i += 2, ++place) {
    const std::string block = std::to_string(place) + ".conv_block.";
    make(blocks_[i], 4 * c, 4 * c, 3, block + "1");
    make(blocks_[i + 1], 4 * c, 4 * c, 3, block + "5");
  }
  for (ConvWeights& conv : up_) {
    const std::int64_t in = &conv == up_ ? 4 * c : 2 * c;
    if (antialias()) {
      make(conv, in, in / 2, 3, std::to_string(place + 1));
    } else {
      MakeConv(conv, {in, in / 2, 3, 3}, in / 2, "model." + std::to_string(place), slots_);
    }
    place += step;
  }
  make(last_, c, 3, 7, std::to_string(place + 1));
  if (blends()) MakeConv(mask_, {1, c, 3, 3}, 1, "mask", slots_);
  DrawWeights(slots_, seed, "cyclegan generator");
}

Tensor Blend(const Tensor& features, const Tensor& mask_weight, const Tensor& mask_bias,
             const Tensor& painted, const Tensor& x) {
  const Tensor mask = at::sigmoid(at::conv2d(Inside(features, 2), mask_weight, mask_bias));
  return at::lerp(x, painted, mask.to(x.scalar_type()).expand_as(x));  // mask [N,1,H,W]
}

void RequireGeneratorInput(const Tensor& x) {
  if (x.dim() != 4 || x.size(1) != 3 || x.size(2) % 4 != 0 || x.size(3) % 4 != 0 ||
      x.size(2) < kSmallest || x.size(3) < kSmallest) {
    Fail(ErrorKind::kModel,
         "the generator takes pictures [N,3,H,W] with H and W multiples of 4 of at least {}, got "
         "{}; pad them by reflection",
         kSmallest, SizesText(x));
  }
}

Tensor Generator::Forward(const Tensor& x, StatisticsMemory* memory) const {
  RequireGeneratorInput(x);
  constexpr double kRelu = 0;
  Norms norm(memory);
  const std::int64_t frame = blocks_.empty() ? 0 : 1;  // of what the blocks read
  // Weights of less precision (inference) do not take any from what a blend copies.
  const Tensor given = x.to(first_.weight.scalar_type());
  Tensor h = norm(ConvFromColours(Reflect(given, 3), first_.weight, first_.bias),
                  {.slope = kRelu});  // [N,C,H,W]
  for (const ConvWeights& conv : down_) {
    const bool last = &conv != down_;
    if (antialias()) {
      h = BlurDown(norm(Conv(h, conv, 1, 1), {.slope = kRelu, .pad = 1}));
      if (last && frame > 0) h = Reflect(h, frame);
    } else {
      h = norm(Conv(h, conv, 2, 1), {.slope = kRelu, .pad = last ? frame : 0});
    }
  }
  // The stream lies in its frame: [N,4C,H/4+2,W/4+2].
  for (std::size_t i = 0; i < blocks_.size(); i += 2) {
    const Tensor inner = norm(Conv(h, blocks_[i]), {.slope = kRelu, .pad = 1});
    h = norm(Conv(inner, blocks_[i + 1]),
             {.pad = i + 2 < blocks_.size() ? 1 : 0, .residual = h, .residual_pad = 1});
  }
  for (const ConvWeights& conv : up_) {
    h = antialias() ? Conv(BlurUp(h), conv, 1, 1)
                    : at::conv_transpose2d(h, conv.weight, conv.bias, {2, 2}, {1, 1},
                                           /*output_padding=*/{1, 1});
    h = norm(h, {.slope = kRelu, .pad = &conv == up_ ? 0 : 3});
  }
  const Tensor painted = at::tanh(ConvToColours(h, last_.weight, last_.bias));
  return blends() ? Blend(h, mask_.weight, mask_.bias, painted.to(x.scalar_type()), x) : painted;
}

std::vector<Tensor> Generator::Parameters() const { return TensorsOf(slots_); }
NamedTensors Generator::State() const { return StateOf(slots_); }
void Generator::LoadState(const NamedTensors& state) {
  CopyState(slots_, state, fmt::format("the generator ({})", Summary()));
}
void Generator::SetRequiresGrad(bool requires_grad) { SetRequiresGradOf(slots_, requires_grad); }
void Generator::To(at::Device device) { MoveTo(slots_, device); }
std::int64_t Generator::ParameterCount() const { return CountOf(slots_); }

std::int64_t Generator::MacCount(std::int64_t height, std::int64_t width) const {
  const std::int64_t full = height * width;
  const std::int64_t half = full / 4;
  const std::int64_t quarter = full / 16;
  std::int64_t count = full * (first_.weight.numel() + last_.weight.numel());
  if (blends()) count += full * mask_.weight.numel();
  for (const ConvWeights& conv : blocks_) count += quarter * conv.weight.numel();
  // With antialias the convolutions work at the larger size of the two.
  count += (antialias() ? full : half) * down_[0].weight.numel();
  count += (antialias() ? half : quarter) * down_[1].weight.numel();
  count += (antialias() ? half : quarter) * up_[0].weight.numel();
  count += (antialias() ? full : half) * up_[1].weight.numel();
  return count;
}

std::string Generator::Summary() const {
  return fmt::format("resnet, {} blocks of {}, {}{}; {} parameters", settings_.blocks,
                     settings_.width, settings_.resampling, blends() ? ", blended" : "",
                     WithCommas(ParameterCount()));
}

}  // namespace agon::cyclegan
