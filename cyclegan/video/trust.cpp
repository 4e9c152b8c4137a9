// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/trust.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

// A round trip (there and back) may miss its start by this: Sundaram et al. 2010, equation 5, as in
// the metrics' occlusion test.
constexpr float kTripRelative = 0.01F;
constexpr float kTripAbsolute = 0.5F;  // squared pixels of the reduced frame
// The moved previous input may differ from this input by noise and by what a flow error of a third
// of a pixel makes of the gradient there.
constexpr float kNoise = 0.02F * kWhite;
constexpr float kFlowError = 0.35F;  // pixels of the reduced frame
constexpr float kBoundaryRelative = 0.01F;
constexpr float kBoundaryAbsolute = 0.002F;
// A cut: less than this share of the frame can be trusted, and on average the moved previous input
// differs by this.
constexpr float kCutTrust = 0.25F;
constexpr float kCutDifference = 0.06F * kWhite;

float SquaredLength(Float4 v) {
  const Float4 square = v * v;
  return square[0] + square[1] + square[2];
}

// Repeats a line's first and last value into the two columns more that it has at each end.
void Continue(std::vector<Pixel4>& line) {
  line[0] = line[1] = line[2];
  *(line.end() - 1) = *(line.end() - 2) = *(line.end() - 3);
}

}  // namespace

bool FlowTrust::Compute(const Image4& before, const Image4& now, Size full, Image4& out) {
  AGON_CHECK(before.width == now.width && before.height == now.height);
  if (!estimator_) estimator_ = media::MakeFlow(media::FlowMethod::kDisFast);
  GreyOf(before, grey_before_);
  GreyOf(now, grey_now_);
  const media::GreyView view_before{now.width, now.height, grey_before_};
  const media::GreyView view_now{now.width, now.height, grey_now_};
  estimator_->Estimate(view_now, view_before, field_);
  ToImage(field_, backward_);
  estimator_->Estimate(view_before, view_now, field_);
  ToImage(field_, forward_);
  Measure(before, now);
  Combine();
  Smooth(out);

  double trusted = 0;
  double difference = 0;
  const Float4 scale = {static_cast<float>(full.width) / static_cast<float>(now.width),
                        static_cast<float>(full.height) / static_cast<float>(now.height), 1, 1};
  for (std::size_t i = 0; i < out.data.size(); ++i) {
    trusted += out.data[i].v[2];
    difference += std::sqrt(measures_.data[i].v[1]);
    out.data[i].v *= scale;
  }
  const auto count = static_cast<double>(out.data.size());
  return trusted >= kCutTrust * count || difference < kCutDifference * count;
}

void FlowTrust::Measure(const Image4& before, const Image4& now) {
  const int last_x = now.width - 1;
  const int last_y = now.height - 1;
  measures_.Resize(now.width, now.height);
  for (int y = 0; y <= last_y; ++y) {
    const Pixel4* const here = now.row(y);
    const Pixel4* const above = now.row(std::max(y - 1, 0));
    const Pixel4* const below = now.row(std::min(y + 1, last_y));
    for (int x = 0; x <= last_x; ++x) {
      const Float4 move = backward_.row(y)[x].v;
      const float from_x = static_cast<float>(x) + move[0];
      const float from_y = static_cast<float>(y) + move[1];
      const Spot from(now.width, now.height, from_x, from_y);
      const Float4 back = Bilinear(forward_, from);
      const float allowed =
          kTripRelative * (SquaredLength(move) + SquaredLength(back)) + kTripAbsolute;
      float trip = SquaredLength(move + back) / allowed;
      // What comes from outside the frame was never seen.
      if (!(from_x >= -0.5F && from_x <= static_cast<float>(last_x) + 0.5F && from_y >= -0.5F &&
            from_y <= static_cast<float>(last_y) + 0.5F)) {
        trip = 1e3F;
      }
      const Float4 residual = here[x].v - Bilinear(before, from);
      const Float4 across = here[std::min(x + 1, last_x)].v - here[std::max(x - 1, 0)].v;
      const Float4 down = below[x].v - above[x].v;
      const Float4 turn = backward_.row(y)[std::min(x + 1, last_x)].v - move;
      const Float4 tilt = backward_.row(std::min(y + 1, last_y))[x].v - move;
      const float boundary = (SquaredLength(turn) + SquaredLength(tilt)) /
                             (kBoundaryRelative * SquaredLength(move) + kBoundaryAbsolute);
      measures_.row(y)[x].v = Float4{trip, SquaredLength(residual) / 3,
                                     (SquaredLength(across) + SquaredLength(down)) / 12, boundary};
    }
  }
}

