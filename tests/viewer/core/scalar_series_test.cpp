// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/scalar_series.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace agon::viewer {
namespace {

using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ScalarSeries Series(const std::vector<double>& values, std::size_t limit = std::size_t{1} << 20) {
  ScalarSeries series(limit);
  for (std::size_t i = 0; i < values.size(); ++i) {
    series.Append({static_cast<std::int64_t>(i), 100.0 + static_cast<double>(i), values[i]});
  }
  return series;
}

std::vector<PlotColumn> Columns(const ScalarSeries& series, double from, double to, int columns,
                                double smoothing = 0, XAxis axis = XAxis::kStep) {
  std::vector<PlotColumn> out;
  series.Columns(from, to, columns, axis, smoothing, out);
  return out;
}

std::vector<std::int64_t> Steps(const ScalarSeries& series) {
  std::vector<std::int64_t> steps;
  for (const ScalarSample& sample : series.Samples()) steps.push_back(sample.step);
  return steps;
}

TEST(ScalarSeries, AnswersWhatStoodAtAMoment) {
  ScalarSeries series;
  EXPECT_FALSE(series.AtStep(0));
  EXPECT_FALSE(series.NearestTo(0, XAxis::kStep));
  series.Append({10, 1000, 1});
  series.Append({20, 1001, 2});
  series.Append({30, 1005, 3});
  EXPECT_FALSE(series.AtStep(9));
  EXPECT_EQ(series.AtStep(10)->value, 1);
  EXPECT_EQ(series.AtStep(29)->value, 2);
  EXPECT_EQ(series.AtStep(99)->value, 3);
  EXPECT_FALSE(series.AtTime(999));
  EXPECT_EQ(series.AtTime(1004.5)->value, 2);
  EXPECT_EQ(series.NearestTo(14, XAxis::kStep)->step, 10);
  EXPECT_EQ(series.NearestTo(16, XAxis::kStep)->step, 20);
  EXPECT_EQ(series.NearestTo(1004, XAxis::kWallTime)->step, 30);
  EXPECT_EQ(series.NearestTo(-kInfinity, XAxis::kStep)->step, 10);
  EXPECT_EQ(series.NearestTo(kInfinity, XAxis::kStep)->step, 30);
  EXPECT_FALSE(series.NearestTo(std::nan(""), XAxis::kStep));
}

// docs/formats.md: of the same step twice the later counts; a resumed run writes its steps anew.
TEST(ScalarSeries, AResumedRunReplacesWhatItWritesAnew) {
  ScalarSeries series = Series({0, 1, 2, 3, std::nan(""), 5});
  EXPECT_EQ(series.not_finite(), 1);
  series.Append({3, 200, 33});
  EXPECT_THAT(Steps(series), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(series.back().value, 33);
  EXPECT_EQ(series.not_finite(), 0);
  series.Append({-5, 201, 7});
  EXPECT_THAT(Steps(series), ElementsAre(-5));
}

// The clock of the machine was set back, or the number is none: the time axis stays an axis.
TEST(ScalarSeries, TimesNeverFall) {
  ScalarSeries series;
  series.Append({1, 100, 0});
  series.Append({2, 50, 0});
  series.Append({3, std::nan(""), 0});
  series.Append({4, kInfinity, 0});
  series.Append({5, 101, 0});
  std::vector<double> times;
  for (const ScalarSample& sample : series.Samples()) times.push_back(sample.wall_time);
  EXPECT_THAT(times, ElementsAre(100, 100, 100, 100, 101));
}

TEST(ScalarSeries, FewSamplesAreOneColumnEach) {
  const ScalarSeries series = Series({5, 7, 6});
  const auto columns = Columns(series, 0, 2, 300);
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[1].x, 1);
  EXPECT_EQ(columns[1].low, 7);
  EXPECT_EQ(columns[1].high, 7);
  EXPECT_EQ(columns[1].first, 7);
  EXPECT_EQ(columns[1].last, 7);
}

// Lines reach the borders of the plot: one neighbour on each side.
TEST(ScalarSeries, NeighboursOutsideAreThere) {
  const ScalarSeries series = Series({0, 10, 20, 30, 40});
  const auto columns = Columns(series, 1.5, 2.5, 10);
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].x, 1);
  EXPECT_EQ(columns[1].x, 2);
  EXPECT_EQ(columns[2].x, 3);
  const auto between = Columns(series, 1.2, 1.8, 10);
  ASSERT_EQ(between.size(), 2U);
  EXPECT_EQ(between[0].x, 1);
  EXPECT_EQ(between[1].x, 2);
}

