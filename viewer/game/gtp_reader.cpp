// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/gtp_reader.h"

#include <algorithm>
#include <utility>

namespace agon::viewer {

void GtpReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::size_t room = kMostLine - std::min(kMostLine, partial_.size());
    partial_ += bytes.substr(0, std::min(end, room));
    if (end == bytes.size()) return;
    bytes.remove_prefix(end + 1);
    std::erase(partial_, '\r');
    Line(partial_);
    partial_.clear();
  }
}

void GtpReader::Line(std::string_view line) {
  if (!inside_) {
    if (line.empty() || (line.front() != '=' && line.front() != '?')) return;
    inside_ = true;
    good_ = line.front() == '=';
    line.remove_prefix(1);
    while (!line.empty() && line.front() >= '0' && line.front() <= '9') line.remove_prefix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    pieces_.push_back({.end = false, .good = good_, .first = true, .text = std::string(line)});
    return;
  }
  if (line.empty()) {
    inside_ = false;
    pieces_.push_back({.end = true, .good = good_, .first = false, .text = {}});
    return;
  }
  pieces_.push_back({.end = false, .good = good_, .first = false, .text = std::string(line)});
}

std::optional<GtpPiece> GtpReader::Next() {
  if (pieces_.empty()) return std::nullopt;
  GtpPiece piece = std::move(pieces_.front());
  pieces_.pop_front();
  return piece;
}

}  // namespace agon::viewer
