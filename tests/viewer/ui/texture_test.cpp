// SPDX-License-Identifier: Apache-2.0
// Textures are uploaded when pixels change and at no other time, widened, reduced where the backend
// is small, and deleted when nobody asks for them.
#include "viewer/ui/texture.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/viewer/ui/run_fixture.h"
#include "tests/viewer/ui/ui_driver.h"

namespace agon::viewer {
namespace {

formats::Pixels Grey(int width, int height) {
  return MakePixels(width, height, 1, [](int x, int y, int) { return 10 * x + y; });
}

TEST(Textures, GreyAndColourAreWidened) {
  FakeTextures backend;
  Textures textures(backend);
  const auto grey = textures.Get("grey", Grey(2, 1), 1);
  EXPECT_EQ(backend.Find(grey.id)->rgba,
            (std::vector<std::uint8_t>{0, 0, 0, 255, 10, 10, 10, 255}));
  const auto colour =
      textures.Get("colour", MakePixels(1, 1, 3, [](int, int, int c) { return c + 1; }), 1);
  EXPECT_EQ(backend.Find(colour.id)->rgba, (std::vector<std::uint8_t>{1, 2, 3, 255}));
  const auto alpha =
      textures.Get("alpha", MakePixels(1, 1, 4, [](int, int, int c) { return c + 1; }), 1);
  EXPECT_EQ(backend.Find(alpha.id)->rgba, (std::vector<std::uint8_t>{1, 2, 3, 4}));
}

TEST(Textures, OnlyAnotherVersionIsUploadedAgain) {
  FakeTextures backend;
  Textures textures(backend);
  const auto first = textures.Get("a", Grey(3, 2), 1);
  EXPECT_EQ(textures.Get("a", Grey(3, 2), 1).id, first.id);
  EXPECT_EQ(backend.uploads, 1);
  EXPECT_EQ(textures.Get("a", Grey(3, 2), 2).id, first.id) << "of the same size: reused";
  EXPECT_EQ(backend.uploads, 2);
  const auto larger = textures.Get("a", Grey(4, 2), 3);
  EXPECT_EQ(larger.width, 4);
  EXPECT_EQ(backend.pictures.size(), 1U) << "the one of the other size is gone";
}

// The address says which picture it is, so it must not be used again while it stands for one.
TEST(Textures, ASharedPictureLivesAsLongAsItsTexture) {
  FakeTextures backend;
  Textures textures(backend);
  auto picture = std::make_shared<const formats::Pixels>(Grey(2, 2));
  const std::weak_ptr<const formats::Pixels> watch = picture;
  const auto texture = textures.Get("a", picture);
  EXPECT_EQ(textures.Get("a", picture).id, texture.id);
  EXPECT_EQ(backend.uploads, 1);
  picture.reset();
  EXPECT_FALSE(watch.expired());
  textures.EndFrame();
  textures.EndFrame();
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(textures.Get("a", std::shared_ptr<const formats::Pixels>()).id, nullptr);
}

TEST(Textures, WhatIsNotAskedForIsDeleted) {
  FakeTextures backend;
  Textures textures(backend);
  static_cast<void>(textures.Get("a", Grey(1, 1), 1));
  static_cast<void>(textures.Get("b", Grey(1, 1), 1));
  textures.EndFrame();
  EXPECT_EQ(backend.pictures.size(), 2U);
  static_cast<void>(textures.Get("b", Grey(1, 1), 1));
  textures.EndFrame();
  EXPECT_EQ(backend.pictures.size(), 1U);
  textures.EndFrame();
  EXPECT_TRUE(backend.pictures.empty());
}

TEST(Textures, WhatIsTooLargeIsReducedToMeans) {
  FakeTextures backend;
  backend.max_side = 2;
  Textures textures(backend);
  // Columns 0, 10, 20, 30, 40: means of threes are 10 and 35.
  const auto texture = textures.Get("a", Grey(5, 1), 1);
  EXPECT_EQ(texture.width, 5) << "of the picture, not of what was uploaded";
  const auto* const uploaded = backend.Find(texture.id);
  ASSERT_EQ(uploaded->width, 2);
  ASSERT_EQ(uploaded->height, 1);
  EXPECT_EQ(uploaded->rgba, (std::vector<std::uint8_t>{10, 10, 10, 255, 35, 35, 35, 255}));
}

TEST(Textures, PixelsThatContradictThemselvesAreNoTexture) {
  FakeTextures backend;
  Textures textures(backend);
  formats::Pixels pixels = Grey(3, 3);
  pixels.data.pop_back();
  EXPECT_EQ(textures.Get("a", pixels, 1).id, nullptr);
  pixels = Grey(3, 3);
  pixels.channels = 2;
  EXPECT_EQ(textures.Get("a", pixels, 1).id, nullptr);
  EXPECT_EQ(textures.Get("a", formats::Pixels{}, 1).id, nullptr);
  EXPECT_EQ(backend.uploads, 0);
}

TEST(Textures, AFailureIsTriedAgainOnlyWithOtherPixels) {
  FakeTextures backend;
  Textures textures(backend);
  static_cast<void>(textures.Get("a", Grey(2, 2), 1));
  backend.fail = true;
  EXPECT_EQ(textures.Get("a", Grey(2, 2), 2).id, nullptr);
  EXPECT_TRUE(backend.pictures.empty()) << "the old pixels are not shown as the new ones";
  backend.fail = false;
  EXPECT_EQ(textures.Get("a", Grey(2, 2), 2).id, nullptr);
  EXPECT_NE(textures.Get("a", Grey(2, 2), 3).id, nullptr);
}

}  // namespace
}  // namespace agon::viewer
