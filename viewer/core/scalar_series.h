// SPDX-License-Identifier: Apache-2.0
// The points of one curve, as many as a run cares to write, in memory that does not grow without
// bound: beyond the limit samples are thinned out, of every four neighbours the lowest and the
// highest stay. A plot asks for one column a pixel, whatever the number of points, and sees every
// extreme.
//
// Thread safety: one thread (RunTracks guards it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace agon::viewer {

struct ScalarSample {
  std::int64_t step = 0;
  double wall_time = 0;  // seconds since 1970
  double value = 0;      // may be inf or nan: counted, kept out of the extremes
};

enum class XAxis { kStep, kWallTime };

// All samples that fall into one pixel column.
struct PlotColumn {
  double x = 0;                // of the first sample, steps or seconds since 1970
  double low = 0, high = 0;    // extremes; low > high: no finite value here
  double first = 0, last = 0;  // values at both ends, for joining columns by lines
};

// Lowest and highest finite values of any range of an array that grows at its end, in a few
// operations.
class RangeExtremes {
 public:
  struct Extremes {
    double low = 0, high = 0;
  };
  // `values` grew at its end, or lost its end and `keep` values are as they were.
  void Update(const std::vector<double>& values, std::size_t keep);
  // Of [first, last); low > high: no finite value.
  [[nodiscard]] Extremes Of(const std::vector<double>& values, std::size_t first,
                            std::size_t last) const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  // levels_[k][i]: of the values [i, i+1) * kFan^(k+1).
  std::vector<std::vector<Extremes>> levels_;
};

class ScalarSeries {
 public:
  static constexpr std::size_t kLeastLimit = 16;
  explicit ScalarSeries(std::size_t limit = std::size_t{1} << 20);

  // Steps increase. One at or before the last step says that the run was resumed from an earlier
  // checkpoint: what stood from there on is dropped. A time before the last one (the clock was
  // set) counts as the last one.
  void Append(const ScalarSample& sample);
  // Thins out to about half; the first sample and the newest ones stay.
  void Thin();

  [[nodiscard]] std::size_t size() const { return steps_.size(); }  // samples that are left
  [[nodiscard]] bool empty() const { return steps_.empty(); }
  [[nodiscard]] bool merged() const { return thinned_; }  // not all samples are left
  [[nodiscard]] std::int64_t not_finite() const { return not_finite_; }
  [[nodiscard]] ScalarSample front() const { return At(0); }  // needs !empty()
  [[nodiscard]] ScalarSample back() const { return At(size() - 1); }
  // The newest at or before `step` / `wall_time`.
  [[nodiscard]] std::optional<ScalarSample> AtStep(std::int64_t step) const;
  [[nodiscard]] std::optional<ScalarSample> AtTime(double wall_time) const;
  // The sample nearest to `x`.
  [[nodiscard]] std::optional<ScalarSample> NearestTo(double x, XAxis axis) const;

  // Columns of [from, to], at most `columns` of them, left to right, those without samples left
  // out, and a column for each neighbour just outside, so that lines reach the borders. `smoothing`
  // in [0,1): exponential moving average as TensorBoard draws it (debiased; values that are not
  // finite stay out of it), computed over the samples, not the columns; 0: none. Costs a few
  // operations a column, also for a million samples (smoothing: computed once for a factor, then
  // kept).
  void Columns(double from, double to, int columns, XAxis axis, double smoothing,
               std::vector<PlotColumn>& out) const;
  // The smoothed value NearestTo and Columns stand for: of the sample nearest to `x`.
  [[nodiscard]] std::optional<double> SmoothedNear(double x, XAxis axis, double smoothing) const;

  // All that is left of the samples, for CSV export.
  [[nodiscard]] std::vector<ScalarSample> Samples() const;
  [[nodiscard]] std::size_t bytes() const;  // of memory

 private:
  // Values beside the raw ones, for one factor; grows as they do.
  struct Smoothed {
    double factor = 0;
    double sum = 0, weight = 1;  // weight: factor ^ (finite values so far)
    std::vector<double> values;
    RangeExtremes extremes;
  };
  [[nodiscard]] ScalarSample At(std::size_t i) const { return {steps_[i], times_[i], values_[i]}; }
  [[nodiscard]] double X(std::size_t i, XAxis axis) const {
    return axis == XAxis::kStep ? static_cast<double>(steps_[i]) : times_[i];
  }
  // Index of the first sample of [first, size()) with X >= x (or > x).
  [[nodiscard]] std::size_t Bound(double x, XAxis axis, bool above, std::size_t first = 0) const;
  [[nodiscard]] std::optional<std::size_t> Nearest(double x, XAxis axis) const;
  void Truncate(std::size_t size);
  const Smoothed& Smooth(double factor) const;

  std::size_t limit_;
  bool thinned_ = false;
  std::int64_t not_finite_ = 0;
  std::vector<std::int64_t> steps_;
  std::vector<double> times_, values_;
  RangeExtremes extremes_;
  mutable Smoothed smoothed_;
};

}  // namespace agon::viewer
