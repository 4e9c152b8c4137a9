// SPDX-License-Identifier: Apache-2.0
// The replies of a GTP program, taken out of what arrives bit by bit.
//
// A reply begins with "=" or "?" at the start of a line and ends with an empty line; what a program
// prints outside of replies is dropped. Lines of a reply are told as they arrive, since an analysis
// reports until it is ended.
//
// Who needs this file: gtp_client.h.
//
// Thread safety: one thread.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace agon::viewer {

struct GtpPiece {
  bool end = false;    // the reply is complete; `text` is empty
  bool good = true;    // "=" rather than "?"
  bool first = false;  // the line that began the reply, without "=" and the id
  std::string text;    // of one line
};

class GtpReader {
 public:
  // A line longer than this is no line of ours: it is cut there.
  static constexpr std::size_t kMostLine = std::size_t{4} << 20;

  void Feed(std::string_view bytes);
  [[nodiscard]] std::optional<GtpPiece> Next();

 private:
  void Line(std::string_view line);
  std::string partial_;
  std::deque<GtpPiece> pieces_;
  bool inside_ = false;  // of a reply
  bool good_ = true;
};

}  // namespace agon::viewer
