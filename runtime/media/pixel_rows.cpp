// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3 (see CMakeLists.txt), and twice: for any processor and for AVX2.
#include "runtime/media/pixel_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#define AGON_INLINE inline __attribute__((always_inline))

// AGON_BOTH(Name, (parameters), (arguments)): Name calls its body Name##Body in the better of two
// versions. Asked at each call, a row at a time: a function chosen by the loader (ifunc) would not
// go with the thread sanitizer.
#if defined(__x86_64__)
#define AGON_BOTH(Name, parameters, arguments)                                         \
  namespace {                                                                          \
  __attribute__((target("avx2"))) void Name##Avx2 parameters { Name##Body arguments; } \
  void Name##Plain parameters { Name##Body arguments; }                                \
  }                                                                                    \
  void Name parameters {                                                               \
    if (HasAvx2()) {                                                                   \
      Name##Avx2 arguments;                                                            \
    } else {                                                                           \
      Name##Plain arguments;                                                           \
    }                                                                                  \
  }
#else
#define AGON_BOTH(Name, parameters, arguments) \
  void Name parameters { Name##Body arguments; }
#endif

namespace agon::media::rows {
namespace {

#if defined(__x86_64__)
bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#endif

constexpr int kShift = 16;
constexpr std::int32_t kHalf = 1 << (kShift - 1);

std::int32_t Fixed(double value) {
  return static_cast<std::int32_t>(std::lround(value * (1 << kShift)));
}

AGON_INLINE std::uint8_t Clamp8(std::int32_t value) {
  return static_cast<std::uint8_t>(value < 0 ? 0 : (value > 255 ? 255 : value));
}

AGON_INLINE float Clamp(float value, float most) {
  const float low = value < 0.0F ? 0.0F : value;
  return low > most ? most : low;
}

// Of a number that is not negative.
AGON_INLINE std::int32_t Round(float value) {
  return static_cast<std::int32_t>(value + 0.5F);  // NOLINT(bugprone-incorrect-roundings)
}

AGON_INLINE void ChromaToRgbBody(const Yuv& yuv, const std::uint8_t* __restrict u,
                                 const std::uint8_t* __restrict v, int width, int shift,
                                 std::int32_t* __restrict red, std::int32_t* __restrict green,
                                 std::int32_t* __restrict blue) {
  const Yuv k = yuv;
  const auto one = [&](std::ptrdiff_t at, std::int32_t u_value, std::int32_t v_value) {
    red[at] = k.fixed_red_v * v_value + kHalf;
    green[at] = k.fixed_green_u * u_value + k.fixed_green_v * v_value + kHalf;
    blue[at] = k.fixed_blue_u * u_value + kHalf;
  };
  if (shift == 0) {
    for (std::ptrdiff_t i = 0; i < width; ++i) one(i, u[i] - 128, v[i] - 128);
    return;
  }
  if (shift == 1) {
    const std::ptrdiff_t pairs = width / 2;
    for (std::ptrdiff_t i = 0; i < pairs; ++i) {
      one(2 * i, u[i] - 128, v[i] - 128);
      one(2 * i + 1, u[i] - 128, v[i] - 128);
    }
    if (width % 2 != 0) one(width - 1, u[pairs] - 128, v[pairs] - 128);
    return;
  }
  for (std::ptrdiff_t i = 0; i < width; ++i) one(i, u[i >> shift] - 128, v[i >> shift] - 128);
}

AGON_INLINE void LumaToRgbBody(const Yuv& yuv, const std::uint8_t* __restrict y, int width,
                               const std::int32_t* __restrict red,
                               const std::int32_t* __restrict green,
                               const std::int32_t* __restrict blue, std::uint8_t* __restrict rgb) {
  const std::int32_t luma = yuv.fixed_luma;
  const std::int32_t black = yuv.fixed_black;
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    const std::int32_t base = luma * (y[i] - black);
    rgb[3 * i] = Clamp8((base + red[i]) >> kShift);
    rgb[3 * i + 1] = Clamp8((base + green[i]) >> kShift);
    rgb[3 * i + 2] = Clamp8((base + blue[i]) >> kShift);
  }
}

AGON_INLINE void RgbToLumaBody(const Yuv& yuv, const std::uint8_t* __restrict rgb, int width,
                               std::uint8_t* __restrict y) {
  const std::int32_t red = yuv.fixed_y[0];
  const std::int32_t green = yuv.fixed_y[1];
  const std::int32_t blue = yuv.fixed_y[2];
  const std::int32_t offset = (yuv.fixed_black << kShift) + kHalf;
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    const std::int32_t sum = red * rgb[3 * i] + green * rgb[3 * i + 1] + blue * rgb[3 * i + 2];
    y[i] = static_cast<std::uint8_t>((sum + offset) >> kShift);
  }
}

AGON_INLINE void AddRgbBody(const std::uint8_t* __restrict rgb, int width, int shift,
                            std::int32_t* __restrict red, std::int32_t* __restrict green,
                            std::int32_t* __restrict blue) {
  if (shift == 0) {
    for (std::ptrdiff_t i = 0; i < width; ++i) {
      red[i] += rgb[3 * i];
      green[i] += rgb[3 * i + 1];
      blue[i] += rgb[3 * i + 2];
    }
    return;
  }
  const int count = 1 << shift;
  const std::ptrdiff_t whole = width >> shift;
  if (shift == 1) {
    for (std::ptrdiff_t i = 0; i < whole; ++i) {
      red[i] += rgb[6 * i] + rgb[6 * i + 3];
      green[i] += rgb[6 * i + 1] + rgb[6 * i + 4];
      blue[i] += rgb[6 * i + 2] + rgb[6 * i + 5];
    }
  } else {
    for (std::ptrdiff_t i = 0; i < whole * count; ++i) {
      red[i >> shift] += rgb[3 * i];
      green[i >> shift] += rgb[3 * i + 1];
      blue[i >> shift] += rgb[3 * i + 2];
    }
  }
  if ((whole << shift) == width) return;
  for (std::ptrdiff_t i = whole << shift; i < (whole + 1) << shift; ++i) {
    const std::uint8_t* pixel = rgb + 3 * std::min<std::ptrdiff_t>(i, width - 1);
    red[whole] += pixel[0];
    green[whole] += pixel[1];
    blue[whole] += pixel[2];
  }
}

AGON_INLINE void SumsToChromaBody(const Yuv& yuv, const std::int32_t* __restrict red,
                                  const std::int32_t* __restrict green,
                                  const std::int32_t* __restrict blue, int width, int log2_count,
                                  std::uint8_t* __restrict u, std::uint8_t* __restrict v) {
  const Yuv k = yuv;
  const int shift = kShift + log2_count;
  const std::int32_t offset = (128 << shift) + (1 << (shift - 1));
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    u[i] = Clamp8(
        (k.fixed_u[0] * red[i] + k.fixed_u[1] * green[i] + k.fixed_u[2] * blue[i] + offset) >>
        shift);
    v[i] = Clamp8(
        (k.fixed_v[0] * red[i] + k.fixed_v[1] * green[i] + k.fixed_v[2] * blue[i] + offset) >>
        shift);
  }
}

