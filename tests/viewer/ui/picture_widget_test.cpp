// SPDX-License-Identifier: Apache-2.0
// Pictures are placed so that every pixel is where the reading says, zoom about the mouse, and move
// together.
#include "viewer/ui/picture_widget.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <optional>

#include "tests/viewer/ui/run_fixture.h"
#include "tests/viewer/ui/ui_driver.h"

namespace agon::viewer {
namespace {

class PictureTest : public testing::Test {
 protected:
  PictureTest() {
    picture_ = std::make_shared<const formats::Pixels>(
        MakePixels(10, 8, 1, [](int x, int y, int) { return x + y; }));
    other_ = std::make_shared<const formats::Pixels>(
        MakePixels(20, 16, 3, [](int x, int, int) { return x; }));
  }
  // The frame is 400 x 320: the picture just fits, 40 pixels of the screen for each of its own.
  void Show(std::optional<ui::PixelHit> given = std::nullopt, const char* caption = nullptr) {
    driver_.Show([this, given, caption] {
      hit_ = ui::Picture("picture", driver_.textures().Get("picture", picture_), {400, 320}, view_,
                         caption, given);
    });
  }
  void ShowWipe() {
    driver_.Show([this] {
      hit_ = ui::Wipe("wipe", driver_.textures().Get("left", picture_),
                      driver_.textures().Get("right", other_), {400, 320}, view_, share_);
    });
  }

  UiDriver driver_;
  std::shared_ptr<const formats::Pixels> picture_, other_;
  ui::PictureView view_;
  std::optional<ui::PixelHit> hit_;
  float share_ = 0.5F;
};

TEST_F(PictureTest, FitsAndReadsThePixelUnderTheMouse) {
  Show();
  EXPECT_EQ(view_.zoom, 40);
  EXPECT_FALSE(hit_);
  driver_.Hover("picture", 0.01F, 0.01F, 1);
  ASSERT_TRUE(hit_);
  EXPECT_EQ(hit_->x, 0);
  EXPECT_EQ(hit_->y, 0);
  driver_.Hover("picture", 0.75F, 0.99F, 1);  // 300 of 400: 7.5 pixels
  ASSERT_TRUE(hit_);
  EXPECT_EQ(hit_->x, 7);
  EXPECT_EQ(hit_->y, 7);
  driver_.MoveAway();
  EXPECT_FALSE(hit_);
}

TEST_F(PictureTest, TheWheelKeepsThePixelUnderTheMouse) {
  Show();
  driver_.Hover("picture", 0.22F, 0.69F, 1);
  const ui::PixelHit before = *hit_;
  for (int i = 0; i < 5; ++i) driver_.Wheel("picture", 1, 0.22F, 0.69F);
  EXPECT_GT(view_.zoom, 100);
  ASSERT_TRUE(hit_);
  EXPECT_EQ(hit_->x, before.x);
  EXPECT_EQ(hit_->y, before.y);
  for (int i = 0; i < 100; ++i) driver_.Wheel("picture", 1, 0.22F, 0.69F);
  EXPECT_LE(view_.zoom, 256);
  for (int i = 0; i < 300; ++i) driver_.Wheel("picture", -1);
  EXPECT_GT(view_.zoom, 0);
}

TEST_F(PictureTest, DraggingMovesByAsMuchAndADoubleClickFits) {
  Show();
  driver_.Drag("picture", {80, -40});  // two pixels to the right, one up
  EXPECT_FALSE(view_.fit);
  EXPECT_NEAR(view_.x, 0.5 - 2.0 / 10, 0.02);
  EXPECT_NEAR(view_.y, 0.5 + 1.0 / 8, 0.02);
  driver_.ClickTwice("picture");
  EXPECT_TRUE(view_.fit);
  EXPECT_EQ(view_.x, 0.5);
  EXPECT_EQ(view_.zoom, 40);
}

TEST_F(PictureTest, KeysZoomToo) {
  Show();
  ui::ZoomBy(view_, 2);
  driver_.Frame();
  EXPECT_EQ(view_.zoom, 80);
  EXPECT_EQ(view_.x, 0.5);
  ui::ZoomBy(view_, 1e9);
  EXPECT_LE(view_.zoom, 256);
}

TEST_F(PictureTest, APictureInStepShowsTheHitOfAnother) {
  Show();
  const std::size_t without = driver_.vertices();
  Show(ui::PixelHit{3, 3});
  EXPECT_GT(driver_.vertices(), without);
  Show(ui::PixelHit{10, 3});  // beside it
  EXPECT_EQ(driver_.vertices(), without);
}

TEST_F(PictureTest, ACaptionIsDrawnLiterally) {
  Show();
  const std::size_t without = driver_.vertices();
  Show(std::nullopt, "label %s ##");
  EXPECT_GT(driver_.vertices(), without + 36) << "nine letters that can be seen, four corners each";
}

TEST_F(PictureTest, WithoutATextureTheFrameIsThere) {
  picture_.reset();
  Show();
  driver_.Hover("picture");
  EXPECT_FALSE(hit_);
  driver_.Wheel("picture", 3);
  driver_.Drag("picture", {30, 30});
  EXPECT_TRUE(driver_.Has("picture"));
}

TEST_F(PictureTest, TwoPicturesOfAViewMoveTogether) {
  driver_.Show([this] {
    const auto texture = driver_.textures().Get("picture", picture_);
    ui::Picture("first", texture, {200, 160}, view_);
    ui::Picture("second", texture, {200, 160}, view_);
  });
  driver_.Wheel("first", 2, 0.2F, 0.2F);
  EXPECT_EQ(driver_.Value("first"), driver_.Value("second"));
  EXPECT_NE(driver_.Value("first").find("zoom 31.25"), std::string::npos) << driver_.Value("first");
}

TEST_F(PictureTest, TheLineOfAWipeIsDragged) {
  ShowWipe();
  driver_.Drag("wipe/divider", {100, 0});
  EXPECT_NEAR(share_, 0.75, 0.02);
  EXPECT_TRUE(view_.fit) << "the pictures stay";
  driver_.Drag("wipe/divider", {1000, 0});
  EXPECT_EQ(share_, 1);
  driver_.Drag("wipe/divider", {-2000, 0}, 0.0F);
  EXPECT_EQ(share_, 0);
}

TEST_F(PictureTest, ElsewhereADragMovesBothPicturesOfAWipe) {
  ShowWipe();
  driver_.Drag("wipe", {40, 0}, 0.2F);
  EXPECT_EQ(share_, 0.5F);
  EXPECT_NEAR(view_.x, 0.4, 0.02);
  EXPECT_FALSE(view_.fit);
}

// A drag that begins beside the line does not take the line along when it crosses it.
TEST_F(PictureTest, CrossingTheLineDoesNotMoveIt) {
  ShowWipe();
  driver_.Drag("wipe", {200, 0}, 0.25F);
  EXPECT_EQ(share_, 0.5F);
}

TEST_F(PictureTest, AShareThatIsNoNumberIsTheMiddle) {
  share_ = std::numeric_limits<float>::quiet_NaN();
  ShowWipe();
  EXPECT_EQ(share_, 0.5F);
}

}  // namespace
}  // namespace agon::viewer
