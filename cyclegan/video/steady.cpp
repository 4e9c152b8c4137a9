// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/steady.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "cyclegan/video/trust.h"
#include "cyclegan/video/warp.h"
#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"

namespace agon::cyclegan {
namespace {

// Flow is computed on inputs whose longer side is so long at most.
constexpr int kFlowSide = 320;
// Of a frame's history, how many frames count at most: alpha = count / (count + 1).
constexpr float kLightCount = 1;
constexpr float kStrongCount = 5;
// The count is kept beside the colours as a whole number of these.
constexpr float kCountUnit = 1.0F / 4096;
// Below it, history is not looked at.
constexpr float kMinTrust = 1.0F / 64;

// From this freedom on, history is taken as it is.
constexpr float kFree = 0.95F;

constexpr std::uint32_t kMagic = 0x31534741;  // "AGS1"

// Keys 1981's cubic at kPhases positions between two pixels. History is moved once a frame, so what
// a kernel takes from fine detail it takes again and again: moved by half a pixel each time,
// stripes of five pixels keep 0.89 of their contrast in the limit with a = -0.6 (Catmull-Rom, a =
// -0.5: 0.79, bilinear: 0.51); broad ones gain 3 % at worst.
constexpr int kPhases = 32;
constexpr float kSharpness = -0.6F;
struct Taps {
  Float4 weight[4];  // each in all four places
};
constexpr float Keys(float distance) {
  const float x = distance < 0 ? -distance : distance;
  if (x < 1) return ((kSharpness + 2) * x - (kSharpness + 3)) * x * x + 1;
  if (x < 2) return kSharpness * (((x - 5) * x + 8) * x - 4);
  return 0;
}
constexpr std::array<Taps, kPhases> MakeTaps() {
  std::array<Taps, kPhases> taps{};
  for (int i = 0; i < kPhases; ++i) {
    const float t = static_cast<float>(i) / kPhases;
    const float distance[4] = {t + 1, t, 1 - t, 2 - t};
    for (int k = 0; k < 4; ++k) {
      const float w = Keys(distance[k]);
      taps[static_cast<std::size_t>(i)].weight[k] = Float4{w, w, w, w};
    }
  }
  return taps;
}
constexpr std::array<Taps, kPhases> kTaps = MakeTaps();

using Int4 = int __attribute__((vector_size(16)));
constexpr Float4 kNothing = {0, 0, 0, 0};
constexpr Float4 kFull = {kWhite, kWhite, kWhite, kWhite};

// Samples an image at places that are rounded to 1/32 of a pixel, so that what does not move is
// copied.
class Cubic {
 public:
  explicit Cubic(const Image4& image)
      : pixels_(image.data.data()),
        width_(image.width),
        last_x_(image.width - 1),
        last_y_(image.height - 1),
        last_{static_cast<float>(last_x_), static_cast<float>(last_y_), 0, 0} {}

  // `place`: x, y, anything.
  [[nodiscard]] Float4 At(Float4 place) const {
    const Float4 inside = Lower(Higher(place, kNothing), last_);
    const Int4 at = __builtin_convertvector(inside * kPhases + 0.5F, Int4);
    const int left = at[0] / kPhases;
    const int top = at[1] / kPhases;
    const int across = at[0] % kPhases;
    const int down = at[1] % kPhases;
    if ((across | down) == 0) return Row(top)[left].v;
    const Taps& x = kTaps[static_cast<std::size_t>(across)];
    const Taps& y = kTaps[static_cast<std::size_t>(down)];
    if (left >= 1 && left + 2 <= last_x_ && top >= 1 && top + 2 <= last_y_) {
      const Pixel4* const p = Row(top - 1) + (left - 1);
      const auto stride = static_cast<std::ptrdiff_t>(width_);
      return Four(p, x) * y.weight[0] + Four(p + stride, x) * y.weight[1] +
             Four(p + 2 * stride, x) * y.weight[2] + Four(p + 3 * stride, x) * y.weight[3];
    }
    Float4 sum = kNothing;
    for (int j = 0; j < 4; ++j) {
      const Pixel4* const row = Row(std::clamp(top + j - 1, 0, last_y_));
      for (int i = 0; i < 4; ++i) {
        sum += row[std::clamp(left + i - 1, 0, last_x_)].v * x.weight[i] * y.weight[j];
      }
    }
    return sum;
  }

