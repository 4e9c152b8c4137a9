// SPDX-License-Identifier: Apache-2.0
// Videos for tests, made with the program `ffmpeg`, which also tells what is in a file: another
// implementation of everything that surrounds FFmpeg's libraries.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "runtime/media/video.h"
#include "tests/runtime/formats/support.h"

namespace agon::media {

using formats::ErrorOf;
using formats::TestData;

// What a command writes to standard output; a test failure when it fails.
[[nodiscard]] inline std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string output;
  std::array<char, 65536> part{};
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), pipe.get())) {
    output.append(part.data(), count);
  }
  return output;
}

inline void WriteBytes(const Path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

// A folder of its own for each test; skips where the program is missing.
class MediaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const bool there = std::system("ffmpeg -version >/dev/null 2>&1") == 0;
    if (!there) GTEST_SKIP() << "the program ffmpeg is missing (./scripts/setup)";
  }

  [[nodiscard]] Path Place(std::string_view name) const { return folder_ / name; }

  // Runs `ffmpeg ARGUMENTS NAME` in the folder; what it made.
  Path Make(std::string_view name, const std::string& arguments) const {
    const std::string command = "cd '" + folder_.path().string() +
                                "' && ffmpeg -v error -nostdin -y -threads 1 " + arguments + " " +
                                std::string(name);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return Place(name);
  }

  // Ten frames a second of FFmpeg's moving test picture.
  [[nodiscard]] static std::string Moving(const std::string& size, const std::string& seconds) {
    return "-f lavfi -i testsrc=size=" + size + ":rate=10:duration=" + seconds;
  }
  // Frame n is grey of luma 16 + 4 n throughout, coded without loss.
  [[nodiscard]] static std::string Numbered(int frames) {
    return "-f lavfi -i color=black:size=32x32:rate=10 -frames:v " + std::to_string(frames) +
           " -vf format=yuv420p,geq=lum=16+4*N:cb=128:cr=128 -c:v libx264 -qp 0";
  }

  // Frames of a file as the program decodes them, upright, one after the other.
  [[nodiscard]] static std::string Decoded(const Path& file, const std::string& format,
                                           const std::string& more = "") {
    return OutputOf("ffmpeg -v quiet -nostdin -threads 1 -i '" + file.string() +
                    "' -fps_mode passthrough " + more + " -f rawvideo -pix_fmt " + format + " -");
  }
  static constexpr std::int64_t kUnknown = INT64_MIN;
  // The numbers of one entry of every frame: "pts", "pkt_duration".
  [[nodiscard]] static std::vector<std::int64_t> FrameEntries(const Path& file,
                                                              const std::string& entry) {
    std::istringstream lines(OutputOf("ffprobe -v quiet -select_streams v:0 -show_entries frame=" +
                                      entry + " -of csv=print_section=0 '" + file.string() + "'"));
    std::vector<std::int64_t> values;
    for (std::string line; std::getline(lines, line);) {
      // Frames with side data give an empty line, or a comma more.
      if (line.empty()) continue;
      values.push_back(line.starts_with("N/A") ? kUnknown : std::stoll(line));
    }
    return values;
  }

  TemporaryFolder folder_;
};

[[nodiscard]] inline std::vector<VideoFrame> AllFrames(VideoReader& reader) {
  std::vector<VideoFrame> frames;
  for (VideoFrame frame; reader.Next(frame);) frames.push_back(frame);
  return frames;
}

[[nodiscard]] inline std::vector<std::int64_t> TimesOf(const std::vector<VideoFrame>& frames) {
  std::vector<std::int64_t> times;
  times.reserve(frames.size());
  for (const VideoFrame& frame : frames) times.push_back(frame.pts);
  return times;
}

// Sample `channel` of the pixel at x, y, whatever the depth.
[[nodiscard]] inline int SampleAt(const Picture& picture, int x, int y, int channel) {
  const auto index = (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
                      static_cast<std::size_t>(x)) *
                         3 +
                     static_cast<std::size_t>(channel);
  if (picture.bits == 8) return picture.data.at(index);
  return picture.data.at(2 * index) | picture.data.at(2 * index + 1) << 8;
}

// The mean of the differences of two pictures' samples, in levels.
[[nodiscard]] inline double MeanDifference(std::string_view a, std::string_view b) {
  EXPECT_EQ(a.size(), b.size());
  if (a.size() != b.size() || a.empty()) return 1e9;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::abs(int{static_cast<unsigned char>(a[i])} - int{static_cast<unsigned char>(b[i])});
  }
  return sum / static_cast<double>(a.size());
}
[[nodiscard]] inline std::string_view BytesOf(const Picture& picture) {
  return {reinterpret_cast<const char*>(picture.data.data()), picture.data.size()};
}

}  // namespace agon::media
