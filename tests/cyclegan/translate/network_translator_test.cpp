// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/network_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <future>

#include "runtime/base/error.h"
#include "tests/cyclegan/network/network_helpers.h"

namespace agon::cyclegan {
namespace {

using ::testing::HasSubstr;

// A picture with some structure, other in every frame.
media::Picture MakePicture(int width, int height, int bits, int frame = 0) {
  media::Picture picture{.width = width, .height = height, .bits = bits, .data = {}};
  picture.data.resize(picture.SampleCount() * static_cast<std::size_t>(bits / 8));
  std::size_t at = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c, ++at) {
        const double value = 0.5 + 0.5 * std::sin(0.3 * (x + frame) + 0.5 * y * (c + 1));
        if (bits == 8) {
          picture.data[at] = static_cast<std::uint8_t>(std::lround(value * 255));
        } else {
          const auto sample = static_cast<std::uint16_t>(std::lround(value * 65535));
          std::memcpy(picture.data.data() + 2 * at, &sample, 2);
        }
      }
    }
  }
  return picture;
}

double Sample(const media::Picture& picture, std::size_t at) {
  if (picture.bits == 8) return picture.data[at];
  std::uint16_t sample = 0;
  std::memcpy(&sample, picture.data.data() + 2 * at, 2);
  return sample;
}

double Largest(const media::Picture& picture) { return picture.bits == 8 ? 255 : 65535; }

// [1,3,H,W] in [-1,1]
Tensor ToTensor(const media::Picture& picture) {
  Tensor tensor = at::empty({picture.height, picture.width, 3}, at::kFloat);
  auto* data = tensor.data_ptr<float>();
  for (std::size_t i = 0; i < picture.SampleCount(); ++i) {
    data[i] = static_cast<float>(Sample(picture, i) / Largest(picture) * 2 - 1);
  }
  return tensor.permute({2, 0, 1}).unsqueeze(0);
}

std::unique_ptr<Generator> Seasoned() {
  auto generator = std::make_unique<Generator>(GeneratorSettings{.width = 4, .blocks = 1}, 1);
  Season(*generator, 2);
  return generator;
}

std::unique_ptr<FrameTranslator> Translator(double decay = 0) {
  return NetworkTranslator(Seasoned(), {.precision = "float32", .statistics_decay = decay}, {});
}

media::Picture TranslateOne(FrameTranslator& translator, const media::Picture& picture) {
  const media::Picture* input[] = {&picture};
  media::Picture output;
  translator.Translate(input, {&output, 1});
  return output;
}

// Steps of the picture's depth between the two, at most.
double LargestStep(const media::Picture& a, const media::Picture& b) {
  EXPECT_EQ(a.data.size(), b.data.size());
  double most = 0;
  for (std::size_t i = 0; i < a.SampleCount(); ++i) {
    most = std::max(most, std::abs(Sample(a, i) - Sample(b, i)));
  }
  return most;
}

TEST(NetworkTranslator, IsTheGeneratorRounded) {
  const auto generator = Seasoned();
  for (const int bits : {8, 16}) {
    const media::Picture picture = MakePicture(24, 20, bits);
    const media::Picture output = TranslateOne(*Translator(), picture);
    ASSERT_EQ(output.width, 24);
    ASSERT_EQ(output.height, 20);
    ASSERT_EQ(output.bits, bits);
    const Tensor expected =
        generator->Forward(ToTensor(picture)).squeeze(0).permute({1, 2, 0}).contiguous();
    const auto* data = expected.const_data_ptr<float>();
    double error = 0;
    double low = 1e9;
    double high = 0;
    for (std::size_t i = 0; i < output.SampleCount(); ++i) {
      const double value = (static_cast<double>(data[i]) + 1) / 2 * Largest(output);
      error = std::max(error, std::abs(Sample(output, i) - value));
      low = std::min(low, Sample(output, i));
      high = std::max(high, Sample(output, i));
    }
    // Rounded to the nearest, not cut off; 16 bits see the rounding of float32 as well.
    EXPECT_LT(error, bits == 8 ? 0.51 : 2.0);
    EXPECT_GT(high - low, Largest(output) / 4) << "the output has no contrast";
  }
}

// Sizes that are no multiples of 4: padded by reflection on both sides, and cut back.
TEST(NetworkTranslator, PadsByReflectionAndCutsBack) {
  const auto generator = Seasoned();
  const media::Picture picture = MakePicture(21, 18, 8);
  const media::Picture output = TranslateOne(*Translator(), picture);
  // 21 -> 24: one before, two after; 18 -> 20: one and one.
  const Tensor padded = at::reflection_pad2d(ToTensor(picture), {1, 2, 1, 1});
  const Tensor expected = generator->Forward(padded).slice(2, 1, 19).slice(3, 1, 22);
  EXPECT_LT(LargestDifference(ToTensor(output), expected), 1.01 / 255);
}

