// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/loader.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/base/error.h"

namespace agon::data {
namespace {

// Images of 2x4 pixels; example i holds the bytes 8 i, 8 i + 1, ... modulo 256.
Dataset Counting(std::int64_t count, std::int64_t first = 0) {
  Dataset dataset;
  dataset.name = "counting";
  dataset.images = at::arange(count * 8).remainder(256).to(at::kByte).view({count, 1, 2, 4});
  dataset.labels = at::arange(count, at::kLong).remainder(10);
  dataset.classes = 10;
  dataset.first = first;
  return dataset;
}

std::vector<Batch> Epoch(Loader& loader, std::int64_t epoch, std::int64_t first_batch = 0) {
  std::vector<Batch> batches;
  loader.Start(epoch, first_batch);
  while (std::optional<Batch> batch = loader.Next()) batches.push_back(*batch);
  return batches;
}

Tensor Indices(const std::vector<Batch>& batches) {
  std::vector<Tensor> parts;
  parts.reserve(batches.size());
  for (const Batch& batch : batches) parts.push_back(batch.indices);
  return at::cat(parts);
}

void ExpectSame(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(a[i].images.equal(b[i].images)) << i;
    EXPECT_TRUE(a[i].labels.equal(b[i].labels)) << i;
    EXPECT_TRUE(a[i].indices.equal(b[i].indices)) << i;
  }
}

TEST(Loader, WithoutShuffleGoesInOrder) {
  const Dataset dataset = Counting(10, /*first=*/100);
  Loader loader(dataset, {.batch_size = 4, .shuffle = false}, RandomSource(1), at::kCPU);
  EXPECT_EQ(loader.BatchesPerEpoch(), 3);
  const auto batches = Epoch(loader, 0);
  EXPECT_TRUE(Indices(batches).equal(at::arange(100, 110, at::kLong)));
  EXPECT_EQ(batches[2].size(), 2);
  EXPECT_TRUE(batches[1].images.equal(Slice(dataset, 4, 8).images));
}

// Each example comes once in an epoch, with its own image and label.
TEST(Loader, ShufflingIsAPermutation) {
  const Dataset dataset = Counting(103);
  Loader loader(dataset, {.batch_size = 10}, RandomSource(1), at::kCPU);
  const auto batches = Epoch(loader, 0);
  const Tensor order = Indices(batches);
  EXPECT_FALSE(order.equal(at::arange(103, at::kLong)));
  EXPECT_TRUE(std::get<0>(order.sort()).equal(at::arange(103, at::kLong)));
  const Batch all = Slice(dataset, 0, 103);
  for (const Batch& batch : batches) {
    EXPECT_TRUE(batch.images.equal(all.images.index_select(0, batch.indices)));
    EXPECT_TRUE(batch.labels.equal(all.labels.index_select(0, batch.indices)));
  }
}

TEST(Loader, TheOrderDependsOnSeedAndEpochAlone) {
  const Dataset dataset = Counting(50);
  Loader a(dataset, {.batch_size = 7}, RandomSource(1), at::kCPU);
  Loader b(dataset, {.batch_size = 13}, RandomSource(1), at::kCPU);
  Loader c(dataset, {.batch_size = 7}, RandomSource(2), at::kCPU);
  const Tensor order = Indices(Epoch(a, 3));
  EXPECT_FALSE(order.equal(Indices(Epoch(a, 4))));
  EXPECT_TRUE(order.equal(Indices(Epoch(a, 3))));
  EXPECT_TRUE(order.equal(Indices(Epoch(b, 3))));
  EXPECT_FALSE(order.equal(Indices(Epoch(c, 3))));
}

// Starting anywhere gives the rest of the same epoch, augmentation included.
TEST(Loader, ResumesAtABatch) {
  const Dataset dataset = Counting(45);
  const LoaderSettings settings{.batch_size = 8, .pad = 1, .flip = true};
  Loader loader(dataset, settings, RandomSource(5), at::kCPU);
  const auto whole = Epoch(loader, 2);
  ASSERT_EQ(whole.size(), 6U);
  for (std::int64_t first = 0; first <= 6; ++first) {
    Loader other(dataset, settings, RandomSource(5), at::kCPU);
    ExpectSame(Epoch(other, 2, first), {whole.begin() + first, whole.end()});
  }
}

TEST(Loader, StartLeavesAnUnfinishedEpoch) {
  const Dataset dataset = Counting(100);
  Loader loader(dataset, {.batch_size = 1}, RandomSource(5), at::kCPU);
  const auto whole = Epoch(loader, 1);
  loader.Start(0);
  ASSERT_TRUE(loader.Next().has_value());
  ExpectSame(Epoch(loader, 1), whole);
  loader.Start(2);  // and the destructor stops the thread
}

TEST(Loader, DropLastLeavesOutThePartBatch) {
  const Dataset dataset = Counting(10);
  Loader loader(dataset, {.batch_size = 4, .drop_last = true}, RandomSource(1), at::kCPU);
  EXPECT_EQ(loader.BatchesPerEpoch(), 2);
  EXPECT_EQ(Epoch(loader, 0).size(), 2U);
  EXPECT_THROW(Loader(dataset, {.batch_size = 11, .drop_last = true}, RandomSource(1), at::kCPU),
               Error);
}

// A flipped image is the image or its mirror, and both occur.
TEST(Loader, FlipMirrorsSomeImages) {
  const Dataset dataset = Counting(64);
  Loader loader(dataset, {.batch_size = 64, .flip = true}, RandomSource(1), at::kCPU);
  const Batch batch = Epoch(loader, 0).front();
  const Tensor plain = Slice(dataset, 0, 64).images.index_select(0, batch.indices);
  const Tensor same = batch.images.eq(plain).flatten(1).all(1);
  const Tensor mirrored = batch.images.eq(plain.flip({3})).flatten(1).all(1);
  EXPECT_TRUE(same.logical_xor(mirrored).all().item<bool>());
  const auto flips = mirrored.sum().item<std::int64_t>();
  EXPECT_GT(flips, 10);
  EXPECT_LT(flips, 54);
}

// A crop is a window of the image inside a frame of zeros; every place of the window occurs.
TEST(Loader, CropIsAWindowOfThePaddedImage) {
  const Dataset dataset = Counting(300);
  Loader loader(dataset, {.batch_size = 300, .pad = 1}, RandomSource(1), at::kCPU);
  const Batch batch = Epoch(loader, 0).front();
  const Tensor plain = Slice(dataset, 0, 300).images.index_select(0, batch.indices);
  const Tensor padded = at::constant_pad_nd(plain, {1, 1, 1, 1}, 0);
  Tensor explained = at::zeros({300}, at::kBool);
  for (std::int64_t down = 0; down < 3; ++down) {
    for (std::int64_t right = 0; right < 3; ++right) {
      const Tensor window = padded.slice(2, down, down + 2).slice(3, right, right + 4);
      const Tensor equal = batch.images.eq(window).flatten(1).all(1);
      EXPECT_GT(equal.sum().item<std::int64_t>(), 5) << down << " " << right;
      explained.logical_or_(equal);
    }
  }
  EXPECT_TRUE(explained.all().item<bool>());
}

// What happens to an example does not depend on the batch it comes in.
TEST(Loader, AugmentationBelongsToTheExample) {
  const Dataset dataset = Counting(40);
  Loader a(dataset, {.batch_size = 40, .shuffle = false, .pad = 1, .flip = true}, RandomSource(3),
           at::kCPU);
  Loader b(dataset, {.batch_size = 3, .shuffle = true, .pad = 1, .flip = true}, RandomSource(3),
           at::kCPU);
  const Tensor whole = Epoch(a, 1).front().images;
  for (const Batch& batch : Epoch(b, 1)) {
    EXPECT_TRUE(batch.images.equal(whole.index_select(0, batch.indices)));
  }
}

std::int64_t ThreadsOfThisProcess() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

// So many examples that LibTorch would share their order among threads. A pool of the loader's own
// would compete with the training loop's.
TEST(Loader, HasOneThreadAndNoPool) {
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  const Dataset dataset = Counting(100'000);
  Loader loader(dataset, {.batch_size = 100}, RandomSource(1), at::kCPU);
  const std::int64_t threads = ThreadsOfThisProcess();
  loader.Start(0);
  EXPECT_TRUE(loader.Next());
  EXPECT_EQ(ThreadsOfThisProcess(), threads + 1);
  at::set_num_threads(before);
}

TEST(Loader, FloatImagesStayAsTheyAre) {
  Dataset dataset = Counting(6);
  dataset.images = dataset.images.to(at::kFloat) / 256.0;
  Loader loader(dataset, {.batch_size = 6, .shuffle = false}, RandomSource(3), at::kCPU);
  EXPECT_TRUE(Epoch(loader, 0).front().images.equal(dataset.images));
}

}  // namespace
}  // namespace agon::data
