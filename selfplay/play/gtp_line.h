// SPDX-License-Identifier: Apache-2.0
// Lines of GTP 2 (Farneback, "GTP version 2 draft 2"), taken apart and put together, and where they
// come from.
//
// Who needs this file: gtp_server.cpp and the terminal board.
//
// Thread safety: values; a LineReader belongs to one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agon::selfplay {

struct GtpLine {
  std::string id;       // digits, or empty
  std::string command;  // empty: nothing to do, no reply (an empty line, a comment)
  std::vector<std::string> arguments;
  std::string rest;  // all that stands behind the command, as it was written
};

// Control characters but tabs are dropped, tabs are spaces, "#" begins a comment (section 3.1).
[[nodiscard]] GtpLine ParseGtpLine(std::string_view line);

// "=7 text\n\n" or "?7 text\n\n". Empty lines in `text`, which would end the reply, are left out.
[[nodiscard]] std::string GtpResponse(bool good, std::string_view id, std::string_view text);

// Lines of a file descriptor; knows whether another one has come without waiting for it.
class LineReader {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}
  // The next line without its end; nothing at the end of the input, or when the process was asked
  // to stop. Lines longer than a mebibyte are cut.
  [[nodiscard]] std::optional<std::string> Next();
  // True when Next would not wait.
  [[nodiscard]] bool Waiting();

 private:
  // Reads what is there; waits for it as long as `milliseconds` say.
  void Fill(int milliseconds);
  [[nodiscard]] bool HasLine() const { return buffer_.find('\n') != std::string::npos || ended_; }
  int descriptor_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace agon::selfplay