 private:
  [[nodiscard]] const Pixel4* Row(int y) const {
    return pixels_ + static_cast<std::ptrdiff_t>(y) * width_;
  }
  static Float4 Four(const Pixel4* p, const Taps& taps) {
    return p[0].v * taps.weight[0] + p[1].v * taps.weight[1] + p[2].v * taps.weight[2] +
           p[3].v * taps.weight[3];
  }

  const Pixel4* pixels_;
  int width_, last_x_, last_y_;
  Float4 last_;
};

inline float Clamp(float value, float high) { return std::min(std::max(value, 0.0F), high); }

// Rounded; of values from 0.
inline Float4 Whole(Float4 value) {
  return __builtin_convertvector(__builtin_convertvector(value + 0.5F, Int4), Float4);
}

// Samples of 8 and 16 bits as colours on kWhite's scale, and back.
template <class Sample>
struct Coded {
  static constexpr float kScale = sizeof(Sample) == 1 ? 257.0F : 1.0F;
  static Float4 Load(const std::uint8_t* bytes) {
    Sample s[3];
    std::memcpy(s, bytes, sizeof(s));
    return Float4{static_cast<float>(s[0]), static_cast<float>(s[1]), static_cast<float>(s[2]), 0} *
           kScale;
  }
  static void Store(Float4 colour, std::uint8_t* bytes) {
    const Int4 scaled = __builtin_convertvector(colour * (1 / kScale) + 0.5F, Int4);
    const Sample s[3] = {static_cast<Sample>(scaled[0]), static_cast<Sample>(scaled[1]),
                         static_cast<Sample>(scaled[2])};
    std::memcpy(bytes, s, sizeof(s));
  }
};

// A grid of values interpolated at the pixels of a larger picture, one row after the other.
class RowOf {
 public:
  RowOf(const Image4& grid, Size size) : grid_(grid), size_(size), line_(size_of(grid) + 1) {
    columns_.resize(static_cast<std::size_t>(size.width));
    for (int x = 0; x < size.width; ++x) {
      columns_[static_cast<std::size_t>(x)] = Between(x, size.width, grid.width);
    }
  }
  void Select(int y) {
    const auto [top, v] = Between(y, size_.height, grid_.height);
    const Pixel4* const above = grid_.row(top);
    const Pixel4* const below = grid_.row(std::min(top + 1, grid_.height - 1));
    for (std::size_t x = 0; x + 1 < line_.size(); ++x) {
      line_[x].v = above[x].v + (below[x].v - above[x].v) * v;
    }
    line_.back() = line_[line_.size() - 2];
  }
  [[nodiscard]] Float4 operator[](int x) const {
    const auto [left, u] = columns_[static_cast<std::size_t>(x)];
    const Pixel4* const p = line_.data() + left;
    return p[0].v + (p[1].v - p[0].v) * u;
  }

 private:
  struct Place {
    int first;
    float rest;
  };
  static std::size_t size_of(const Image4& grid) { return static_cast<std::size_t>(grid.width); }
  static Place Between(int at, int fine, int coarse) {
    const float position =
        (static_cast<float>(at) + 0.5F) * static_cast<float>(coarse) / static_cast<float>(fine) -
        0.5F;
    const float inside = Inside(position, static_cast<float>(coarse - 1));
    const int first = static_cast<int>(inside);
    return {first, inside - static_cast<float>(first)};
  }

