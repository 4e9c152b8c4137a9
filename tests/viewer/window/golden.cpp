// SPDX-License-Identifier: Apache-2.0
#include "tests/viewer/window/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace agon::viewer {
namespace {

constexpr int kTolerance = 8;

Path GoldenFile(const std::string& name) {
  return Path(AGON_SOURCE_DIR) / "tests" / "golden" / "viewer" / (name + ".png");
}

void Keep(const std::string& name, const std::string& what, const formats::Pixels& pixels) {
  const Path folder = Path(AGON_BINARY_DIR) / "viewer-goldens";
  MakeFolder(folder);
  const Path file = folder / (name + "." + what + ".png");
  WriteFileAtomic(file, formats::EncodePng(pixels));
  GTEST_LOG_(INFO) << "see " << file.string();
}

}  // namespace

PictureDifference Compare(const formats::Pixels& expected, const formats::Pixels& actual) {
  PictureDifference difference;
  difference.pixels =
      static_cast<std::size_t>(expected.width) * static_cast<std::size_t>(expected.height);
  difference.picture = expected;
  for (std::size_t pixel = 0; pixel < difference.pixels; ++pixel) {
    bool off = false;
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t place = 3 * pixel + c;
      off = off || std::abs(expected.data[place] - actual.data[place]) > kTolerance;
      difference.picture.data[place] = static_cast<std::uint8_t>(expected.data[place] / 3);
    }
    if (!off) continue;
    ++difference.off;
    difference.picture.data[3 * pixel] = 255;
  }
  return difference;
}

void ExpectGolden(const std::string& name, const formats::Pixels& actual) {
  const Path file = GoldenFile(name);
  const char* const update = std::getenv("AGON_UPDATE_GOLDENS");
  if (update != nullptr && std::string(update) == "1") {
    MakeFolder(file.parent_path());
    WriteFileAtomic(file, formats::EncodePng(actual));
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(file))
      << file << " is missing: draw it with AGON_UPDATE_GOLDENS=1 and look at it";
  const formats::Pixels expected = formats::DecodePng(ReadFileBytes(file), file.string());
  const bool same_shape = expected.width == actual.width && expected.height == actual.height &&
                          expected.channels == actual.channels;
  if (!same_shape) {
    Keep(name, "actual", actual);
    FAIL() << name << ": " << actual.width << " x " << actual.height << " instead of "
           << expected.width << " x " << expected.height;
  }
  const PictureDifference difference = Compare(expected, actual);
  if (difference.good()) return;
  Keep(name, "actual", actual);
  Keep(name, "diff", difference.picture);
  ADD_FAILURE() << name << ": " << difference.off << " of " << difference.pixels
                << " pixels differ; AGON_UPDATE_GOLDENS=1 keeps the new picture";
}

}  // namespace agon::viewer
