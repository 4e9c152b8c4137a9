// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/error.h"
#include "runtime/data/dataset.h"
#include "runtime/formats/png.h"
#include "tests/runtime/data/files.h"
#include "tests/runtime/data/from_yaml.h"

namespace agon::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageFolderTest : public ::testing::Test {
 protected:
  ImageFolderTest() { RegisterDatasets(registry_); }
  void SetUp() override {
    if (!std::filesystem::exists(Path(AGON_BINARY_DIR) / "libagon_media.so")) {
      GTEST_SKIP() << "libagon_media.so was not built (AGON_MEDIA=OFF)";
    }
  }
  [[nodiscard]] Dataset Load(const std::string& more = "") const {
    return FromYaml<DatasetSource>(registry_, "{name: image_folder, folder: ." + more + "}",
                                   folder_.path())
        ->Load();
  }
  [[nodiscard]] std::string DataError(const std::string& more = "") const {
    return MessageOf(ErrorKind::kData, [&] { (void)Load(more); });
  }
  [[nodiscard]] static std::vector<unsigned char> Png(int height, int width,
                                                      std::vector<std::uint8_t> rgb) {
    const Bytes bytes = formats::EncodePng(
        {.width = width, .height = height, .channels = 3, .data = std::move(rgb)});
    const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
    return {begin, begin + bytes.size()};
  }
  // One colour throughout.
  [[nodiscard]] static std::vector<unsigned char> Flat(int height, int width, std::uint8_t red,
                                                       std::uint8_t green, std::uint8_t blue) {
    std::vector<std::uint8_t> rgb;
    for (int i = 0; i < height * width; ++i) rgb.insert(rgb.end(), {red, green, blue});
    return Png(height, width, std::move(rgb));
  }

  Registry registry_;
  TestFolder folder_;
};

TEST_F(ImageFolderTest, ClassesAreSubfoldersInNameOrder) {
  folder_.Write("zebra/1.png", Flat(2, 3, 9, 9, 9));
  folder_.Write("horse/b.png", Flat(2, 3, 10, 20, 30));
  folder_.Write("horse/a.PNG", Flat(2, 3, 1, 2, 3));
  folder_.Write("horse/notes.txt", {'n'});
  const Dataset dataset = Load();
  EXPECT_THAT(dataset.class_names, ElementsAre("horse", "zebra"));
  EXPECT_TRUE(dataset.labels.equal(at::tensor({0, 0, 1}, at::kLong)));
  EXPECT_EQ(dataset.image_shape(), (Shape{3, 2, 3}));
  // Red, green, blue, as written: no swapped channels.
  EXPECT_TRUE(dataset.images[1].eq(at::tensor({10, 20, 30}).view({3, 1, 1})).all().item<bool>());
  EXPECT_EQ(dataset.files.size(), 3U);
}

// Shrinking by two averages squares of four pixels.
TEST_F(ImageFolderTest, ShrinkingAverages) {
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < 4; ++i) rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(40 * i));
  folder_.Write("a/1.png", Png(2, 2, rgb));
  const Dataset dataset = Load(", size: 1");
  EXPECT_EQ(dataset.image_shape(), (Shape{3, 1, 1}));
  EXPECT_EQ(dataset.images[0][0][0][0].item<int>(), 60);
}

TEST_F(ImageFolderTest, SizeAndGrey) {
  folder_.Write("a/1.png", Flat(2, 3, 50, 50, 50));
  folder_.Write("b/1.png", Flat(7, 5, 80, 80, 80));
  const Dataset dataset = Load(", size: [4, 6], grey: true");
  EXPECT_EQ(dataset.image_shape(), (Shape{1, 4, 6}));
  EXPECT_TRUE(dataset.images[0].eq(50).all().item<bool>());
  EXPECT_TRUE(dataset.images[1].eq(80).all().item<bool>());
}

TEST_F(ImageFolderTest, DifferentSizesNeedASize) {
  folder_.Write("a/1.png", Flat(2, 3, 5, 5, 5));
  folder_.Write("a/2.png", Flat(3, 3, 5, 5, 5));
  EXPECT_THAT(DataError(), AllOf(HasSubstr("2.png"), HasSubstr("`size`")));
}

TEST_F(ImageFolderTest, DamagedPicturesAreNamed) {
  folder_.Write("a/1.png", {'h', 'e', 'l', 'l', 'o'});
  EXPECT_THAT(DataError(), AllOf(HasSubstr("1.png"), HasSubstr("not a picture")));
  auto png = Flat(40, 30, 1, 2, 3);
  auto cut = png;
  cut.resize(cut.size() / 2);
  folder_.Write("a/1.png", cut);
  EXPECT_THAT(DataError(), AllOf(HasSubstr("1.png"), HasSubstr("damaged")));
  png[16] = 0x7F;  // the width's first byte
  folder_.Write("a/1.png", png);
  EXPECT_THAT(DataError(), AllOf(HasSubstr("1.png"), HasSubstr("at most")));
}

TEST_F(ImageFolderTest, EmptyFoldersAreNamed) {
  EXPECT_THAT(DataError(), HasSubstr("no subfolders"));
  std::filesystem::create_directories(folder_.path() / "empty_class");
  EXPECT_THAT(DataError(), HasSubstr("empty_class"));
}

TEST_F(ImageFolderTest, ASizeOfThreeNumbersIsRefused) {
  EXPECT_THAT(MessageOf(ErrorKind::kConfig, [&] { (void)Load(", size: [1, 2, 3]"); }),
              HasSubstr("size"));
}

// Real photographs: 42 horses of 256x256.
TEST_F(ImageFolderTest, ReadsRealPhotographs) {
  const Path horses = TestData() / "horse2zebra";
  if (!std::filesystem::exists(horses / "trainA")) GTEST_SKIP() << "missing " << horses / "trainA";
  std::filesystem::create_directory_symlink(std::filesystem::absolute(horses / "trainA"),
                                            folder_.path() / "horse");
  const Dataset dataset = Load(", size: 64");
  EXPECT_EQ(dataset.size(), 42);
  EXPECT_EQ(dataset.image_shape(), (Shape{3, 64, 64}));
  const double mean = Slice(dataset, 0, 42).images.mean().item<double>();
  EXPECT_GT(mean, 0.2);
  EXPECT_LT(mean, 0.8);
}

TEST_F(ImageFolderTest, ACutOffJpegIsAnError) {
  Path jpeg;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(TestData() / "horse2zebra", ignored)) {
    if (entry.path().extension() == ".jpg") jpeg = entry.path();
  }
  if (jpeg.empty()) GTEST_SKIP() << "missing " << TestData() / "horse2zebra" / "*.jpg";
  const Bytes bytes = ReadFileBytes(jpeg);
  const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
  folder_.Write("a/1.jpg", {begin, begin + bytes.size()});
  EXPECT_EQ(Load(", size: 32").size(), 1);
  folder_.Write("a/1.jpg", {begin, begin + bytes.size() / 2});
  EXPECT_THAT(DataError(), AllOf(HasSubstr("1.jpg"), HasSubstr("cut off")));
}

}  // namespace
}  // namespace agon::data