  const Image4& grid_;
  Size size_;
  std::vector<Pixel4> line_;
  std::vector<Place> columns_;
};

// The translated frame as it comes, three rows at a time: its own pixels are overwritten meanwhile.
template <class Sample>
class Neighbours {
 public:
  explicit Neighbours(const media::Picture& picture) : picture_(picture) {
    for (std::vector<Pixel4>& line : lines_) {
      line.resize(static_cast<std::size_t>(picture.width) + 2);
    }
    Load(0, lines_[1]);
    Load(0, lines_[2]);
  }
  // Rows in order from 0, each before it is changed.
  void Select(int y) {
    std::rotate(lines_.begin(), lines_.begin() + 1, lines_.end());
    Load(std::min(y + 1, picture_.height - 1), lines_[2]);
    if (y == 0) lines_[0] = lines_[1];
  }
  [[nodiscard]] Float4 At(int x) const { return lines_[1][static_cast<std::size_t>(x) + 1].v; }
  // The colour, kept within what the 3x3 pixels around x have, and `margin` more.
  [[nodiscard]] Float4 Limit(int x, Float4 colour, float margin) const {
    Float4 low = At(x);
    Float4 high = low;
    for (const std::vector<Pixel4>& line : lines_) {
      const Pixel4* const p = line.data() + x;
      for (int i = 0; i < 3; ++i) {
        low = Lower(low, p[i].v);
        high = Higher(high, p[i].v);
      }
    }
    return Lower(Higher(colour, low - margin), high + margin);
  }

 private:
  void Load(int y, std::vector<Pixel4>& line) const {
    const std::size_t width = line.size() - 2;
    const std::uint8_t* bytes =
        picture_.data.data() + static_cast<std::size_t>(y) * width * 3 * sizeof(Sample);
    for (std::size_t x = 1; x <= width; ++x, bytes += 3 * sizeof(Sample)) {
      line[x].v = Coded<Sample>::Load(bytes);
    }
    line.front() = line[1];
    line.back() = line[width];
  }

  const media::Picture& picture_;
  std::array<std::vector<Pixel4>, 3> lines_;
};

}  // namespace

Steadiness ParseSteadiness(std::string_view word) {
  for (const Steadiness s : {Steadiness::kOff, Steadiness::kLight, Steadiness::kStrong}) {
    if (word == NameOf(s)) return s;
  }
  Fail(ErrorKind::kUsage, "steadiness \"{}\": write off, light or strong", word);
}

std::string_view NameOf(Steadiness steadiness) {
  switch (steadiness) {
    case Steadiness::kOff:
      return "off";
    case Steadiness::kLight:
      return "light";
    case Steadiness::kStrong:
      return "strong";
  }
  Fail(ErrorKind::kInternal, "no such steadiness: {}", static_cast<int>(steadiness));
}

struct SteadyFilter::Impl {
  explicit Impl(Steadiness wanted)
      : steadiness(wanted), count(wanted == Steadiness::kStrong ? kStrongCount : kLightCount) {}

  // Takes the frame as it is: the first of a video, or the first after a cut.
  template <class Sample>
  void Begin(const media::Picture& output) {
    history.Resize(output.width, output.height);
    const std::uint8_t* bytes = output.data.data();
    for (Pixel4& pixel : history.data) {
      pixel.v = Coded<Sample>::Load(bytes);
      pixel.v[3] = 1 / kCountUnit;
      bytes += 3 * sizeof(Sample);
    }
  }

