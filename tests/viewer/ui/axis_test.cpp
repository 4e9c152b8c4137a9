// SPDX-License-Identifier: Apache-2.0
// Axes: round numbers within the range, written so that neighbours differ, whatever the range.
#include "viewer/ui/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace agon::viewer::ui {
namespace {

using testing::ElementsAre;

std::vector<std::string> Labels(AxisKind kind, double low, double high, int most) {
  std::vector<std::string> labels;
  for (const AxisTick& tick : Ticks(MakeAxis(kind, low, high), most)) {
    if (!tick.label.empty()) labels.push_back(tick.label);
  }
  return labels;
}

// Times of day are those of Greenwich in these tests.
class TimeAxis : public testing::Test {
 protected:
  void SetUp() override {
    const char* const zone = std::getenv("TZ");
    before_ = zone == nullptr ? "" : zone;
    had_ = zone != nullptr;
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  void TearDown() override {
    if (had_) {
      ::setenv("TZ", before_.c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::string before_;
  bool had_ = false;
};

TEST(Axis, NumbersAreRound) {
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 1, 6),
              ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(Labels(AxisKind::kNumber, -3, 3, 4), ElementsAre("-2", "0", "2"));
  EXPECT_THAT(Labels(AxisKind::kPercent, 0, 1, 3), ElementsAre("0 %", "50 %", "100 %"));
}

// A short axis has as many ticks as fit, not one fewer.
TEST(Axis, TheFinestStepThatFitsIsTaken) {
  EXPECT_THAT(Labels(AxisKind::kNumber, 0.02, 0.19, 4), ElementsAre("0.05", "0.10", "0.15"));
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 1, 3), ElementsAre("0", "0.5", "1.0"));
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 1, 2), ElementsAre("0", "1"));
}

TEST(Axis, LargeAndSmallNumbersAreShort) {
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 20'000, 5), ElementsAre("0", "5k", "10k", "15k", "20k"));
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 3e6, 4), ElementsAre("0", "1M", "2M", "3M"));
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 4e-5, 3), ElementsAre("0", "2e-5", "4e-5"));
  EXPECT_THAT(Labels(AxisKind::kNumber, 0, 4e20, 3), ElementsAre("0", "2e20", "4e20"));
}

// Deep in a zoom the labels must still tell the ticks apart.
TEST(Axis, NeighboursDifferWhenZoomedIn) {
  EXPECT_THAT(Labels(AxisKind::kWhole, 1'234'560, 1'234'566, 4),
              ElementsAre("1234560", "1234562", "1234564", "1234566"));
  EXPECT_THAT(Labels(AxisKind::kNumber, 0.12341, 0.12343, 3),
              ElementsAre("0.12341", "0.12342", "0.12343"));
}

