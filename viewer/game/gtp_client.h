// SPDX-License-Identifier: Apache-2.0
// A GTP program that the viewer talks to without ever waiting for it: commands are queued, replies
// call back from Poll, once a frame.
//
//   GtpClient client({program, "selfplay", "gtp", "--game", "go", "--player", "random"});
//   client.Send("genmove black", [&](const GtpReply& reply) { ... });
//   ...each frame: client.Poll();
//
// Who needs this file: game_session.h. selfplay/play/gtp_client.h is the one that waits, for
// matches.
//
// Thread safety: one thread. Callbacks run inside Poll and may call Send.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/process.h"
#include "viewer/game/gtp_reader.h"

namespace agon::viewer {

struct GtpReply {
  bool good = false;
  std::string text;  // of all lines; of a stream the first only
};

class GtpClient {
 public:
  using Done = std::function<void(const GtpReply&)>;
  using Line = std::function<void(std::string_view)>;

  // A reply larger than this is cut there.
  static constexpr std::size_t kMostReply = std::size_t{8} << 20;

  // The program and its arguments; no shell sees them. Error(kIo) when it cannot be started.
  explicit GtpClient(std::vector<std::string> words);
  ~GtpClient();  // kills it; for a polite end: Release and EndProcess
  GtpClient(const GtpClient&) = delete;
  GtpClient& operator=(const GtpClient&) = delete;

  // One line, without a line break in it (those become blanks).
  void Send(std::string_view line, Done done);
  // A command that reports until the next one is sent: `line` for each of its lines.
  void SendStream(std::string_view line, Line each, Done done);
  // Sends, receives and calls back.
  void Poll();

  // Commands that were not answered yet.
  [[nodiscard]] std::size_t waiting() const { return sent_.size(); }
  [[nodiscard]] bool alive() const { return problem_.empty(); }
  // Why it is gone, in one line: its own words where it had some. Empty as long as it runs.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Hands over the process, so that somebody may wait for its end; this client is then dead.
  [[nodiscard]] std::shared_ptr<Process> Release();

 private:
  struct Sent {
    Line each;  // of a stream
    Done done;
    GtpReply reply;
  };
  void Take(const GtpPiece& piece);
  void Complain(std::string_view text);
  void End(std::string why);

  std::string name_;
  std::shared_ptr<Process> process_;
  GtpReader reader_;
  std::deque<Sent> sent_;
  std::string problem_;
  std::string complaint_;       // the last line of standard error, errors before others
  bool complained_ = false;     // that line began with "error:"
  std::string complaint_part_;  // a line without its end yet
};

// Ends a program politely (SIGTERM, end of input), after `seconds` by force. Waits: for background
// jobs.
void EndProcess(Process& process, double seconds);

}  // namespace agon::viewer
