// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/error.h"
#include "tests/runtime/data/files.h"
#include "tests/runtime/data/from_yaml.h"

namespace agon::data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DatasetTest : public ::testing::Test {
 protected:
  DatasetTest() { RegisterDatasets(registry_); }
  [[nodiscard]] Dataset Load(const std::string& yaml) const {
    return FromYaml<DatasetSource>(registry_, yaml, folder_.path())->Load();
  }
  [[nodiscard]] std::string DataError(const std::string& yaml) const {
    return MessageOf(ErrorKind::kData, [&] { (void)Load(yaml); });
  }
  // Four images of 2x3 pixels counting from 0, labels 0 1 2 1.
  void WriteSmall() const {
    folder_.Write("images", IdxBytes({4, 2, 3}, Counting(24)));
    folder_.Write("labels", IdxBytes({4}, {0, 1, 2, 1}));
  }

  Registry registry_;
  TestFolder folder_;
};

TEST_F(DatasetTest, IdxIsReadAsStored) {
  WriteSmall();
  const Dataset dataset = Load("{name: idx, images: images, labels: labels}");
  EXPECT_TRUE(dataset.images.equal(at::arange(24, at::kByte).view({4, 1, 2, 3})));
  EXPECT_TRUE(dataset.labels.equal(at::tensor({0, 1, 2, 1}, at::kLong)));
  EXPECT_EQ(dataset.classes, 3);
  EXPECT_EQ(dataset.image_shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(dataset.files.size(), 2U);
}

TEST_F(DatasetTest, IdxWithColourHasFourDimensions) {
  folder_.Write("images", IdxBytes({2, 3, 2, 2}, Counting(24)));
  folder_.Write("labels", IdxBytes({2}, {1, 0}));
  const Dataset dataset = Load("{name: idx, images: images, labels: labels, classes: 7}");
  EXPECT_EQ(dataset.image_shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(dataset.classes, 7);
}

TEST_F(DatasetTest, FirstAndCountSelect) {
  WriteSmall();
  const Dataset dataset = Load("{name: idx, images: images, labels: labels, first: 1, count: 2}");
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.first, 1);
  EXPECT_EQ(dataset.classes, 3);  // of the whole file, not of what was selected
  EXPECT_TRUE(dataset.labels.equal(at::tensor({1, 2}, at::kLong)));
  const Batch batch = Slice(dataset, 1, 2);
  EXPECT_TRUE(batch.indices.equal(at::tensor({2}, at::kLong)));  // its place in the file
}

TEST_F(DatasetTest, ACountBeyondTheEndTakesAllThereAre) {
  WriteSmall();
  EXPECT_EQ(Load("{name: idx, images: images, labels: labels, first: 1, count: 9}").size(), 3);
}

TEST_F(DatasetTest, AnEmptySelectionIsAnError) {
  WriteSmall();
  EXPECT_THAT(DataError("{name: idx, images: images, labels: labels, first: 4}"),
              AllOf(HasSubstr("first: 4"), HasSubstr("4 examples")));
}

TEST_F(DatasetTest, ATruncatedIdxFileIsNamed) {
  folder_.Write("labels", IdxBytes({4}, {0, 1, 2, 1}));
  folder_.Write("images", IdxBytes({4, 2, 3}, Counting(23)));
  EXPECT_THAT(DataError("{name: idx, images: images, labels: labels}"), HasSubstr("images"));
  folder_.Write("images", {0, 0, 8});
  EXPECT_THAT(DataError("{name: idx, images: images, labels: labels}"), HasSubstr("images"));
}

TEST_F(DatasetTest, DifferentCountsOfImagesAndLabelsAreNamed) {
  WriteSmall();
  folder_.Write("labels", IdxBytes({3}, {0, 1, 2}));
  EXPECT_THAT(DataError("{name: idx, images: images, labels: labels}"),
              AllOf(HasSubstr("4 images"), HasSubstr("3 labels")));
}

TEST_F(DatasetTest, ALabelOutOfRangeIsNamedWithItsPlace) {
  WriteSmall();
  EXPECT_THAT(DataError("{name: idx, images: images, labels: labels, classes: 2}"),
              HasSubstr("label 2 at index 2 is out of range, expected 0 to 1"));
}

// Without `classes` the largest label decides; a changed bit would make it a thousand classes.
TEST_F(DatasetTest, ALabelFarAboveAllOthersIsNamedWithItsPlace) {
  folder_.Write("images", IdxBytes({4, 2, 3}, Counting(24)));
  folder_.Write("labels", IdxBytes({4}, {0, 1, 66, 1}));
  EXPECT_THAT(DataError("{name: idx, images: images, labels: labels}"),
              AllOf(HasSubstr("labels: label 66 at index 2"), HasSubstr("at most 1"),
                    HasSubstr("classes: N")));
  EXPECT_EQ(Load("{name: idx, images: images, labels: labels, classes: 67}").classes, 67);
}

TEST_F(DatasetTest, SaysWhichLabelTheNumberOfClassesComesFrom) {
  folder_.Write("images", IdxBytes({4, 2, 3}, Counting(24)));
  folder_.Write("labels", IdxBytes({4}, {0, 9, 1, 9}));
  EXPECT_THAT(Load("{name: idx, images: images, labels: labels}").classes_from,
              HasSubstr("labels: label 9 at index 1"));
  EXPECT_EQ(Load("{name: idx, images: images, labels: labels, classes: 10}").classes_from, "");
}

TEST_F(DatasetTest, SwappedFilesAreAnError) {
  WriteSmall();
  EXPECT_THAT(DataError("{name: idx, images: labels, labels: images}"),
              AllOf(HasSubstr("labels"), HasSubstr("[4]"), HasSubstr("expected images")));
}

TEST_F(DatasetTest, AMissingFileIsNamed) {
  EXPECT_THAT(DataError("{name: idx, images: nowhere, labels: labels}"), HasSubstr("nowhere"));
}

TEST_F(DatasetTest, AFolderWithoutMnistSaysWhatIsExpected) {
  EXPECT_THAT(DataError("{name: mnist, folder: .}"),
              AllOf(HasSubstr("t10k-images-idx3-ubyte"), HasSubstr("four idx files")));
  EXPECT_THAT(DataError("{name: fashion_mnist, folder: ., split: train}"),
              HasSubstr("train-images-idx3-ubyte"));
  EXPECT_NE(MessageOf(ErrorKind::kConfig, [&] { (void)Load("{name: mnist}"); }), "");
}

TEST_F(DatasetTest, MnistFoldersMayUseTheOtherUsualNames) {
  folder_.Write("t10k-images.idx3-ubyte", IdxBytes({1, 2, 2}, Counting(4)));
  folder_.Write("t10k-labels-idx1-ubyte", IdxBytes({1}, {9}));
  const Dataset dataset = Load("{name: mnist, folder: .}");
  EXPECT_EQ(dataset.classes, 10);
  EXPECT_EQ(dataset.name, "mnist test");
}

// Every byte becomes exactly the float32 nearest to value / 255.
TEST_F(DatasetTest, BytesBecomeTheNearestFloats) {
  folder_.Write("images", IdxBytes({1, 16, 16}, Counting(256)));
  folder_.Write("labels", IdxBytes({1}, {0}));
  const Dataset dataset = Load("{name: idx, images: images, labels: labels}");
  const Tensor images = Slice(dataset, 0, 1).images.flatten();
  for (int value = 0; value < 256; ++value) {
    EXPECT_EQ(images[value].item<float>(), static_cast<float>(value) / 255.0F) << value;
  }
}

TEST_F(DatasetTest, SelectTakesPlacesOrAMask) {
  WriteSmall();
  const Batch batch = Slice(Load("{name: idx, images: images, labels: labels}"), 0, 4);
  const Batch by_place = batch.Select(at::tensor({3, 0}, at::kLong));
  EXPECT_TRUE(by_place.indices.equal(at::tensor({3, 0}, at::kLong)));
  EXPECT_TRUE(by_place.images[1].equal(batch.images[0]));
  const Batch by_mask = batch.Select(batch.labels.eq(1));
  EXPECT_TRUE(by_mask.indices.equal(at::tensor({1, 3}, at::kLong)));
}

// CIFAR-10: a label, then three planes of 32 x 32.
TEST_F(DatasetTest, Cifar10ReadsRecordsOfAllFiles) {
  for (int file = 1; file <= 5; ++file) {
    std::vector<unsigned char> bytes(2 * 3073, static_cast<unsigned char>(file));
    bytes[3073] = 9;
    bytes[1] = 200;  // the first pixel: red, above left
    folder_.Write("data_batch_" + std::to_string(file) + ".bin", bytes);
  }
  const Dataset dataset = Load("{name: cifar10, folder: ., split: train}");
  EXPECT_TRUE(dataset.labels.equal(at::tensor({1, 9, 2, 9, 3, 9, 4, 9, 5, 9}, at::kLong)));
  EXPECT_EQ(dataset.image_shape(), (Shape{3, 32, 32}));
  EXPECT_EQ(dataset.images[8][0][0][0].item<int>(), 200);
  EXPECT_EQ(dataset.images[9][2][31][31].item<int>(), 5);
}

// CIFAR-100: the fine label is the second byte.
TEST_F(DatasetTest, Cifar100UsesFineLabels) {
  std::vector<unsigned char> bytes(3074, 0);
  bytes[0] = 19;
  bytes[1] = 99;
  folder_.Write("cifar-100-binary/test.bin", bytes);
  std::string names;
  for (int i = 0; i < 100; ++i) names += "name " + std::to_string(i) + "\n";
  folder_.Write("cifar-100-binary/fine_label_names.txt", {names.begin(), names.end()});
  const Dataset dataset = Load("{name: cifar100, folder: .}");
  EXPECT_EQ(dataset.labels[0].item<int>(), 99);
  EXPECT_EQ(dataset.class_names.at(99), "name 99");
}

TEST_F(DatasetTest, DamagedCifarFilesAreNamed) {
  folder_.Write("test_batch.bin", std::vector<unsigned char>(3072));
  EXPECT_THAT(DataError("{name: cifar10, folder: .}"),
              AllOf(HasSubstr("test_batch.bin"), HasSubstr("3072 bytes")));
  std::vector<unsigned char> bytes(2 * 3073, 0);
  bytes[3073] = 10;
  folder_.Write("test_batch.bin", bytes);
  EXPECT_THAT(DataError("{name: cifar10, folder: .}"), HasSubstr("label 10 at index 1"));
  EXPECT_THAT(DataError("{name: cifar10, folder: ., split: train}"), HasSubstr("data_batch_1.bin"));
}

}  // namespace
}  // namespace agon::data