TEST(Axis, StepsAreWhole) {
  EXPECT_THAT(Labels(AxisKind::kWhole, 0, 3, 20), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(Labels(AxisKind::kWhole, 0.2, 0.8, 20), ElementsAre());
}

TEST(Axis, DurationsAreRoundToPeople) {
  EXPECT_THAT(Labels(AxisKind::kDuration, 0, 100, 5), ElementsAre("0s", "30s", "1m", "1m30s"));
  EXPECT_THAT(Labels(AxisKind::kDuration, 0, 3600 * 5, 6),
              ElementsAre("0s", "1h", "2h", "3h", "4h", "5h"));
  EXPECT_THAT(Labels(AxisKind::kDuration, 0, 86400 * 2.5, 4), ElementsAre("0s", "1d", "2d"));
  EXPECT_THAT(Labels(AxisKind::kDuration, 0, 1, 3), ElementsAre("0.0s", "0.5s", "1.0s"));
}

TEST_F(TimeAxis, TimesOfDayNameMidnightByItsDate) {
  // 1700000000 is 2023-11-14 22:13:20 UTC.
  EXPECT_THAT(Labels(AxisKind::kTime, 1'700'000'000, 1'700'000'000 + 3 * 3600, 4),
              ElementsAre("23:00", "11-15", "01:00"));
  EXPECT_THAT(Labels(AxisKind::kTime, 1'700'000'000, 1'700'000'030, 4),
              ElementsAre("22:13:20", "22:13:30", "22:13:40", "22:13:50"));
  EXPECT_EQ(Written(AxisKind::kTime, 1'700'000'000), "22:13:20");
}

TEST_F(TimeAxis, TicksAreRoundInTheZoneOfTheReader) {
  ::setenv("TZ", "UTC-5:30", 1);  // half past for others
  ::tzset();
  EXPECT_THAT(Labels(AxisKind::kTime, 1'700'000'000, 1'700'000'000 + 3 * 3600, 4),
              ElementsAre("04:00", "05:00", "06:00"));
}

TEST(Axis, LogarithmsHavePowersOfTen) {
  EXPECT_THAT(Labels(AxisKind::kLog, 1e-6, 1, 4), ElementsAre("1e-6", "0.0001", "0.01", "1"));
  EXPECT_THAT(Labels(AxisKind::kLog, 0.01, 1, 8),
              ElementsAre("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"));
  EXPECT_THAT(Labels(AxisKind::kLog, 2, 4, 3), ElementsAre("2", "3", "4"));
}

TEST(Axis, SharesAndValuesAreInverse) {
  for (const AxisKind kind : {AxisKind::kNumber, AxisKind::kLog}) {
    const Axis axis = MakeAxis(kind, 0.5, 200);
    EXPECT_DOUBLE_EQ(axis.Share(0.5), 0);
    EXPECT_DOUBLE_EQ(axis.Share(200), 1);
    EXPECT_NEAR(axis.At(axis.Share(7)), 7, 1e-9);
  }
  EXPECT_NEAR(MakeAxis(AxisKind::kLog, 1, 100).Share(10), 0.5, 1e-12);
  EXPECT_LT(MakeAxis(AxisKind::kLog, 1, 100).Share(0), -10);
}

TEST(Axis, ValuesAreWrittenMorePreciselyThanTicks) {
  EXPECT_EQ(Written(AxisKind::kNumber, 0.123456789), "0.12346");
  EXPECT_EQ(Written(AxisKind::kNumber, 1.5e-7), "1.5000e-7");
  EXPECT_EQ(Written(AxisKind::kNumber, 123'456'789), "123456789");
  EXPECT_EQ(Written(AxisKind::kWhole, 41.6), "42");
  EXPECT_EQ(Written(AxisKind::kWhole, -0.2), "0");
  EXPECT_EQ(Written(AxisKind::kPercent, 0.4567), "45.67 %");
  EXPECT_EQ(Written(AxisKind::kDuration, 90.25), "1m30.3s");
  EXPECT_EQ(Written(AxisKind::kNumber, std::nan("")), "nan");
  EXPECT_EQ(Written(AxisKind::kNumber, -std::numeric_limits<double>::infinity()), "-inf");
}

// Whatever a run records or a user zooms to: a range that can be drawn, ticks inside it, in order,
// no more with a label than asked for, and no label twice.
TEST(Axis, AnyRangeHasTicksInside) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-320, 308);
  std::uniform_real_distribution<double> factor(-2, 2);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> ends = {0,     -0.0,   1,      -1,    kInfinity, -kInfinity, std::nan(""),
                              1e308, -1e308, 5e-324, 1.7e9, 1.7e9 + 1};
  for (int i = 0; i < 25; ++i) ends.push_back(factor(random) * std::pow(10.0, exponent(random)));
  for (const AxisKind kind : {AxisKind::kNumber, AxisKind::kWhole, AxisKind::kPercent,
                              AxisKind::kLog, AxisKind::kDuration, AxisKind::kTime}) {
    for (const double low : ends) {
      for (const double high : ends) {
        const Axis axis = MakeAxis(kind, low, high);
        ASSERT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high)) << low << " " << high;
        ASSERT_LT(axis.low, axis.high) << low << " " << high;
        for (const int most : {1, 5}) {
          const std::vector<AxisTick> ticks = Ticks(axis, most);
          const double slack = (axis.high - axis.low) * 1e-6;
          int labelled = 0;
          double before = -kInfinity;
          for (const AxisTick& tick : ticks) {
            ASSERT_GT(tick.value, before);
            ASSERT_GE(tick.value, axis.low - slack);
            ASSERT_LE(tick.value, axis.high + slack);
            before = tick.value;
            labelled += tick.label.empty() ? 0 : 1;
          }
          if (kind == AxisKind::kLog) continue;
          ASSERT_LE(labelled, most) << low << " " << high;
        }
      }
    }
  }
}

TEST(Axis, LabelsOfOneAxisDiffer) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> exponent(-9, 9);
  for (int i = 0; i < 500; ++i) {
    const double middle = std::pow(10.0, exponent(random));
    const double width = middle * std::pow(10.0, exponent(random) / 3);
    for (const AxisKind kind : {AxisKind::kNumber, AxisKind::kPercent, AxisKind::kWhole}) {
      std::set<std::string> seen;
      for (const std::string& label : Labels(kind, middle, middle + width, 6)) {
        EXPECT_TRUE(seen.insert(label).second)
            << label << " stands twice from " << middle << " to " << middle + width;
      }
    }
  }
}

}  // namespace
}  // namespace agon::viewer::ui
