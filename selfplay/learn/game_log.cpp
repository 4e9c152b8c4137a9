// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/game_log.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/error.h"
#include "runtime/base/text.h"

namespace agon::selfplay {
namespace {

Path FileOf(const Path& folder, std::int64_t number) {
  return folder / fmt::format("{:06}.jsonl", number);
}

std::set<std::int64_t> FilesIn(const Path& folder) {
  std::set<std::int64_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string stem = it->path().stem().string();
    std::int64_t number = 0;
    const auto [stop, bad] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (bad == std::errc() && stop == stem.data() + stem.size()) numbers.insert(number);
  }
  return numbers;
}

// The number of a line's game; nothing for a damaged line.
std::optional<std::int64_t> GameOfLine(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("game")) return std::nullopt;
  return json["game"].is_number_integer() ? std::optional(json["game"].get<std::int64_t>())
                                          : std::nullopt;
}

}  // namespace

GameLog::GameLog(Path folder, std::optional<std::int64_t> keep) : folder_(std::move(folder)) {
  MakeFolder(folder_);
  const std::set<std::int64_t> files = FilesIn(folder_);
  if (files.empty()) {
    OpenFile(0);
    return;
  }
  for (const std::int64_t number : files) {
    const bool last = number == *files.rbegin();
    if (!keep && !last) continue;
    const Path file = FileOf(folder_, number);
    const std::string text = ReadFileText(file);
    std::string kept;
    std::int64_t lines = 0;
    for (const std::string& line : Split(text, '\n')) {
      const auto game = line.empty() ? std::nullopt : GameOfLine(line);
      if (!game || (keep && *game >= *keep)) continue;
      kept += line + "\n";
      ++lines;
    }
    if (kept != text) WriteFileAtomic(file, kept);
    if (last) lines_ = lines;
  }
  const std::int64_t lines = lines_;
  OpenFile(*files.rbegin());
  lines_ = lines;
}

void GameLog::OpenFile(std::int64_t number) {
  file_ = number;
  lines_ = 0;
  stream_ = std::ofstream(FileOf(folder_, number), std::ios::binary | std::ios::app);
  if (!stream_) {
    Fail(ErrorKind::kIo, "{}: cannot be opened for writing", FileOf(folder_, number).string());
  }
}

void GameLog::Add(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (lines_ >= kGamesPerFile) OpenFile(file_ + 1);
  const std::string out = line + "\n";
  stream_.write(out.data(), static_cast<std::streamsize>(out.size()));
  stream_.flush();
  if (!stream_) {
    Fail(ErrorKind::kIo, "{}: cannot be written; is the disk full?",
         FileOf(folder_, file_).string());
  }
  ++lines_;
}

}  // namespace agon::selfplay