template <class Number>
AGON_INLINE void LoadAs(const Samples& samples, int width, int log2_repeat, float* __restrict out) {
  const std::uint32_t mask = samples.bits >= 32 ? ~0U : (1U << samples.bits) - 1;
  const auto at = [&](std::ptrdiff_t i) {
    Number number;
    std::memcpy(&number, samples.data + i * samples.step, sizeof(number));
    return static_cast<float>((static_cast<std::uint32_t>(number) >> samples.shift) & mask);
  };
  // Densely packed samples in a loop of their own, which vectorises.
  if (samples.step == static_cast<int>(sizeof(Number)) && log2_repeat == 0) {
    for (std::ptrdiff_t i = 0; i < width; ++i) {
      Number number;
      std::memcpy(&number, samples.data + i * static_cast<std::ptrdiff_t>(sizeof(Number)),
                  sizeof(number));
      out[i] = static_cast<float>(
          static_cast<std::int32_t>((static_cast<std::uint32_t>(number) >> samples.shift) & mask));
    }
    return;
  }
  for (std::ptrdiff_t i = 0; i < width; ++i) out[i] = at(i >> log2_repeat);
}

AGON_INLINE void LoadBody(const Samples& samples, int width, int log2_repeat, float* out) {
  if (samples.bytes == 1) {
    LoadAs<std::uint8_t>(samples, width, log2_repeat, out);
  } else if (samples.bytes == 2) {
    LoadAs<std::uint16_t>(samples, width, log2_repeat, out);
  } else {
    LoadAs<std::uint32_t>(samples, width, log2_repeat, out);
  }
}