void FlowTrust::Combine() {
  const int width = measures_.width;
  const int last_y = measures_.height - 1;
  rough_.Resize(width, measures_.height);
  // Sums over three rows and maxima over five, with two columns more at each end.
  sums_.resize(static_cast<std::size_t>(width) + 4);
  maxima_.resize(static_cast<std::size_t>(width) + 4);
  for (int y = 0; y <= last_y; ++y) {
    const auto row = [&](int offset) { return measures_.row(std::clamp(y + offset, 0, last_y)); };
    const Pixel4* const rows[5] = {row(-2), row(-1), row(0), row(1), row(2)};
    for (int x = 0; x < width; ++x) {
      const auto at = static_cast<std::size_t>(x) + 2;
      sums_[at].v = rows[1][x].v + rows[2][x].v + rows[3][x].v;
      maxima_[at].v = Higher(Higher(Higher(rows[0][x].v, rows[1][x].v), rows[2][x].v),
                             Higher(rows[3][x].v, rows[4][x].v));
    }
    Continue(sums_);
    Continue(maxima_);
    const Pixel4* const move = backward_.row(y);
    Pixel4* const target = rough_.row(y);
    for (int x = 0; x < width; ++x) {
      const Pixel4* const sum = sums_.data() + x + 1;
      const Pixel4* const most = maxima_.data() + x;
      // Over 3x3 pixels: one pixel's residual says little.
      const Float4 mean = (sum[0].v + sum[1].v + sum[2].v) * (1.0F / 9);
      const Float4 highest =
          Higher(Higher(Higher(most[0].v, most[1].v), most[2].v), Higher(most[3].v, most[4].v));
      const float allowed = kNoise * kNoise + kFlowError * kFlowError * mean[2];
      const float likeness = std::clamp(1.5F - 0.5F * mean[1] / allowed, 0.0F, 1.0F);
      const float consistency = std::clamp(1.25F - 1.25F * mean[0], 0.0F, 1.0F);
      const float freedom = std::clamp(1.5F - 0.5F * highest[3], 0.0F, 1.0F);
      target[x].v = Float4{move[x].v[0], move[x].v[1], likeness * consistency, freedom};
    }
  }
}

// The mean over 5x5 pixels: what is trusted piece by piece would tear stripes apart.
void FlowTrust::Smooth(Image4& out) {
  const int width = rough_.width;
  const int last_y = rough_.height - 1;
  out.Resize(width, rough_.height);
  for (int y = 0; y <= last_y; ++y) {
    const auto row = [&](int offset) { return rough_.row(std::clamp(y + offset, 0, last_y)); };
    const Pixel4* const rows[5] = {row(-2), row(-1), row(0), row(1), row(2)};
    for (int x = 0; x < width; ++x) {
      sums_[static_cast<std::size_t>(x) + 2].v =
          rows[0][x].v + rows[1][x].v + rows[2][x].v + rows[3][x].v + rows[4][x].v;
    }
    Continue(sums_);
    Pixel4* const target = out.row(y);
    for (int x = 0; x < width; ++x) {
      const Pixel4* const sum = sums_.data() + x;
      const Float4 mean = (sum[0].v + sum[1].v + sum[2].v + sum[3].v + sum[4].v) * (1.0F / 25);
      target[x].v = Float4{rows[2][x].v[0], rows[2][x].v[1], mean[2], mean[3]};
    }
  }
}

}  // namespace agon::cyclegan
