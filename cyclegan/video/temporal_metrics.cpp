// SPDX-License-Identifier: Apache-2.0
// Definitions. I: input, O: output, frames t-1 and t reduced by averaging areas so that their
// longer side is TemporalSettings::max_side at most, colours in [0,1].
//
// Flicker: mean over pixels and channels of |I_t - I_{t-1}|, and of |O_t - O_{t-1}|.
//
// Warping error (Lai et al., "Learning blind video temporal consistency", ECCV 2018, equation 10
// and their published code): with f the flow of the input from t-1 to t and b the one from t to
// t-1,
//   sum_x m(x) |O_t(x + f(x)) - O_{t-1}(x)|^2 / (3 sum_x m(x)),
// where m is 0 when, with b' = b(x + f(x)),
//   |b' + f|^2 > 0.01 (|b'|^2 + |f|^2) + 0.5                        (occlusion), or
//   |grad f|^2 > 0.01 |f|^2 + 0.002                                 (motion boundary).
// The same for I says how much of it is the flow's and the light's own. Deviations: DIS (medium)
// for FlowNet2, whose weights are not free; pixels that leave the frame count as occluded; an
// output whose size is not the input's is brought to it.
//
// tOF (Chu et al., "Learning temporal coherence via self-supervision for GAN-based video
// generation", 2020, section 5 and their published code): Farneback's flow of the input and of the
// output, both from t-1 to t; mean over pixels of the length of their difference, over a middle
// part whose sides are multiples of 32 and whose border is 8 pixels at least. Deviations: the input
// stands for the target, for a translation has none; lengths are scaled to pixels of the input as
// it was given; the first and last two frames count; a frame too small for that part is taken
// without 8 pixels of border or whole.
#include "cyclegan/video/temporal_metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "cyclegan/video/warp.h"
#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"

namespace agon::cyclegan {
namespace {

constexpr float kTripRelative = 0.01F;  // all four: Lai et al., compute_flow's occlusion test
constexpr float kTripAbsolute = 0.5F;
constexpr float kBoundaryRelative = 0.01F;
constexpr float kBoundaryAbsolute = 0.002F;

constexpr std::uint32_t kMagic = 0x314D4741;  // "AGM1"
constexpr std::size_t kRowValues = 9;

float SquaredLength(Float4 move) { return move[0] * move[0] + move[1] * move[1]; }

// 1 where the flow holds for both frames.
std::int64_t FindValid(const Image4& forward, const Image4& backward,
                       std::vector<std::uint8_t>& valid) {
  const int last_x = forward.width - 1;
  const int last_y = forward.height - 1;
  valid.resize(forward.data.size());
  std::int64_t count = 0;
  std::size_t i = 0;
  for (int y = 0; y <= last_y; ++y) {
    const Pixel4* const here = forward.row(y);
    const Pixel4* const below = forward.row(std::min(y + 1, last_y));
    for (int x = 0; x <= last_x; ++x, ++i) {
      const Float4 f = here[x].v;
      const float to_x = static_cast<float>(x) + f[0];
      const float to_y = static_cast<float>(y) + f[1];
      const bool inside = to_x >= 0 && to_x <= static_cast<float>(last_x) && to_y >= 0 &&
                          to_y <= static_cast<float>(last_y);
      const Float4 back = Bilinear(backward, Spot(forward.width, forward.height, to_x, to_y));
      const float size = SquaredLength(f);
      const bool occluded =
          SquaredLength(back + f) > kTripRelative * (SquaredLength(back) + size) + kTripAbsolute;
      const float gradient =
          SquaredLength(here[std::min(x + 1, last_x)].v - f) + SquaredLength(below[x].v - f);
      const bool boundary = gradient > kBoundaryRelative * size + kBoundaryAbsolute;
      valid[i] = inside && !occluded && !boundary ? 1 : 0;
      count += valid[i];
    }
  }
  return count;
}

double SquaredError(const Image4& first, const Image4& second, const Image4& flow,
                    std::span<const std::uint8_t> valid) {
  double sum = 0;
  std::int64_t count = 0;
  std::size_t i = 0;
  for (int y = 0; y < first.height; ++y) {
    float row = 0;
    for (int x = 0; x < first.width; ++x, ++i) {
      if (valid[i] == 0) continue;
      const Float4 move = flow.data[i].v;
      const Spot to(first.width, first.height, static_cast<float>(x) + move[0],
                    static_cast<float>(y) + move[1]);
      const Float4 difference = (Bilinear(second, to) - first.data[i].v) * (1 / kWhite);
      const Float4 square = difference * difference;
      row += square[0] + square[1] + square[2];
      ++count;
    }
    sum += static_cast<double>(row);
  }
  return count > 0 ? sum / static_cast<double>(3 * count) : 0;
}

double MeanDifference(const Image4& a, const Image4& b) {
  double sum = 0;
  for (int y = 0; y < a.height; ++y) {
    Float4 row = {0, 0, 0, 0};
    for (int x = 0; x < a.width; ++x) {
      const Float4 difference = a.row(y)[x].v - b.row(y)[x].v;
      row += Higher(difference, -difference);
    }
    sum += static_cast<double>(row[0]) + static_cast<double>(row[1]) + static_cast<double>(row[2]);
  }
  return sum / (3.0 * static_cast<double>(kWhite) * static_cast<double>(a.data.size()));
}

// [begin, end) along one axis of the part that tOF looks at.
std::pair<int, int> MiddlePart(int side) {
  int kept = side / 32 * 32;
  while (kept > side - 16) kept -= 32;
  if (kept <= 0) kept = side > 16 ? side - 16 : side;
  const int begin = (side - kept) / 2;
  return {begin, begin + kept};
}

// `scale_x`, `scale_y`: pixels of the frame as given in one of the flow's.
double FlowDifference(const media::FlowField& a, const media::FlowField& b, double scale_x,
                      double scale_y) {
  const auto [left, right] = MiddlePart(a.width);
  const auto [top, bottom] = MiddlePart(a.height);
  double sum = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const std::size_t i = 2 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(a.width) +
                                 static_cast<std::size_t>(x));
      const double dx = scale_x * static_cast<double>(a.data[i] - b.data[i]);
      const double dy = scale_y * static_cast<double>(a.data[i + 1] - b.data[i + 1]);
      sum += std::sqrt(dx * dx + dy * dy);
    }
  }
  return sum / (static_cast<double>(right - left) * static_cast<double>(bottom - top));
}

}  // namespace

