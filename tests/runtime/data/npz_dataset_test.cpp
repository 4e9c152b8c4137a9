// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/error.h"
#include "runtime/data/dataset.h"
#include "runtime/formats/npy.h"
#include "runtime/tensor/convert.h"
#include "tests/runtime/data/files.h"
#include "tests/runtime/data/from_yaml.h"

namespace agon::data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class NpzTest : public ::testing::Test {
 protected:
  NpzTest() { RegisterDatasets(registry_); }
  [[nodiscard]] Dataset Load(const Tensor& images, const Tensor& labels,
                             const std::string& more = "") const {
    formats::WriteNpz(folder_.path() / "f.npz",
                      {{"images", ToArray(images)}, {"labels", ToArray(labels)}});
    const std::string yaml = "{name: npz, file: f.npz" + more + "}";
    return FromYaml<DatasetSource>(registry_, yaml, folder_.path())->Load();
  }
  [[nodiscard]] std::string DataError(const Tensor& images, const Tensor& labels,
                                      const std::string& more = "") const {
    return MessageOf(ErrorKind::kData, [&] { (void)Load(images, labels, more); });
  }
  static Tensor Labels(std::int64_t count) { return at::arange(count, at::kLong); }

  Registry registry_;
  TestFolder folder_;
};

TEST_F(NpzTest, GreyImagesGetAChannel) {
  const Tensor images = at::arange(12, at::kByte).view({2, 2, 3});
  const Dataset dataset = Load(images, Labels(2));
  EXPECT_TRUE(dataset.images.equal(images.unsqueeze(1)));
  EXPECT_EQ(dataset.classes, 2);
}

TEST_F(NpzTest, ChannelsMayStandFirstOrLast) {
  const Tensor first = at::arange(2 * 3 * 4 * 5, at::kByte).view({2, 3, 4, 5});
  EXPECT_TRUE(Load(first, Labels(2)).images.equal(first));
  const Dataset last = Load(first.permute({0, 2, 3, 1}).contiguous(), Labels(2));
  EXPECT_TRUE(last.images.equal(first));
  EXPECT_TRUE(last.images.is_contiguous());
}

TEST_F(NpzTest, FloatsStayAsTheyAre) {
  const Tensor images = at::tensor({0.0F, 0.3F, 1.0F, 0.7F}).view({1, 2, 2});
  const Dataset dataset = Load(images, Labels(1));
  EXPECT_EQ(dataset.images.scalar_type(), at::kFloat);
  EXPECT_TRUE(Slice(dataset, 0, 1).images.flatten().equal(images.flatten()));
}

TEST_F(NpzTest, FloatsOutsideTheBoxAreAnError) {
  Tensor images = at::zeros({3, 2, 2});
  images[2][0][0] = 255.0;
  EXPECT_THAT(DataError(images, Labels(3)),
              AllOf(HasSubstr("image 2"), HasSubstr("255"), HasSubstr("expected [0,1]")));
  images[2][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(DataError(images, Labels(3)), HasSubstr("image 2"));
}

TEST_F(NpzTest, LabelsAreChecked) {
  const Tensor images = at::zeros({3, 2, 2}, at::kByte);
  EXPECT_THAT(DataError(images, Labels(3), ", classes: 2"), HasSubstr("label 2 at index 2"));
  EXPECT_THAT(DataError(images, Labels(3) - 1), HasSubstr("label -1 at index 0"));
  EXPECT_THAT(DataError(images, Labels(2)), AllOf(HasSubstr("3 images"), HasSubstr("2 labels")));
  EXPECT_THAT(DataError(images, at::zeros({3})), HasSubstr("expected integers"));
  EXPECT_THAT(DataError(images, at::zeros({3, 10}, at::kLong)), HasSubstr("[3,10]"));
}

TEST_F(NpzTest, AWrongNameListsWhatThereIs) {
  EXPECT_THAT(DataError(at::zeros({1, 2, 2}, at::kByte), Labels(1), ", images: x_test"),
              AllOf(HasSubstr("x_test"), HasSubstr("images, labels")));
}

}  // namespace
}  // namespace agon::data