TEST(NetworkTranslator, TakesTheSmallestPictures) {
  for (const int width : {1, 2, 3, 17}) {
    const media::Picture output = TranslateOne(*Translator(), MakePicture(width, 2, 8));
    EXPECT_EQ(output.width, width);
    EXPECT_EQ(output.data.size(), static_cast<std::size_t>(width * 2 * 3));
  }
}

TEST(NetworkTranslator, ABatchIsItsFrames) {
  std::vector<media::Picture> frames;
  frames.reserve(3);
  for (int i = 0; i < 3; ++i) frames.push_back(MakePicture(20, 16, 8, 5 * i));
  const media::Picture* input[] = {&frames[0], &frames[1], &frames[2]};
  std::vector<media::Picture> output(3);
  const auto translator = Translator();
  translator->Translate(input, output);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LE(LargestStep(output[i], TranslateOne(*translator, frames[i])), 1);
  }
  EXPECT_GT(LargestStep(output[0], output[1]), 10);
}

// A job that goes on from a border gives the same bits; a cut forgets.
TEST(NetworkTranslator, GoesOnFromItsState) {
  const auto whole = Translator(0.8);
  const auto first = Translator(0.8);
  const auto second = Translator(0.8);
  EXPECT_TRUE(whole->State().empty());
  std::vector<media::Picture> outputs;
  outputs.reserve(4);
  for (int i = 0; i < 4; ++i)
    outputs.push_back(TranslateOne(*whole, MakePicture(20, 16, 8, 9 * i)));
  for (int i = 0; i < 2; ++i) (void)TranslateOne(*first, MakePicture(20, 16, 8, 9 * i));
  const Bytes state = first->State();
  EXPECT_FALSE(state.empty());
  second->LoadState(state);
  EXPECT_EQ(second->State(), state);
  for (int i = 2; i < 4; ++i) {
    const media::Picture frame = MakePicture(20, 16, 8, 9 * i);
    EXPECT_EQ(TranslateOne(*second, frame).data, outputs[static_cast<std::size_t>(i)].data);
  }
  EXPECT_EQ(second->State(), whole->State());
  // Without the past the fourth frame looks otherwise.
  const media::Picture frame = MakePicture(20, 16, 8, 27);
  second->Reset();
  const media::Picture fresh = TranslateOne(*second, frame);
  EXPECT_NE(fresh.data, outputs[3].data);
  EXPECT_LE(LargestStep(fresh, TranslateOne(*Translator(), frame)), 1);
}

// Frames that go through the network at the same time, in several calls, have the bits of one after
// the other.
TEST(NetworkTranslator, ThreadsChangeNothing) {
  std::vector<media::Picture> frames;
  frames.reserve(8);
  for (int i = 0; i < 8; ++i) frames.push_back(MakePicture(20, 16, 8, 9 * i));
  for (const double decay : {0.0, 0.8}) {
    const auto alone = Translator(decay);
    DevicePolicy policy;
    policy.threads = 3;
    const auto together =
        NetworkTranslator(Seasoned(), {.precision = "float32", .statistics_decay = decay}, policy);
    std::vector<const media::Picture*> input;
    input.reserve(frames.size());
    for (const media::Picture& frame : frames) input.push_back(&frame);
    std::vector<media::Picture> output(8);
    std::vector<std::future<void>> done;
    for (const auto& [first, count] : {std::pair{0, 2}, {2, 3}, {5, 1}, {6, 2}}) {
      done.push_back(together->Begin(std::span(input).subspan(first, count),
                                     std::span(output).subspan(first, count)));
    }
    for (std::future<void>& batch : done) batch.get();
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(output[i].data, TranslateOne(*alone, frames[i]).data) << i;
    }
    EXPECT_EQ(together->State(), alone->State());
  }
}

TEST(NetworkTranslator, RefusesADamagedState) {
  const auto translator = Translator(0.8);
  (void)TranslateOne(*translator, MakePicture(16, 16, 8));
  Bytes state = translator->State();
  state.resize(state.size() - 4);
  EXPECT_THROW(translator->LoadState(state), Error);
}

TEST(NetworkTranslator, SaysWhatItIs) {
  EXPECT_THAT(Translator()->Summary(), HasSubstr("1 blocks of 4, transposed"));
  EXPECT_THAT(Translator()->Summary(), HasSubstr("float32"));
}

}  // namespace
}  // namespace agon::cyclegan