nlohmann::json TemporalRow::ToJson() const {
  nlohmann::json json = {{"frame", frame},
                         {"seconds", seconds},
                         {"flicker_input", flicker_input},
                         {"flicker_output", flicker_output}};
  if (measured) {
    json["warp_input"] = warp_input;
    json["warp_output"] = warp_output;
    json["tof"] = tof;
    json["covered"] = covered;
  }
  return json;
}

nlohmann::json TemporalSummary::ToJson() const {
  return {{"frames", frames},
          {"pairs", pairs},
          {"warp_input", warp_input},
          {"warp_output", warp_output},
          {"tof", tof},
          {"flicker_input", flicker_input},
          {"flicker_output", flicker_output}};
}

struct TemporalMetrics::Impl {
  // One side of the comparison: its last two frames.
  struct Side {
    Image4 before, now;
    std::vector<std::uint8_t> grey_before, grey_now;

    void Take(const media::Picture& picture, Size size) {
      std::swap(before, now);
      std::swap(grey_before, grey_now);
      Shrink(picture, size, now);
      GreyOf(now, grey_now);
    }
    // The same as of a side that took the same picture.
    void TakeFrom(const Side& other) {
      std::swap(before, now);
      std::swap(grey_before, grey_now);
      now = other.now;
      grey_now = other.grey_now;
    }
    [[nodiscard]] media::GreyView ViewBefore() const {
      return {before.width, before.height, grey_before};
    }
    [[nodiscard]] media::GreyView ViewNow() const { return {now.width, now.height, grey_now}; }
  };

  void Measure(TemporalRow& row) {
    if (!dis) {
      dis = media::MakeFlow(media::FlowMethod::kDisMedium);
      farneback = media::MakeFlow(media::FlowMethod::kFarneback);
    }
    dis->Estimate(input.ViewBefore(), input.ViewNow(), field);
    ToImage(field, forward);
    dis->Estimate(input.ViewNow(), input.ViewBefore(), field);
    ToImage(field, backward);
    const std::int64_t count = FindValid(forward, backward, valid);
    row.covered = static_cast<double>(count) / static_cast<double>(valid.size());
    row.warp_input = SquaredError(input.before, input.now, forward, valid);
    row.warp_output = SquaredError(output.before, output.now, forward, valid);
    farneback->Estimate(input.ViewBefore(), input.ViewNow(), field);
    farneback->Estimate(output.ViewBefore(), output.ViewNow(), other_field);
    row.tof = FlowDifference(field, other_field, static_cast<double>(full.width) / size.width,
                             static_cast<double>(full.height) / size.height);
    row.measured = true;
  }

  TemporalSettings settings;
  std::int64_t frames = 0;
  Size full, size;  // of the input as given, and as measured
  Side input, output;
  std::vector<TemporalRow> rows;
  std::unique_ptr<media::FlowEstimator> dis, farneback;  // made when first needed
  media::FlowField field, other_field;                   // kept for their memory
  Image4 forward, backward;
  std::vector<std::uint8_t> valid;
};

TemporalMetrics::TemporalMetrics(TemporalSettings settings) : impl_(std::make_unique<Impl>()) {
  AGON_CHECK(settings.every >= 1 && settings.max_side >= 0);
  impl_->settings = settings;
}
TemporalMetrics::~TemporalMetrics() = default;