AGON_INLINE void YuvToRgbBody(const Yuv& yuv, float* __restrict y, float* __restrict u,
                              float* __restrict v, int width) {
  const Yuv k = yuv;
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    const float base = (y[i] - k.black) * k.luma;
    const float u_value = u[i] - k.middle;
    const float v_value = v[i] - k.middle;
    y[i] = base + k.red_v * v_value;
    u[i] = base + k.green_u * u_value + k.green_v * v_value;
    v[i] = base + k.blue_u * u_value;
  }
}

template <class Number>
AGON_INLINE void StoreThirdBody(const float* __restrict values, int width, Number* __restrict out) {
  constexpr float kMost = sizeof(Number) == 1 ? 255.0F : 65535.0F;
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    out[3 * i] = static_cast<Number>(Round(Clamp(values[i] * kMost, kMost)));
  }
}

template <class Number>
AGON_INLINE void LoadThirdBody(const Number* __restrict samples, int width, float* __restrict out) {
  constexpr float kScale = 1.0F / (sizeof(Number) == 1 ? 255.0F : 65535.0F);
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    out[i] = static_cast<float>(static_cast<std::int32_t>(samples[3 * i])) * kScale;
  }
}

AGON_INLINE void AddBody(const float* __restrict values, int width, int shift,
                         float* __restrict sums) {
  const std::ptrdiff_t whole = width >> shift;
  for (std::ptrdiff_t i = 0; i < whole; ++i) {
    float sum = 0;
    for (std::ptrdiff_t j = 0; j < 1 << shift; ++j) sum += values[(i << shift) + j];
    sums[i] += sum;
  }
  if ((whole << shift) == width) return;
  for (std::ptrdiff_t i = whole << shift; i < (whole + 1) << shift; ++i) {
    sums[whole] += values[std::min<std::ptrdiff_t>(i, width - 1)];
  }
}

template <class Number>
AGON_INLINE void StoreMixBody(const Mix& mix, const float* __restrict red,
                              const float* __restrict green, const float* __restrict blue,
                              int width, int step, Number* __restrict out) {
  const Mix m = mix;
  if (step == 1) {
    for (std::ptrdiff_t i = 0; i < width; ++i) {
      const float sum = m.offset + m.red * red[i] + m.green * green[i] + m.blue * blue[i];
      out[i] = static_cast<Number>(Round(Clamp(sum, m.most)));
    }
    return;
  }
  for (std::ptrdiff_t i = 0; i < width; ++i) {
    const float sum = m.offset + m.red * red[i] + m.green * green[i] + m.blue * blue[i];
    out[i * step] = static_cast<Number>(Round(Clamp(sum, m.most)));
  }
}

}  // namespace

