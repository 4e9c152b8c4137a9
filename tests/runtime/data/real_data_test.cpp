// SPDX-License-Identifier: Apache-2.0
// The real datasets, bit for bit.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "runtime/data/dataset.h"
#include "tests/runtime/data/files.h"
#include "tests/runtime/data/from_yaml.h"

namespace agon::data {
namespace {

// Of the unpacked idx file: its header and the pixels.
std::string Md5OfIdx(const Tensor& images) {
  std::vector<unsigned char> bytes =
      IdxBytes({static_cast<int>(images.size(0)), static_cast<int>(images.size(2)),
                static_cast<int>(images.size(3))},
               {});
  const auto* const pixels = images.const_data_ptr<std::uint8_t>();
  bytes.insert(bytes.end(), pixels, pixels + images.numel());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_md5(), nullptr);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

Dataset Load(const std::string& yaml) {
  Registry registry;
  RegisterDatasets(registry);
  return FromYaml<DatasetSource>(registry, yaml)->Load();
}

double Mean(const Dataset& dataset) {
  return dataset.images.to(at::kFloat).mean().item<double>() / 255;
}

TEST(RealData, FashionMnist) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "missing /usr/share/datasets/fashion-mnist (dataset-fashion-mnist)";
  }
  const Dataset train = Load("{name: fashion_mnist, split: train}");
  EXPECT_EQ(train.size(), 60'000);
  EXPECT_EQ(train.image_shape(), (Shape{1, 28, 28}));
  EXPECT_EQ(train.classes, 10);
  EXPECT_EQ(train.class_names.at(9), "Ankle boot");
  EXPECT_TRUE(train.labels.slice(0, 0, 5).equal(at::tensor({9, 0, 0, 3, 0}, at::kLong)));
  EXPECT_TRUE(train.labels.bincount().eq(6000).all().item<bool>());
  EXPECT_NEAR(Mean(train), 0.2860, 1e-4);  // as everybody's normalisation has it
  const Dataset test = Load("fashion_mnist");
  EXPECT_EQ(test.name, "fashion_mnist test");
  EXPECT_EQ(test.size(), 10'000);
  EXPECT_TRUE(test.labels.slice(0, 0, 5).equal(at::tensor({9, 2, 1, 1, 6}, at::kLong)));
}

TEST(RealData, Mnist) {
  const Path folder = TestData() / "mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "missing " << folder;
  const std::string yaml = "{name: mnist, folder: \"" + folder.string() + "\", split: ";
  const Dataset train = Load(yaml + "train}");
  EXPECT_EQ(Md5OfIdx(train.images), "6bbc9ace898e44ae57da46a324031adb");  // its README
  EXPECT_TRUE(train.labels.slice(0, 0, 5).equal(at::tensor({5, 0, 4, 1, 9}, at::kLong)));
  EXPECT_NEAR(Mean(train), 0.1307, 1e-4);
  const Dataset test = Load(yaml + "test}");
  EXPECT_EQ(Md5OfIdx(test.images), "2646ac647ad5339dbf082846283269ea");
  EXPECT_TRUE(test.labels.slice(0, 0, 5).equal(at::tensor({7, 2, 1, 0, 4}, at::kLong)));
  EXPECT_EQ(test.size(), 10'000);
}

}  // namespace
}  // namespace agon::data