void TemporalMetrics::Add(const media::Picture& input, const media::Picture& output,
                          double seconds) {
  Impl& self = *impl_;
  if (self.frames == 0) {
    self.full = {.width = input.width, .height = input.height};
    self.size = Within(self.full, self.settings.max_side);
  }
  self.input.Take(input, self.size);
  const bool copied = output.width == input.width && output.height == input.height &&
                      output.bits == input.bits && output.data == input.data;
  if (copied) {
    self.output.TakeFrom(self.input);
  } else {
    self.output.Take(output, self.size);
  }
  const std::int64_t frame = self.frames++;
  if (frame == 0) return;
  TemporalRow row;
  row.frame = frame;
  row.seconds = seconds;
  row.flicker_input = MeanDifference(self.input.before, self.input.now);
  row.flicker_output = MeanDifference(self.output.before, self.output.now);
  if ((frame - 1) % self.settings.every == 0) self.Measure(row);
  self.rows.push_back(row);
}

TemporalSummary TemporalMetrics::Summary() const {
  TemporalSummary summary;
  summary.frames = impl_->frames;
  for (const TemporalRow& row : impl_->rows) {
    summary.flicker_input += row.flicker_input;
    summary.flicker_output += row.flicker_output;
    if (!row.measured) continue;
    ++summary.pairs;
    summary.warp_input += row.warp_input;
    summary.warp_output += row.warp_output;
    summary.tof += row.tof;
  }
  const auto all = static_cast<double>(std::max<std::size_t>(1, impl_->rows.size()));
  const auto measured = static_cast<double>(std::max<std::int64_t>(1, summary.pairs));
  summary.flicker_input /= all;
  summary.flicker_output /= all;
  summary.warp_input /= measured;
  summary.warp_output /= measured;
  summary.tof /= measured;
  return summary;
}

const std::vector<TemporalRow>& TemporalMetrics::rows() const { return impl_->rows; }

Bytes TemporalMetrics::State() const {
  const Impl& self = *impl_;
  Bytes state;
  const auto append = [&](double value) {
    formats::AppendLe(state, std::bit_cast<std::uint64_t>(value));
  };
  AppendHead(state, {kMagic, self.full, self.size});
  formats::AppendLe(state, static_cast<std::uint64_t>(self.frames));
  for (const TemporalRow& row : self.rows) {
    for (const double value :
         {static_cast<double>(row.frame), row.seconds, row.flicker_input, row.flicker_output,
          row.measured ? 1.0 : 0.0, row.warp_input, row.warp_output, row.tof, row.covered}) {
      append(value);
    }
  }
  AppendImage(state, self.input.now, 3);
  AppendImage(state, self.output.now, 3);
  return state;
}

void TemporalMetrics::LoadState(const Bytes& state) {
  constexpr std::size_t kHead = kStateHeadBytes + 8;
  const auto refuse = [] {
    Fail(ErrorKind::kData,
         "the state of the temporal metrics is damaged or of another version: begin the job anew");
  };
  const std::optional<StateHead> head = LoadHead(state, kMagic);
  if (!head || state.size() < kHead) return refuse();
  const auto frames = formats::LoadLe<std::uint64_t>(state, kStateHeadBytes);
  const std::uint64_t rows = frames > 0 ? frames - 1 : 0;
  const std::uint64_t pixels = static_cast<std::uint64_t>(head->second.width) *
                               static_cast<std::uint64_t>(head->second.height);
  if (rows > state.size() || (frames > 0) != (pixels > 0)) refuse();
  if (state.size() != kHead + rows * kRowValues * 8 + 12 * pixels) refuse();

  Impl& self = *impl_;
  self.full = head->first;
  self.size = head->second;
  self.frames = static_cast<std::int64_t>(frames);
  std::size_t at = kHead;
  self.rows.resize(rows);
  for (TemporalRow& row : self.rows) {
    double values[kRowValues];
    for (double& value : values) {
      value = std::bit_cast<double>(formats::LoadLe<std::uint64_t>(state, at));
      at += 8;
    }
    row = {.frame = std::llround(values[0]),
           .seconds = values[1],
           .flicker_input = values[2],
           .flicker_output = values[3],
           .measured = values[4] != 0,
           .warp_input = values[5],
           .warp_output = values[6],
           .tof = values[7],
           .covered = values[8]};
  }
  for (Impl::Side* side : {&self.input, &self.output}) {
    side->now.Resize(self.size.width, self.size.height);
    LoadImage(state, at, 3, side->now);
    GreyOf(side->now, side->grey_now);
  }
}

double WarpingError(const media::Picture& first, const media::Picture& second,
                    const media::FlowField& flow, std::span<const std::uint8_t> valid) {
  const Size size{.width = first.width, .height = first.height};
  AGON_CHECK(second.width == size.width && second.height == size.height);
  AGON_CHECK(flow.width == size.width && flow.height == size.height);
  Image4 from, to, move;
  Shrink(first, size, from);
  Shrink(second, size, to);
  ToImage(flow, move);
  AGON_CHECK(valid.size() == from.data.size());
  return SquaredError(from, to, move, valid);
}

}  // namespace agon::cyclegan
