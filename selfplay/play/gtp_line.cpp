// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/gtp_line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/base/stop.h"

namespace agon::selfplay {
namespace {

constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr int kPollMilliseconds = 100;  // how soon a stop signal is noticed

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

GtpLine ParseGtpLine(std::string_view line) {
  std::string clean;
  for (const char c : line.substr(0, line.find('#'))) {
    if (c == '\t') {
      clean += ' ';
    } else if (static_cast<unsigned char>(c) >= 32 && c != 127) {
      clean += c;
    }
  }
  std::vector<std::string> words;
  std::vector<std::size_t> ends;  // of words in `clean`
  for (std::size_t at = 0; at < clean.size();) {
    at = clean.find_first_not_of(' ', at);
    if (at == std::string::npos) break;
    const std::size_t end = std::min(clean.find(' ', at), clean.size());
    words.push_back(clean.substr(at, end - at));
    ends.push_back(end);
    at = end;
  }
  GtpLine parsed;
  std::size_t first = 0;
  if (!words.empty() && std::all_of(words[0].begin(), words[0].end(), IsDigit)) {
    parsed.id = words[first++];
  }
  if (first < words.size()) {
    parsed.rest = clean.substr(std::min(ends[first] + 1, clean.size()));
    parsed.command = words[first++];
  }
  parsed.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(first), words.end());
  return parsed;
}

std::string GtpResponse(bool good, std::string_view id, std::string_view text) {
  std::string response(good ? "=" : "?");
  response += id;
  if (!text.empty()) response += ' ';
  bool line_start = false;  // an empty line can only follow one
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && line_start)) continue;
    response += c;
    line_start = c == '\n';
  }
  while (response.ends_with('\n')) response.pop_back();
  return response + "\n\n";
}

void LineReader::Fill(int milliseconds) {
  pollfd waiting{descriptor_, POLLIN, 0};
  if (::poll(&waiting, 1, milliseconds) <= 0) return;
  std::array<char, 4096> bytes{};
  const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
  if (count < 0) {
    ended_ = errno != EINTR && errno != EAGAIN;
    return;
  }
  if (count == 0) ended_ = true;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
}

bool LineReader::Waiting() {
  if (!HasLine()) Fill(0);
  return HasLine() || StopSignal() != 0;
}

std::optional<std::string> LineReader::Next() {
  while (!HasLine()) {
    if (StopSignal() != 0) return std::nullopt;
    Fill(kPollMilliseconds);
    if (buffer_.size() > kMaxLine && !HasLine()) buffer_.resize(kMaxLine);
  }
  if (StopSignal() != 0 || buffer_.empty()) return std::nullopt;
  const std::size_t end = std::min(buffer_.find('\n'), buffer_.size());
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace agon::selfplay
