// SPDX-License-Identifier: Apache-2.0
// A foreign program that speaks GTP (Go Text Protocol 2), as a child process: commands in, replies
// out, never longer than its time. What it answers is judged by us, not believed.
//
// Who needs this file: the player "gtp" (gtp_player.cpp). To serve GTP ourselves: gtp_server.h.
//
// The command goes through /bin/sh, with /usr/games added to PATH, where Debian puts gnugo. Child
// and descendants form a process group; the destructor kills and reaps it.
//
// Thread safety: one thread at a time; several clients may live in several threads.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/process.h"

namespace agon::selfplay {

struct GtpReply {
  enum class Status {
    kOk,
    kRefused,  // "? message"
    kTimeout,  // no complete reply in time
    kDied,     // the process ended, or never began
    kGarbage,  // a reply larger than any is
    kStopped,  // this program was asked to stop meanwhile
  };
  Status status = Status::kOk;
  std::string text;  // of the reply; for kDied what it wrote on standard error, in one line
};

class GtpClient {
 public:
  // Starts the program. `timeout`: seconds that each reply may take. Error(kIo) when no process can
  // be made; a command that does not exist shows with the first reply.
  GtpClient(std::string command, double timeout);
  ~GtpClient();
  GtpClient(const GtpClient&) = delete;
  GtpClient& operator=(const GtpClient&) = delete;

  // Sends one line and waits for the reply. After anything but kOk and kRefused the process is gone
  // and every later call gives kDied.
  GtpReply Send(std::string_view line);
  [[nodiscard]] bool alive() const { return process_.has_value(); }
  // Of the shell or what it became; -1 when it is gone.
  [[nodiscard]] pid_t process() const { return alive() ? process_->id() : -1; }

 private:
  GtpReply End(GtpReply::Status status);

  double timeout_;
  std::optional<Process> process_;
  std::string received_;
  std::string complaint_;  // of the program that has gone, in one line
};

}  // namespace agon::selfplay
