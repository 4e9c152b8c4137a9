// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/fused_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include "cyclegan/network/norm_loops.h"
#include "cyclegan/network/parallel.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

// Of pictures [N,C,H,W].
struct Dimensions {
  std::int64_t count, channels, height, width, parts;

  // `pad`: rows at an end that belong to one part.
  explicit Dimensions(const Tensor& x, std::int64_t pad = 0)
      : count(x.size(0)), channels(x.size(1)), height(x.size(2)), width(x.size(3)) {
    constexpr std::int64_t kValues = 1 << 15;  // enough work to be worth a thread's waking
    const std::int64_t rows = std::max(pad + 1, kValues / (width * channels) + 1);
    parts = std::max<std::int64_t>(1, height / rows);
  }
  [[nodiscard]] std::int64_t Pixels() const { return height * width; }
  [[nodiscard]] std::int64_t Values() const { return height * width * channels; }
  [[nodiscard]] std::int64_t Begin(std::int64_t part) const { return height * part / parts; }
  [[nodiscard]] std::int64_t Framed(std::int64_t pad) const {
    return (height + 2 * pad) * (width + 2 * pad) * channels;
  }
};

// Calls work(Number()) with the type that holds x's bits.
template <class Work>
auto WithType(const Tensor& x, const Work& work) {
  if (x.scalar_type() == at::kFloat) return work(float{});
  return work(std::uint16_t{});
}

template <class Number>
const Number* Read(const Tensor& x) {
  return static_cast<const Number*>(x.const_data_ptr());
}
template <class Number>
Number* Write(Tensor& x) {
  return static_cast<Number*>(x.mutable_data_ptr());
}

template <class Number>
void RunStatistics(const Tensor& x, float* mean, float* variance) {
  const Dimensions d(x);
  // Sums of what lies above the first pixel, so that a mean far from 0 costs no digits.
  Tensor sums = at::empty({d.count * d.parts, 2, d.channels}, at::kDouble);
  const auto* data = Read<Number>(x);
  auto* to = sums.mutable_data_ptr<double>();
  ForParts(d.count * d.parts, [&](std::int64_t i) {
    const Number* picture = data + i / d.parts * d.Values();
    const std::int64_t begin = d.Begin(i % d.parts) * d.width;
    const std::int64_t end = d.Begin(i % d.parts + 1) * d.width;
    loops::Sums(picture + begin * d.channels, picture, end - begin, d.channels,
                to + i * 2 * d.channels);
  });
  loops::Combine(to, data, {d.count, d.parts, d.Pixels(), d.channels}, mean, variance);
}

template <class Number>
void RunApply(const Tensor& x, const Tensor& scale, const Tensor& shift, const Then& then,
              Tensor& out) {
  const Dimensions d(x, then.pad);
  const std::int64_t inner = then.residual_pad;
  const std::int64_t inner_pitch = (d.width + 2 * inner) * d.channels;
  const Number* residual = then.residual.defined() ? Read<Number>(then.residual) : nullptr;
  const auto* from = Read<Number>(x);
  auto* to = Write<Number>(out);
  ForParts(d.count * d.parts, [&](std::int64_t i) {
    const std::int64_t n = i / d.parts;
    loops::NormRows<Number> rows{};
    rows.x = from + n * d.Values();
    rows.height = d.height;
    rows.width = d.width;
    rows.channels = d.channels;
    rows.scale = scale.const_data_ptr<float>() + n * d.channels;
    rows.shift = shift.const_data_ptr<float>() + n * d.channels;
    rows.slope = static_cast<float>(then.slope);
    if (residual != nullptr) {
      rows.residual = residual + n * d.Framed(inner) + inner * (inner_pitch + d.channels);
      rows.residual_pitch = inner_pitch;
    }
    rows.out = to + n * d.Framed(then.pad);
    rows.pad = then.pad;
    loops::Normalise(rows, d.Begin(i % d.parts), d.Begin(i % d.parts + 1));
  });
}

// The gradients of x and, where there is one, of the residual without its frame: h for a slope
// of 1.
template <class Number>
std::pair<Tensor, Tensor> RunBack(const Tensor& x, const Tensor& scale, const Tensor& shift,
                                  const Tensor& gradient, double slope, std::int64_t pad,
                                  bool residual) {
  const Dimensions d(x);
  Tensor folded = at::empty_like(x, kLast);
  Tensor sums = at::empty({d.count * d.parts, 2, d.channels}, at::kDouble);
  Tensor lines = at::empty({d.count * d.parts, d.width * d.channels}, at::kFloat);
  const auto* data = Read<Number>(x);
  const auto* scales = scale.const_data_ptr<float>();
  const auto* shifts = shift.const_data_ptr<float>();
  const auto* given = Read<Number>(gradient);
  auto* made = Write<Number>(folded);
  auto* sum = sums.mutable_data_ptr<double>();
  auto* line = lines.mutable_data_ptr<float>();
  ForParts(d.count * d.parts, [&](std::int64_t i) {
    const std::int64_t n = i / d.parts;
    loops::NormBackRows<Number> rows{};
    rows.x = data + n * d.Values();
    rows.height = d.height;
    rows.width = d.width;
    rows.channels = d.channels;
    rows.scale = scales + n * d.channels;
    rows.shift = shifts + n * d.channels;
    rows.slope = static_cast<float>(slope);
    rows.gradient = given + n * d.Framed(pad);
    rows.pad = pad;
    rows.folded = made + n * d.Values();
    loops::FoldBack(rows, d.Begin(i % d.parts), d.Begin(i % d.parts + 1),
                    line + i * d.width * d.channels, sum + i * 2 * d.channels);
  });
  const Tensor means = sums.view({d.count, d.parts, 2 * d.channels})
                           .sum(1)
                           .div_(static_cast<double>(d.Pixels()))
                           .to(at::kFloat);  // [N,2C]
  Tensor out = residual ? at::empty_like(x, kLast) : folded;
  const auto* mean = means.const_data_ptr<float>();
  auto* to = Write<Number>(out);
  ForParts(d.count * d.parts, [&](std::int64_t i) {
    const std::int64_t n = i / d.parts;
    const std::int64_t begin = d.Begin(i % d.parts) * d.width;
    const std::int64_t end = d.Begin(i % d.parts + 1) * d.width;
    const std::int64_t at = n * d.Values() + begin * d.channels;
    loops::NormaliseBack(data + at, made + at,
                         {end - begin, d.channels, scales + n * d.channels, shifts + n * d.channels,
                          mean + n * 2 * d.channels},
                         to + at);
  });
  return {std::move(out), residual ? std::move(folded) : Tensor()};
}