TEST(ScalarSeries, SenselessRangesAreEmpty) {
  const ScalarSeries series = Series({1, 2, 3});
  EXPECT_TRUE(Columns(series, 2, 1, 10).empty());
  EXPECT_TRUE(Columns(series, std::nan(""), 1, 10).empty());
  EXPECT_TRUE(Columns(series, 0, 1, 0).empty());
  EXPECT_TRUE(Columns(ScalarSeries(), 0, 1, 10).empty());
  EXPECT_EQ(Columns(series, -kInfinity, kInfinity, 10).size(), 3U);
  EXPECT_EQ(Columns(series, -1e308, 1e308, 10).size(), 1U);
  const auto point = Columns(series, 1, 1, 10);
  ASSERT_EQ(point.size(), 3U);
  EXPECT_EQ(point[1].x, 1);
}

// Every column says what a walk over its samples says, at any zoom, also while the curve grows.
TEST(ScalarSeries, ColumnsSeeEveryExtreme) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  ScalarSeries series;
  std::vector<ScalarSample> all;
  std::int64_t step = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 101; ++i) {
      step += 1 + static_cast<std::int64_t>(random() % 5);
      const double value = random() % 50 == 0 ? std::nan("") : normal(random);
      all.push_back({step, static_cast<double>(step), value});
      series.Append(all.back());
    }
    const double from = static_cast<double>(random() % 100);
    const double to = static_cast<double>(step) * 0.7;
    const int count = 1 + static_cast<int>(random() % 300);
    const auto columns = Columns(series, from, to, count);
    ASSERT_LE(columns.size(), static_cast<std::size_t>(count) + 2);
    for (std::size_t i = 1; i + 1 < columns.size(); ++i) {
      ASSERT_GT(columns[i].x, columns[i - 1].x);
      PlotColumn expected{columns[i].x, kInfinity, -kInfinity, 0, 0};
      bool first = true;
      for (const ScalarSample& sample : all) {
        const auto x = static_cast<double>(sample.step);
        if (x < columns[i].x || x >= columns[i + 1].x || x > to) continue;
        if (first) expected.first = sample.value;
        first = false;
        expected.last = sample.value;
        if (!std::isfinite(sample.value)) continue;
        expected.low = std::min(expected.low, sample.value);
        expected.high = std::max(expected.high, sample.value);
      }
      ASSERT_EQ(columns[i].low, expected.low);
      ASSERT_EQ(columns[i].high, expected.high);
      ASSERT_TRUE(columns[i].first == expected.first || std::isnan(expected.first));
      ASSERT_TRUE(columns[i].last == expected.last || std::isnan(expected.last));
    }
  }
}

