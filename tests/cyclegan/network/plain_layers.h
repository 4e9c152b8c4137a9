// SPDX-License-Identifier: Apache-2.0
// The layers of the reference by plain loops in double precision, written from its description
// (docs/cyclegan.md) and sharing nothing with the code under test: slow, for small pictures.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/tensor/types.h"

namespace agon::cyclegan::plain {

// One picture [C][H][W].
struct Maps {
  std::int64_t c = 0, h = 0, w = 0;
  std::vector<double> data;
  Maps(std::int64_t channels, std::int64_t height, std::int64_t width)
      : c(channels), h(height), w(width), data(static_cast<std::size_t>(c * h * w)) {}
  double& at(std::int64_t k, std::int64_t y, std::int64_t x) {
    return data[static_cast<std::size_t>((k * h + y) * w + x)];
  }
  [[nodiscard]] double at(std::int64_t k, std::int64_t y, std::int64_t x) const {
    return data[static_cast<std::size_t>((k * h + y) * w + x)];
  }
};

inline Maps FromTensor(const Tensor& picture) {
  const Tensor dense = picture.to(at::kDouble).contiguous();
  Maps out(dense.size(0), dense.size(1), dense.size(2));
  std::copy_n(dense.const_data_ptr<double>(), dense.numel(), out.data.begin());
  return out;
}

inline Tensor ToTensor(const Maps& maps) {
  Tensor out = at::empty({1, maps.c, maps.h, maps.w}, at::kDouble);
  std::copy_n(maps.data.begin(), out.numel(), out.data_ptr<double>());
  return out;
}

// -2 -> 2, n -> n - 2
inline std::int64_t Mirror(std::int64_t i, std::int64_t n) {
  if (i < 0) return -i;
  return i < n ? i : 2 * n - 2 - i;
}

inline Maps Reflect(const Maps& in, std::int64_t p) {
  Maps out(in.c, in.h + 2 * p, in.w + 2 * p);
  for (std::int64_t k = 0; k < out.c; ++k)
    for (std::int64_t y = 0; y < out.h; ++y)
      for (std::int64_t x = 0; x < out.w; ++x)
        out.at(k, y, x) = in.at(k, Mirror(y - p, in.h), Mirror(x - p, in.w));
  return out;
}

// With zero padding.
inline Maps Conv(const Maps& in, const Tensor& weight, const Tensor& bias, std::int64_t stride,
                 std::int64_t p) {
  const Tensor w = weight.to(at::kDouble).contiguous();
  const Tensor b = bias.to(at::kDouble).contiguous();
  const double* wd = w.const_data_ptr<double>();
  const std::int64_t size = w.size(2);
  Maps out(w.size(0), (in.h + 2 * p - size) / stride + 1, (in.w + 2 * p - size) / stride + 1);
  for (std::int64_t o = 0; o < out.c; ++o)
    for (std::int64_t y = 0; y < out.h; ++y)
      for (std::int64_t x = 0; x < out.w; ++x) {
        double sum = b.const_data_ptr<double>()[o];
        for (std::int64_t i = 0; i < in.c; ++i)
          for (std::int64_t ky = 0; ky < size; ++ky)
            for (std::int64_t kx = 0; kx < size; ++kx) {
              const std::int64_t sy = y * stride + ky - p;
              const std::int64_t sx = x * stride + kx - p;
              if (sy < 0 || sy >= in.h || sx < 0 || sx >= in.w) continue;
              sum += in.at(i, sy, sx) * wd[((o * in.c + i) * size + ky) * size + kx];
            }
        out.at(o, y, x) = sum;
      }
  return out;
}

// Kernel 3, stride 2, padding 1, output_padding 1: every input pixel is spread over 3x3 outputs.
inline Maps TransposedConv(const Maps& in, const Tensor& weight, const Tensor& bias) {
  const Tensor w = weight.to(at::kDouble).contiguous();
  const Tensor b = bias.to(at::kDouble).contiguous();
  const double* wd = w.const_data_ptr<double>();
  Maps out(w.size(1), in.h * 2, in.w * 2);
  for (std::int64_t o = 0; o < out.c; ++o)
    for (std::int64_t i = 0; i < out.h * out.w; ++i)
      out.data[static_cast<std::size_t>(o * out.h * out.w + i)] = b.const_data_ptr<double>()[o];
  for (std::int64_t i = 0; i < in.c; ++i)
    for (std::int64_t y = 0; y < in.h; ++y)
      for (std::int64_t x = 0; x < in.w; ++x)
        for (std::int64_t o = 0; o < out.c; ++o)
          for (std::int64_t ky = 0; ky < 3; ++ky)
            for (std::int64_t kx = 0; kx < 3; ++kx) {
              const std::int64_t ty = 2 * y + ky - 1;
              const std::int64_t tx = 2 * x + kx - 1;
              if (ty < 0 || ty >= out.h || tx < 0 || tx >= out.w) continue;
              out.at(o, ty, tx) += in.at(i, y, x) * wd[((i * out.c + o) * 3 + ky) * 3 + kx];
            }
  return out;
}

// Each map less its mean, over its standard deviation (biased variance, epsilon 1e-5).
inline Maps Norm(Maps maps) {
  const std::int64_t n = maps.h * maps.w;
  for (std::int64_t k = 0; k < maps.c; ++k) {
    double* v = maps.data.data() + k * n;
    double mean = 0;
    for (std::int64_t i = 0; i < n; ++i) mean += v[i] / static_cast<double>(n);
    double variance = 0;
    for (std::int64_t i = 0; i < n; ++i)
      variance += (v[i] - mean) * (v[i] - mean) / static_cast<double>(n);
    for (std::int64_t i = 0; i < n; ++i) v[i] = (v[i] - mean) / std::sqrt(variance + 1e-5);
  }
  return maps;
}

inline Maps Map(Maps maps, const std::function<double(double)>& f) {
  for (double& v : maps.data) v = f(v);
  return maps;
}
inline Maps Relu(const Maps& maps) {
  return Map(maps, [](double v) { return v > 0 ? v : 0; });
}
inline Maps Leaky(const Maps& maps) {
  return Map(maps, [](double v) { return v > 0 ? v : 0.2 * v; });
}
inline Maps Tanh(const Maps& maps) {
  return Map(maps, [](double v) { return std::tanh(v); });
}

// CUT's Downsample: borders reflected, [1,2,1] along both sides / 16, every second pixel.
inline Maps BlurDown(const Maps& in) {
  const Maps padded = Reflect(in, 1);
  Maps out(in.c, in.h / 2, in.w / 2);
  constexpr double kTaps[] = {0.25, 0.5, 0.25};
  for (std::int64_t k = 0; k < out.c; ++k)
    for (std::int64_t y = 0; y < out.h; ++y)
      for (std::int64_t x = 0; x < out.w; ++x)
        for (std::int64_t i = 0; i < 9; ++i)
          out.at(k, y, x) +=
              kTaps[i / 3] * kTaps[i % 3] * padded.at(k, 2 * y + i / 3, 2 * x + i % 3);
  return out;
}

// CUT's Upsample: borders repeated by one pixel, a transposed convolution with stride 2, padding 2
// by [1,3,3,1] along both sides / 16, the outermost rows and columns cut off.
inline Maps BlurUp(const Maps& in) {
  constexpr double kTaps[] = {0.25, 0.75, 0.75, 0.25};
  Maps out(in.c, in.h * 2, in.w * 2);
  for (std::int64_t k = 0; k < in.c; ++k)
    for (std::int64_t y = 0; y < in.h + 2; ++y)
      for (std::int64_t x = 0; x < in.w + 2; ++x)
        for (std::int64_t i = 0; i < 16; ++i) {
          const std::int64_t ty = 2 * y + i / 4 - 2 - 1;
          const std::int64_t tx = 2 * x + i % 4 - 2 - 1;
          if (ty < 0 || ty >= out.h || tx < 0 || tx >= out.w) continue;
          const double value = in.at(k, std::clamp<std::int64_t>(y - 1, 0, in.h - 1),
                                     std::clamp<std::int64_t>(x - 1, 0, in.w - 1));
          out.at(k, ty, tx) += kTaps[i / 4] * kTaps[i % 4] * value;
        }
  return out;
}

using State = std::map<std::string, Tensor>;

// The reference's generator (antialias: CUT's) over one picture, layer after layer by place.
inline Maps Generate(const Tensor& picture, const State& state, std::int64_t blocks,
                     bool antialias) {
  const auto weight = [&](const std::string& name) { return state.at(name + ".weight"); };
  const auto bias = [&](const std::string& name) { return state.at(name + ".bias"); };
  const auto conv = [&](const Maps& x, const std::string& name, std::int64_t stride,
                        std::int64_t padding) {
    return Conv(x, weight(name), bias(name), stride, padding);
  };
  std::int64_t place = 1;
  const auto name = [&] { return "model." + std::to_string(place); };
  Maps x = Relu(Norm(conv(Reflect(FromTensor(picture), 3), name(), 1, 0)));
  place += 3;
  for (int i = 0; i < 2; ++i) {
    x = Relu(Norm(conv(x, name(), antialias ? 1 : 2, 1)));
    if (antialias) x = BlurDown(x);
    place += antialias ? 4 : 3;
  }
  for (std::int64_t i = 0; i < blocks; ++i, ++place) {
    const Maps inner = Relu(Norm(conv(Reflect(x, 1), name() + ".conv_block.1", 1, 0)));
    const Maps outer = Norm(conv(Reflect(inner, 1), name() + ".conv_block.5", 1, 0));
    for (std::size_t k = 0; k < x.data.size(); ++k) x.data[k] += outer.data[k];
  }
  for (int i = 0; i < 2; ++i) {
    if (antialias) {
      ++place;
      x = Relu(Norm(conv(BlurUp(x), name(), 1, 1)));
    } else {
      x = Relu(Norm(TransposedConv(x, weight(name()), bias(name()))));
    }
    place += 3;
  }
  ++place;
  return Tanh(conv(Reflect(x, 3), name(), 1, 0));
}

}  // namespace agon::cyclegan::plain