// NormThen with a gradient. The residual comes without a frame, as a view of the framed one.
class FusedNorm : public torch::autograd::Function<FusedNorm> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& given,
                        const std::optional<Tensor>& residual, double slope, std::int64_t pad,
                        std::int64_t residual_pad) {
    const Tensor x = given.contiguous(kLast);
    auto [mean, variance] = NormStatistics(x);
    const Tensor scale = variance.add_(kNormEpsilon).rsqrt_();
    const Tensor shift = mean.mul_(scale).neg_();
    context->save_for_backward({x, scale, shift});
    context->saved_data["slope"] = slope;
    context->saved_data["pad"] = pad;
    context->saved_data["residual_pad"] = residual_pad;
    context->saved_data["residual"] = residual.has_value();
    return ApplyNorm(x, scale, shift,
                     {.slope = slope,
                      .pad = pad,
                      .residual = residual ? residual->contiguous(kLast) : Tensor(),
                      .residual_pad = residual_pad});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const double slope = context->saved_data["slope"].toDouble();
    const std::int64_t pad = context->saved_data["pad"].toInt();
    const std::int64_t frame = context->saved_data["residual_pad"].toInt();
    const bool residual = context->saved_data["residual"].toBool();
    const Tensor gradient = gradients[0].to(x.scalar_type()).contiguous(kLast);
    auto [of_x, of_residual] = WithType(x, [&](auto number) {
      return RunBack<decltype(number)>(x, saved[1], saved[2], gradient, slope, pad, residual);
    });
    if (residual && frame > 0) {
      // What lies in the frame was not added.
      of_residual = at::constant_pad_nd(of_residual, {frame, frame, frame, frame});
    }
    return {of_x, of_residual, {}, {}, {}};
  }
};

Tensor Inside(const Tensor& framed, std::int64_t pad) {
  if (pad == 0) return framed;
  return framed.slice(2, pad, framed.size(2) - pad).slice(3, pad, framed.size(3) - pad);
}

// By LibTorch's operators. The norm is taken of the planes of all pictures, [1,N*C,H,W]: what
// at::instance_norm does, less the view of its result, on which an operator in place would cost
// autograd a copy.
Tensor PlainNormThen(const Tensor& x, const Then& then) {
  constexpr double kMomentum = 0;  // there are no running statistics
  Tensor planes = x.reshape({1, x.size(0) * x.size(1), x.size(2), x.size(3)});
  planes = at::batch_norm(planes, {}, {}, {}, {}, /*training=*/true, kMomentum, kNormEpsilon,
                          /*cudnn_enabled=*/true);
  if (then.slope == 0) planes.relu_();
  if (then.slope != 0 && then.slope != 1) at::leaky_relu_(planes, then.slope);
  Tensor y = planes.view(x.sizes());
  if (then.residual.defined()) y = y + Inside(then.residual, then.residual_pad);
  return then.pad > 0 ? at::reflection_pad2d(y, {then.pad, then.pad, then.pad, then.pad}) : y;
}

}  // namespace

bool NormIsFused(const Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

std::pair<Tensor, Tensor> NormStatistics(const Tensor& x) {
  AGON_CHECK(NormIsFused(x) && x.is_contiguous(kLast));
  Tensor mean = at::empty({x.size(0), x.size(1)}, at::kFloat);
  Tensor variance = at::empty({x.size(0), x.size(1)}, at::kFloat);
  auto* means = mean.mutable_data_ptr<float>();
  auto* variances = variance.mutable_data_ptr<float>();
  WithType(x, [&](auto number) { RunStatistics<decltype(number)>(x, means, variances); });
  return {std::move(mean), std::move(variance)};
}

Tensor ApplyNorm(const Tensor& x, const Tensor& scale, const Tensor& shift, const Then& then,
                 Tensor out) {
  AGON_CHECK(NormIsFused(x) && x.is_contiguous(kLast));
  AGON_CHECK(then.pad < x.size(2) && then.pad < x.size(3));
  AGON_CHECK(!then.residual.defined() || (then.residual.is_contiguous(kLast) &&
                                          then.residual.scalar_type() == x.scalar_type()));
  if (!out.defined()) {
    out = at::empty({x.size(0), x.size(1), x.size(2) + 2 * then.pad, x.size(3) + 2 * then.pad},
                    x.options(), kLast);
  }
  WithType(x, [&](auto number) { RunApply<decltype(number)>(x, scale, shift, then, out); });
  return out;
}

Tensor NormThen(const Tensor& x, const Then& then) {
  if (!NormIsFused(x)) return PlainNormThen(x, then);
  std::optional<Tensor> residual;
  if (then.residual.defined()) residual = then.residual.to(x.scalar_type());
  return FusedNorm::apply(x, residual, then.slope, then.pad, then.residual_pad);
}

}  // namespace agon::cyclegan
