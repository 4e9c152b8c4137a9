// SPDX-License-Identifier: Apache-2.0
// What the tests of runtime/record share: items, whole recordings in
// memory. Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/base/temporary_folder.h"
#include "runtime/record/recording.h"

namespace agon::record {

inline std::string Slurp(const Path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void Spill(const Path& file, std::string_view content) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
}

inline std::vector<Record> ReadAll(RecordingReader& reader) {
  std::vector<Record> records;
  while (auto record = reader.Next()) records.push_back(std::move(*record));
  return records;
}

inline std::vector<Record> ReadAll(const Path& file) {
  RecordingReader reader(file);
  return ReadAll(reader);
}

// Steps of scalar records, which the tests use as the records' names.
inline std::vector<std::int64_t> StepsOf(const std::vector<Record>& records) {
  std::vector<std::int64_t> steps;
  steps.reserve(records.size());
  for (const Record& record : records) steps.push_back(record.step);
  return steps;
}

inline formats::Pixels Checkers(int width, int height, int channels) {
  formats::Pixels pixels{width, height, channels, {}};
  for (int i = 0; i < width * height * channels; ++i) {
    pixels.data.push_back(static_cast<std::uint8_t>(i * 37));
  }
  return pixels;
}

}  // namespace agon::record