Yuv MakeYuv(double red, double blue, bool full_range, int bits) {
  const double green = 1 - red - blue;
  const double unit = std::ldexp(1.0, bits - 8);  // of an 8-bit level
  const double most = std::ldexp(1.0, bits) - 1;
  const double luma = full_range ? most : 219 * unit;    // black to white
  const double chroma = full_range ? most : 224 * unit;  // from one end to the other
  Yuv k;
  k.black = static_cast<float>(full_range ? 0.0 : 16 * unit);
  k.middle = static_cast<float>(128 * unit);
  k.most = static_cast<float>(most);
  const double red_v = 2 * (1 - red) / chroma;
  const double blue_u = 2 * (1 - blue) / chroma;
  const double green_u = -blue_u * blue / green;
  const double green_v = -red_v * red / green;
  k.luma = static_cast<float>(1 / luma);
  k.red_v = static_cast<float>(red_v);
  k.green_u = static_cast<float>(green_u);
  k.green_v = static_cast<float>(green_v);
  k.blue_u = static_cast<float>(blue_u);
  const double u_scale = chroma / (2 * (1 - blue));
  const double v_scale = chroma / (2 * (1 - red));
  k.y_red = static_cast<float>(red * luma);
  k.y_green = static_cast<float>(green * luma);
  k.y_blue = static_cast<float>(blue * luma);
  k.u_red = static_cast<float>(-red * u_scale);
  k.u_green = static_cast<float>(-green * u_scale);
  k.u_blue = static_cast<float>((1 - blue) * u_scale);
  k.v_red = static_cast<float>((1 - red) * v_scale);
  k.v_green = static_cast<float>(-green * v_scale);
  k.v_blue = static_cast<float>(-blue * v_scale);

  k.fixed_black = full_range ? 0 : 16;
  k.fixed_luma = Fixed(255 / luma);
  k.fixed_red_v = Fixed(255 * red_v);
  k.fixed_green_u = Fixed(255 * green_u);
  k.fixed_green_v = Fixed(255 * green_v);
  k.fixed_blue_u = Fixed(255 * blue_u);
  // Green takes what rounding left, so that grey stays grey exactly.
  k.fixed_y[0] = Fixed(red * luma / 255);
  k.fixed_y[2] = Fixed(blue * luma / 255);
  k.fixed_y[1] = Fixed(luma / 255) - k.fixed_y[0] - k.fixed_y[2];
  k.fixed_u[0] = Fixed(-red * u_scale / 255);
  k.fixed_u[2] = Fixed((1 - blue) * u_scale / 255);
  k.fixed_u[1] = -k.fixed_u[0] - k.fixed_u[2];
  k.fixed_v[0] = Fixed((1 - red) * v_scale / 255);
  k.fixed_v[2] = Fixed(-blue * v_scale / 255);
  k.fixed_v[1] = -k.fixed_v[0] - k.fixed_v[2];
  return k;
}

AGON_BOTH(ChromaToRgb,
          (const Yuv& yuv, const std::uint8_t* u, const std::uint8_t* v, int width, int shift,
           std::int32_t* red, std::int32_t* green, std::int32_t* blue),
          (yuv, u, v, width, shift, red, green, blue))
AGON_BOTH(LumaToRgb,
          (const Yuv& yuv, const std::uint8_t* y, int width, const std::int32_t* red,
           const std::int32_t* green, const std::int32_t* blue, std::uint8_t* rgb),
          (yuv, y, width, red, green, blue, rgb))
AGON_BOTH(RgbToLuma, (const Yuv& yuv, const std::uint8_t* rgb, int width, std::uint8_t* y),
          (yuv, rgb, width, y))
AGON_BOTH(AddRgb,
          (const std::uint8_t* rgb, int width, int shift, std::int32_t* red, std::int32_t* green,
           std::int32_t* blue),
          (rgb, width, shift, red, green, blue))
AGON_BOTH(SumsToChroma,
          (const Yuv& yuv, const std::int32_t* red, const std::int32_t* green,
           const std::int32_t* blue, int width, int log2_count, std::uint8_t* u, std::uint8_t* v),
          (yuv, red, green, blue, width, log2_count, u, v))
AGON_BOTH(Load, (const Samples& samples, int width, int log2_repeat, float* out),
          (samples, width, log2_repeat, out))
AGON_BOTH(YuvToRgb, (const Yuv& yuv, float* y, float* u, float* v, int width),
          (yuv, y, u, v, width))
AGON_BOTH(StoreThird, (const float* values, int width, std::uint8_t* out), (values, width, out))
AGON_BOTH(StoreThird, (const float* values, int width, std::uint16_t* out), (values, width, out))
AGON_BOTH(LoadThird, (const std::uint8_t* samples, int width, float* out), (samples, width, out))
AGON_BOTH(LoadThird, (const std::uint16_t* samples, int width, float* out), (samples, width, out))
AGON_BOTH(Add, (const float* values, int width, int shift, float* sums),
          (values, width, shift, sums))
AGON_BOTH(StoreMix,
          (const Mix& mix, const float* red, const float* green, const float* blue, int width,
           int step, std::uint8_t* out),
          (mix, red, green, blue, width, step, out))
AGON_BOTH(StoreMix,
          (const Mix& mix, const float* red, const float* green, const float* blue, int width,
           int step, std::uint16_t* out),
          (mix, red, green, blue, width, step, out))

}  // namespace agon::media::rows