// The point of the pyramid: one needle among a million samples is seen from afar.
TEST(ScalarSeries, AMillionSamplesKeepTheirNeedle) {
  ScalarSeries series;
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    series.Append({i, 0, i == 777'777 ? 1000.0 : std::sin(static_cast<double>(i))});
  }
  EXPECT_FALSE(series.merged());
  const auto columns = Columns(series, 0, 999'999, 800);
  EXPECT_LE(columns.size(), 802U);
  const auto highest = std::max_element(
      columns.begin(), columns.end(), [](const auto& a, const auto& b) { return a.high < b.high; });
  EXPECT_EQ(highest->high, 1000);
  EXPECT_LE(highest->x, 777'777);
  EXPECT_GT(std::next(highest)->x, 777'777);
  EXPECT_LT(series.bytes(), std::size_t{64} << 20);
}

TEST(ScalarSeries, BeyondTheLimitExtremesAndEndsStay) {
  constexpr std::size_t kLimit = 256;
  ScalarSeries series(kLimit);
  for (std::int64_t i = 0; i < 100'000; ++i) {
    double value = static_cast<double>(i % 7);
    if (i == 12'345) value = 500;
    if (i == 54'321) value = -500;
    if (i % 100 == 50) value = kInfinity;
    series.Append({i, static_cast<double>(i), value});
    ASSERT_LE(series.size(), kLimit);
    ASSERT_EQ(series.back().step, i);
  }
  EXPECT_TRUE(series.merged());
  EXPECT_GE(series.size(), kLimit / 2);
  EXPECT_EQ(series.front().step, 0);
  EXPECT_EQ(series.AtStep(12'345)->value, 500);
  EXPECT_EQ(series.AtStep(54'321)->value, -500);
  EXPECT_TRUE(std::ranges::is_sorted(Steps(series)));
  const auto columns = Columns(series, 0, 100'000, 1);
  EXPECT_EQ(columns[0].low, -500);
  EXPECT_EQ(columns[0].high, 500);
}

// Where all four neighbours are the same, or none is a number, two of them still stand.
TEST(ScalarSeries, ThinningConstantsAndNonNumbersHalves) {
  for (const double value : {1.0, std::nan("")}) {
    ScalarSeries series = Series(std::vector<double>(101, value));
    series.Thin();
    EXPECT_LE(series.size(), 55U);
    EXPECT_GE(series.size(), 50U);
    EXPECT_EQ(series.front().step, 0);
    EXPECT_EQ(series.back().step, 100);
  }
}

// sum_k w^(n-k) (1-w) v_k / (1 - w^n), the debiased mean TensorBoard draws.
TEST(ScalarSeries, SmoothsAsTensorBoard) {
  const ScalarSeries series = Series({1, 2, std::nan(""), 4});
  const auto columns = Columns(series, 0, 3, 100, 0.5);
  ASSERT_EQ(columns.size(), 4U);
  EXPECT_DOUBLE_EQ(columns[0].last, 1);
  EXPECT_DOUBLE_EQ(columns[1].last, (0.25 * 1 + 0.5 * 2) / 0.75);
  EXPECT_GT(columns[2].low, columns[2].high);
  EXPECT_DOUBLE_EQ(columns[3].last, (0.125 * 1 + 0.25 * 2 + 0.5 * 4) / 0.875);
  EXPECT_DOUBLE_EQ(*series.SmoothedNear(3, XAxis::kStep, 0.5), columns[3].last);
  EXPECT_DOUBLE_EQ(*series.SmoothedNear(3, XAxis::kStep, 0), 4);
}

// What is kept for a factor goes on as the curve grows, and starts anew when it was cut.
TEST(ScalarSeries, SmoothingFollowsTheCurve) {
  const auto value = [](int i) { return std::sin(i * 0.1) + i % 3; };
  ScalarSeries grown;
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(value(i));
    grown.Append({i, 100.0 + i, values.back()});
    if (i % 7 == 0) (void)Columns(grown, 0, 500, 50, 0.9);
  }
  values.resize(200);
  for (int i = 200; i < 450; ++i) {
    values.push_back(-value(i));
    grown.Append({i, 400.0 + i, values.back()});
  }
  const ScalarSeries whole = Series(values);
  const auto expected = Columns(whole, 0, 500, 50, 0.9);
  const auto found = Columns(grown, 0, 500, 50, 0.9);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_DOUBLE_EQ(found[i].low, expected[i].low);
    EXPECT_DOUBLE_EQ(found[i].high, expected[i].high);
  }
}

TEST(ScalarSeries, ExtremeStepsAndValues) {
  ScalarSeries series;
  series.Append({std::numeric_limits<std::int64_t>::min(), 1, 1e308});
  series.Append({0, 2, -1e308});
  series.Append({std::numeric_limits<std::int64_t>::max(), 3, 1e-308});
  const auto columns = Columns(series, -kInfinity, kInfinity, 1000);
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].high, 1e308);
  EXPECT_EQ(columns[1].low, -1e308);
}

}  // namespace
}  // namespace agon::viewer