  template <class Sample>
  void Blend(const Image4& trust, media::Picture& output) {
    next.Resize(output.width, output.height);
    RowOf row(trust, {.width = output.width, .height = output.height});
    Neighbours<Sample> around(output);
    const Cubic earlier(history);
    const std::size_t stride = static_cast<std::size_t>(output.width) * 3 * sizeof(Sample);
    for (int y = 0; y < output.height; ++y) {
      row.Select(y);
      around.Select(y);
      Pixel4* const target = next.row(y);
      for (int x = 0; x < output.width; ++x) {
        const Float4 move = row[x];  // dx, dy, trust, freedom
        Float4 now = around.At(x);
        now[3] = 1 / kCountUnit;
        if (move[2] > kMinTrust) {
          const Float4 here = {static_cast<float>(x), static_cast<float>(y), 0, 0};
          Float4 before = earlier.At(here + move);
          const float frames = Clamp(before[3] * kCountUnit, count);
          if (move[3] < kFree) before = around.Limit(x, before, move[3] * kWhite);
          const float share = move[2] * frames / (frames + 1);
          Float4 blend = Lower(Higher(now + (before - now) * share, kNothing), kFull);
          blend[3] = std::min(move[2] * frames + 1, count) / kCountUnit;
          now = Whole(blend);
        }
        target[x].v = now;
      }
      // Apart, for bytes written between would make the compiler load everything anew.
      std::uint8_t* bytes = output.data.data() + static_cast<std::size_t>(y) * stride;
      for (int x = 0; x < output.width; ++x, bytes += 3 * sizeof(Sample)) {
        Coded<Sample>::Store(target[x].v, bytes);
      }
    }
    std::swap(history, next);
  }

  Steadiness steadiness;
  float count;
  FlowTrust flow;
  Image4 input;                 // the previous one, reduced
  Image4 history;               // the previous output; how many frames are in it
  Image4 reduced, next, trust;  // kept for their memory
};

SteadyFilter::SteadyFilter(Steadiness steadiness) : impl_(std::make_unique<Impl>(steadiness)) {}
SteadyFilter::~SteadyFilter() = default;

bool SteadyFilter::Apply(const media::Picture& input, media::Picture& output) {
  Impl& self = *impl_;
  if (self.steadiness == Steadiness::kOff) return false;
  const Size size{.width = output.width, .height = output.height};
  AGON_CHECK(input.width == size.width && input.height == size.height);
  AGON_CHECK(output.bits == 8 || output.bits == 16);
  AGON_CHECK(output.data.size() ==
             output.SampleCount() * static_cast<std::size_t>(output.bits / 8));
  Shrink(input, Within(size, kFlowSide), self.reduced);
  const bool goes_on = self.history.width == size.width && self.history.height == size.height;
  const bool cut = goes_on && !self.flow.Compute(self.input, self.reduced, size, self.trust);
  if (goes_on && !cut) {
    output.bits == 8 ? self.Blend<std::uint8_t>(self.trust, output)
                     : self.Blend<std::uint16_t>(self.trust, output);
  } else {
    output.bits == 8 ? self.Begin<std::uint8_t>(output) : self.Begin<std::uint16_t>(output);
  }
  std::swap(self.input, self.reduced);
  return cut;
}

void SteadyFilter::Reset() {
  impl_->input = Image4();
  impl_->history = Image4();
}

Bytes SteadyFilter::State() const {
  Bytes state;
  AppendHead(state, {kMagic,
                     {impl_->history.width, impl_->history.height},
                     {impl_->input.width, impl_->input.height}});
  AppendImage(state, impl_->history, 4);
  AppendImage(state, impl_->input, 3);
  return state;
}

void SteadyFilter::LoadState(const Bytes& state) {
  const auto refuse = [] {
    Fail(ErrorKind::kData,
         "the state of the steady filter is damaged or of another version: begin the job anew");
  };
  const std::optional<StateHead> head = LoadHead(state, kMagic);
  if (!head) return refuse();
  const auto pixels = [](const Size& size) {
    return static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height);
  };
  if (state.size() != kStateHeadBytes + 8 * pixels(head->first) + 6 * pixels(head->second) ||
      head->second != Within(head->first, kFlowSide)) {
    refuse();
  }
  std::size_t at = kStateHeadBytes;
  impl_->history.Resize(head->first.width, head->first.height);
  LoadImage(state, at, 4, impl_->history);
  impl_->input.Resize(head->second.width, head->second.height);
  LoadImage(state, at, 3, impl_->input);
}

}  // namespace agon::cyclegan
