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

#include <string>
#include <string_view>

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
  [[nodiscard]] bool alive() const { return process_ > 0; }
  [[nodiscard]] pid_t process() const { return process_; }  // of the shell or what it became

 private:
  class Descriptor {
   public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { Close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Descriptor& operator=(Descriptor&& other) noexcept;
    void Close();
    [[nodiscard]] int get() const { return number_; }

   private:
    int number_ = -1;
  };
  struct Pipe {
    Pipe();
    Descriptor read, write;
  };
  void Start();
  void Kill();
  [[nodiscard]] bool Write(std::string_view text);
  GtpReply Read();
  // False when the stream has ended.
  bool ReadSome(Descriptor& from, std::string& into);
  GtpReply End(GtpReply::Status status);

  std::string command_;
  double timeout_;
  pid_t process_ = -1;
  Descriptor input_, output_, errors_;  // of the child
  std::string received_, complaints_;
};

}  // namespace agon::selfplay
