// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/discriminator.h"

#include "cyclegan/network/fused_norm.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr double kSlope = 0.2;  // of the leaky relu

}  // namespace

void DiscriminatorSettings::Describe(config::Fields<DiscriminatorSettings>& f) {
  using S = DiscriminatorSettings;
  f.Field(&S::width, "width", "channels of the first convolution (ndf)").Min(1).Max(512);
  f.Field(&S::layers, "layers",
          "convolutions with stride 2 (3: patches of 70x70 pixels); 0: single pixels")
      .Min(0)
      .Max(8);
}

Discriminator::Discriminator(const DiscriminatorSettings& settings, std::uint64_t seed)
    : settings_(settings) {
  AGON_CHECK(settings.width > 0 && settings.layers >= 0);
  const std::int64_t layers = settings.layers;
  stages_.reserve(static_cast<std::size_t>(layers + 3));  // slots point into them
  std::int64_t in = 3;
  std::int64_t place = 0;  // in the reference's nn.Sequential
  const char* const prefix = layers == 0 ? "net." : "model.";
  const auto add = [&](std::int64_t out, std::int64_t kernel, std::int64_t stride, bool norm) {
    Stage& stage = stages_.emplace_back();
    stage.kernel = kernel;
    stage.stride = stride;
    stage.padding = kernel == 4 ? 1 : 0;
    stage.norm = norm;
    MakeConv(stage.conv, {out, in, kernel, kernel}, out, prefix + std::to_string(place), slots_);
    in = out;
    place += norm ? 3 : 2;
  };
  const std::int64_t width = settings.width;
  if (layers == 0) {
    add(width, 1, 1, false);
    add(2 * width, 1, 1, true);
    add(1, 1, 1, false);
  } else {
    add(width, 4, 2, false);
    for (std::int64_t i = 1; i <= layers; ++i) {
      const std::int64_t multiple = std::int64_t{1} << std::min<std::int64_t>(i, 3);
      add(width * multiple, 4, i < layers ? 2 : 1, true);
    }
    add(1, 4, 1, false);
  }
  DrawWeights(slots_, seed, "cyclegan discriminator");
}

Tensor Discriminator::Forward(const Tensor& x) const {
  // What reaches the last convolution must be a pixel at least, and what a norm sees more than one:
  // the statistics of one pixel make everything 0.
  std::int64_t least = x.dim() == 4 ? std::min(x.size(2), x.size(3)) : 0;
  std::int64_t pixels = 0;
  for (const Stage& stage : stages_) {
    const std::int64_t room = least + 2 * stage.padding - stage.kernel;
    least = room < 0 ? 0 : room / stage.stride + 1;
    if (stage.norm && least < 2) least = 0;
    if (least == 0) break;
    pixels = least;
  }
  if (x.dim() != 4 || x.size(1) != 3 || least == 0 || pixels == 0) {
    Fail(ErrorKind::kModel,
         "the discriminator ({}) takes pictures [N,3,H,W] large enough for its {} layers, got {}; "
         "use larger pictures or fewer layers",
         Summary(), settings_.layers, SizesText(x));
  }
  Tensor h = x;
  for (const Stage& stage : stages_) {
    h = at::conv2d(h, stage.conv.weight, stage.conv.bias, {stage.stride, stage.stride},
                   {stage.padding, stage.padding});
    if (stage.norm) {
      h = NormThen(h, {.slope = kSlope});
    } else if (&stage != &stages_.back()) {
      h = at::leaky_relu_(h, kSlope);
    }
  }
  return h;
}

std::vector<Tensor> Discriminator::Parameters() const { return TensorsOf(slots_); }
NamedTensors Discriminator::State() const { return StateOf(slots_); }
void Discriminator::LoadState(const NamedTensors& state) {
  CopyState(slots_, state, fmt::format("the discriminator ({})", Summary()));
}
void Discriminator::SetRequiresGrad(bool requires_grad) {
  SetRequiresGradOf(slots_, requires_grad);
}
void Discriminator::To(at::Device device) { MoveTo(slots_, device); }
std::int64_t Discriminator::ParameterCount() const { return CountOf(slots_); }

std::int64_t Discriminator::PatchSize() const {
  std::int64_t size = 1;
  for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage) {
    size = (size - 1) * stage->stride + stage->kernel;
  }
  return size;
}

std::string Discriminator::Summary() const {
  return fmt::format("patches of {}x{} pixels, width {}; {} parameters", PatchSize(), PatchSize(),
                     settings_.width, WithCommas(ParameterCount()));
}

}  // namespace agon::cyclegan
