// SPDX-License-Identifier: Apache-2.0
// A plot shows everything until it is moved, is moved and zoomed by the mouse, reads the values of
// all curves under it, and draws whatever it is given.
#include "viewer/ui/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tests/viewer/ui/ui_driver.h"

namespace agon::viewer {
namespace {

using testing::HasSubstr;
using testing::Not;

// y = x / 100 at the whole x of [0, 100].
std::vector<PlotColumn> Ramp(double factor = 1) {
  std::vector<PlotColumn> columns;
  for (int x = 0; x <= 100; ++x) {
    const double y = factor * x / 100.0;
    columns.push_back({static_cast<double>(x), y, y, y, y});
  }
  return columns;
}

class PlotTest : public testing::Test {
 protected:
  void Show(std::function<void(ui::Plot&)> curves) {
    driver_.Show([this, curves = std::move(curves)] {
      ui::Plot plot("plot", {600, 400}, view_, options_, extent_);
      columns_ = plot.columns();
      curves(plot);
      if (const auto pointer = plot.End()) {
        pointer_ = pointer;
        if (pointer->clicked) clicked_ = pointer->x;
      }
    });
  }
  void ShowRamp() {
    Show([](ui::Plot& plot) { plot.Curve({.name = "ramp", .colour = SeriesColour(0)}, Ramp()); });
  }
  // Of the whole plot's width, where x stands.
  [[nodiscard]] float ShareOf(double x) const {
    const ui::ProbedItem item = driver_.Item("plot");
    const float left = (item.max.x - item.min.x) - static_cast<float>(columns_) - 13 * 0.8F;
    return (left + static_cast<float>((x - view_.x_low) / (view_.x_high - view_.x_low)) *
                       static_cast<float>(columns_)) /
           (item.max.x - item.min.x);
  }

