// SPDX-License-Identifier: Apache-2.0
// The games of a training as text, one JSON object a line: RUN/games/<number>.jsonl, where a file
// holds the games that ended one after another, kGamesPerFile of them. docs/formats.md, "Games of a
// training".
//
// A line goes out in one write; a line that a dying machine left half is cut off when the log is
// opened again.
//
// Who needs this file: the trainer. Thread safety: all members.
#pragma once

#include <cstdint>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/base/files.h"

namespace agon::selfplay {

class GameLog {
 public:
  static constexpr std::int64_t kGamesPerFile = 10000;

  // With `keep`, lines of games numbered from there on are removed first. Error(kIo).
  explicit GameLog(Path folder, std::optional<std::int64_t> keep = std::nullopt);
  void Add(const std::string& line);

 private:
  void OpenFile(std::int64_t number);
  Path folder_;
  std::mutex mutex_;
  std::ofstream stream_;
  std::int64_t file_ = 0, lines_ = 0;  // of the present file
};

}  // namespace agon::selfplay
