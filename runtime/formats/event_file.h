// SPDX-License-Identifier: Apache-2.0
// TensorBoard event files, written record by record without protobuf. Each record is flushed, so a
// killed run leaves a readable file.
//
// Thread safety: an EventWriter belongs to one thread.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"

namespace agon::formats {

class EventWriter {
 public:
  // Creates FOLDER/events.out.tfevents.<time>.<host>.<suffix>. Error(kIo).
  explicit EventWriter(const Path& folder, std::string_view suffix = "agon");
  void Scalar(std::string_view tag, std::int64_t step, double value, double wall_time);
  void Image(std::string_view tag, std::int64_t step, int width, int height, int channels,
             ByteView png, double wall_time);
  void Text(std::string_view tag, std::int64_t step, std::string_view text, double wall_time);
  [[nodiscard]] const Path& file() const { return file_; }

 private:
  void Record(std::string_view event);
  Path file_;
  std::ofstream stream_;
  std::uintmax_t size_ = 0;  // of whole records
};

struct ScalarEvent {
  std::string tag;
  std::int64_t step = 0;
  double wall_time = 0;
  float value = 0;
};
// Scalars of one event file, as far as its records are whole. Error(kData) when it is no event
// file.
[[nodiscard]] std::vector<ScalarEvent> ReadScalarEvents(const Path& file);
[[nodiscard]] std::vector<ScalarEvent> ParseScalarEvents(ByteView bytes, std::string_view name);

}  // namespace agon::formats