  UiDriver driver_;
  ui::PlotView view_;
  ui::PlotOptions options_{.title = "title", .x_label = "step", .whole_x = true};
  ui::PlotExtent extent_{0, 100, 0, 1};
  std::optional<ui::Plot::Pointer> pointer_;
  std::optional<double> clicked_;
  int columns_ = 0;
};

TEST_F(PlotTest, ShowsEverythingUntilItIsMoved) {
  ShowRamp();
  EXPECT_LE(view_.x_low, 0);
  EXPECT_GE(view_.x_high, 100);
  EXPECT_LT(view_.x_high, 110) << "with a little room only";
  EXPECT_LE(view_.y_low, 0);
  EXPECT_GE(view_.y_high, 1);
  extent_.x_high = 1000;  // the run goes on
  driver_.Frame();
  EXPECT_GE(view_.x_high, 1000);
}

TEST_F(PlotTest, DraggingMovesAndADoubleClickFitsAgain) {
  ShowRamp();
  const double width = view_.x_high - view_.x_low;
  const double low = view_.x_low;
  driver_.Drag("plot", {-100, 0});
  EXPECT_FALSE(view_.fit);
  EXPECT_NEAR(view_.x_high - view_.x_low, width, width * 1e-6) << "moved, not zoomed";
  EXPECT_GT(view_.x_low, low + width * 0.1);
  EXPECT_FALSE(clicked_) << "a drag is no click";
  const double moved = view_.x_low;
  extent_.x_high = 1000;
  driver_.Frame();
  EXPECT_EQ(view_.x_low, moved) << "what was moved stays";
  driver_.ClickTwice("plot");
  EXPECT_TRUE(view_.fit);
  EXPECT_GE(view_.x_high, 1000);
}

TEST_F(PlotTest, TheWheelZoomsAboutTheMouse) {
  ShowRamp();
  const float share = ShareOf(25);
  driver_.Wheel("plot", 1, share);
  const double width = view_.x_high - view_.x_low;
  EXPECT_LT(width, 90);
  EXPECT_NEAR((25 - view_.x_low) / width, 0.25, 0.02) << "25 stands where it stood";
  driver_.Wheel("plot", -1, share);
  EXPECT_NEAR(view_.x_high - view_.x_low, 103, 0.5);
}

TEST_F(PlotTest, WhenTheWheelIsForScrollingItZoomsWithControl) {
  options_.wheel = false;
  ShowRamp();
  driver_.Wheel("plot", 1);
  EXPECT_TRUE(view_.fit);
  driver_.HoldControl(true);
  driver_.Wheel("plot", 1);
  driver_.HoldControl(false);
  EXPECT_FALSE(view_.fit);
}

// Zoomed to the left half, y shows what the curve reaches there.
TEST_F(PlotTest, YFollowsWhatIsShown) {
  ShowRamp();
  view_.fit = false;
  view_.x_low = 0;
  view_.x_high = 50;
  driver_.Frame();
  EXPECT_NEAR(view_.y_high, 0.5, 0.05);
  EXPECT_NEAR(view_.y_low, 0, 0.05);
  // Until it is zoomed at its own axis.
  driver_.Wheel("plot", 2, 0.01F);
  EXPECT_FALSE(view_.fit_y);
  const double high = view_.y_high;
  EXPECT_LT(high, 0.5);
  view_.x_high = 100;
  driver_.Frame();
  EXPECT_EQ(view_.y_high, high);
}

TEST_F(PlotTest, TheRightButtonZoomsToARange) {
  ShowRamp();
  const float from = ShareOf(20);
  const float to = ShareOf(60);
  const ui::ProbedItem item = driver_.Item("plot");
  driver_.Drag("plot", {(to - from) * (item.max.x - item.min.x), 0}, from, 0.5F, 1);
  EXPECT_NEAR(view_.x_low, 20, 1);
  EXPECT_NEAR(view_.x_high, 60, 1);
}

TEST_F(PlotTest, TheCrossHairReadsAllCurves) {
  Show([](ui::Plot& plot) {
    plot.Curve({.name = "raw", .colour = SeriesColour(0), .dim = true}, Ramp(3));
    plot.Curve({.name = "raw", .colour = SeriesColour(0)}, Ramp(2));
    plot.Curve({.name = "other", .colour = SeriesColour(1)}, Ramp(4));
    plot.Curve({.name = "", .colour = SeriesColour(2)}, Ramp(5));
  });
  EXPECT_FALSE(driver_.Has("plot/values"));
  driver_.Hover("plot", ShareOf(50));
  EXPECT_EQ(driver_.Value("plot/values"), "step 50\nraw: 1  (raw 1.5)\nother: 2");
  ASSERT_TRUE(pointer_);
  EXPECT_NEAR(pointer_->x, 50, 0.3);
  driver_.MoveAway();
  EXPECT_FALSE(driver_.Has("plot/values"));
}

// Of columns that stand for many samples the extremes are told.
TEST_F(PlotTest, TheCrossHairTellsExtremesOfMergedSamples) {
  Show([](ui::Plot& plot) {
    const std::vector<PlotColumn> columns = {{0, 0, 1, 0.5, 0.5}, {100, -2, 3, 0.5, 0.25}};
    plot.Curve({.name = "a", .colour = SeriesColour(0)}, columns);
  });
  driver_.Hover("plot", ShareOf(98));
  EXPECT_EQ(driver_.Value("plot/values"), "step 100\na: 0.25  (-2 to 3)");
}

TEST_F(PlotTest, ACurveThatEndedIsNotReadFarBeyondItsEnd) {
  Show([](ui::Plot& plot) {
    plot.Curve({.name = "long", .colour = SeriesColour(0)}, Ramp());
    const std::vector<double> x = {0, 10};
    const std::vector<double> y = {1, 1};
    plot.Points({.name = "short", .colour = SeriesColour(1)}, x, y);
  });
  driver_.Hover("plot", ShareOf(5));
  EXPECT_THAT(driver_.Value("plot/values"), HasSubstr("short"));
  driver_.Hover("plot", ShareOf(80));
  EXPECT_THAT(driver_.Value("plot/values"), Not(HasSubstr("short")));
}

TEST_F(PlotTest, AClickTellsWhere) {
  ShowRamp();
  driver_.Click("plot", ShareOf(70));
  ASSERT_TRUE(clicked_);
  EXPECT_NEAR(*clicked_, 70, 0.3);
}

TEST_F(PlotTest, OfALogAxisOnlyPositiveValuesCount) {
  options_.log_y = true;
  extent_ = {0, 3, -5, 100};
  Show([](ui::Plot& plot) {
    const std::vector<double> x = {0, 1, 2, 3};
    const std::vector<double> y = {0.01, -5, 0, 100};
    plot.Points({.name = "a", .colour = SeriesColour(0)}, x, y);
  });
  EXPECT_GT(view_.y_low, 0.001);
  EXPECT_LT(view_.y_low, 0.01);
  EXPECT_GT(view_.y_high, 100);
}

TEST_F(PlotTest, FixedRangesStay) {
  options_.share_y = true;
  Show([](ui::Plot& plot) { plot.Curve({.name = "a"}, Ramp(50)); });
  EXPECT_NEAR(view_.y_low, 0, 0.1);
  EXPECT_NEAR(view_.y_high, 1, 0.1);
  options_.share_y = false;
  options_.y_low = -7;
  options_.y_high = 9;
  driver_.Wheel("plot", 3, 0.01F);
  EXPECT_EQ(view_.y_low, -7);
  EXPECT_EQ(view_.y_high, 9);
}

// Whatever values come: nothing is drawn at a place that is no number (UiDriver looks).
TEST_F(PlotTest, AnyValuesAreDrawn) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double nan = std::nan("");
  const std::vector<double> x = {0, 1, 2, 3, 4, 5, 6, 7};
  const std::vector<std::vector<double>> values = {{nan, nan, nan, nan, nan, nan, nan, nan},
                                                   {1e308, -1e308, 1e308, 0, 5e-324, -0.0, 1, 2},
                                                   {kInfinity, 1, -kInfinity, 2, nan, 3, 1, 1},
                                                   {3, 3, 3, 3, 3, 3, 3, 3},
                                                   {}};
  extent_ = {0, 7, -1e308, 1e308};
  for (const bool log : {false, true}) {
    options_.log_y = log;
    for (const std::vector<double>& y : values) {
      for (const ui::CurveStyle& style :
           {ui::CurveStyle{.name = "line"}, ui::CurveStyle{.name = "bars", .bars = true},
            ui::CurveStyle{.name = "markers", .markers = true}}) {
        view_ = {};
        Show([&](ui::Plot& plot) {
          plot.Points(style, x, y);
          plot.Marker(nan);
          plot.HorizontalLine(kInfinity);
        });
        EXPECT_LT(view_.y_low, view_.y_high);
        driver_.Hover("plot", 0.5F, 0.5F, 2);
        driver_.Wheel("plot", 200);
        driver_.Wheel("plot", -400);
        driver_.Drag("plot", {-500, 0});
        EXPECT_TRUE(std::isfinite(view_.x_low) && std::isfinite(view_.x_high));
        driver_.MoveAway();
      }
    }
  }
}

// Fewer vertices than a draw list can count in one piece, whatever there is to draw.
TEST_F(PlotTest, VeryManyColumnsAreDrawnInPieces) {
  std::vector<PlotColumn> columns;
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) {
    const double y = i % 2;
    columns.push_back({static_cast<double>(i), 0, 1, y, 1 - y});
  }
  extent_ = {0, kCount, 0, 1};
  Show([&](ui::Plot& plot) { plot.Curve({.name = "a"}, columns); });
  EXPECT_GT(driver_.vertices(), 65'536U);
}

TEST_F(PlotTest, WithoutDataThereIsANote) {
  extent_ = {1, 0, 1, 0};
  Show([](ui::Plot&) {});
  const std::size_t without = driver_.vertices();
  extent_ = {0, 100, 0, 1};
  Show([](ui::Plot& plot) { plot.Curve({.name = ""}, std::vector<PlotColumn>()); });
  EXPECT_GT(without, 0U);
  EXPECT_LT(view_.x_low, view_.x_high);
}

TEST_F(PlotTest, AManyNamedLegendIsCut) {
  Show([](ui::Plot& plot) {
    for (int i = 0; i < 40; ++i) {
      plot.Curve({.name = "a very long name of a curve, number " + std::to_string(i),
                  .colour = SeriesColour(static_cast<std::size_t>(i))},
                 Ramp(i));
    }
  });
  driver_.Hover("plot", ShareOf(50));
  const std::string values = driver_.Value("plot/values");
  EXPECT_EQ(std::count(values.begin(), values.end(), '\n'), 16) << values;
}

TEST_F(PlotTest, TheSmallestPlotIsStillOne) {
  driver_.Show([this] {
    ui::Plot plot("plot", {1, 1}, view_, options_, extent_);
    plot.Curve({.name = "a"}, Ramp());
    plot.End();
  });
  EXPECT_GE(driver_.Item("plot").max.x - driver_.Item("plot").min.x, 10);
}

}  // namespace
}  // namespace agon::viewer
