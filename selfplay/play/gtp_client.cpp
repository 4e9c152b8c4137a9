// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/gtp_client.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include "runtime/base/stop.h"

namespace agon::selfplay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxReply = std::size_t{1} << 20;
constexpr std::size_t kKeptComplaints = 2048;
constexpr std::chrono::milliseconds kPoll(100);    // how soon a stop signal is noticed
constexpr std::chrono::seconds kKillPatience(10);  // a large network takes a while to be let go

// With /usr/games at its end.
std::string PathVariable() {
  const char* const path = std::getenv("PATH");
  return "PATH=" + std::string(path != nullptr ? path : "/usr/bin:/bin") + ":/usr/games";
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// A reply begins with "=" or "?" at the start of a line and ends with an empty line; whatever a
// program prints before is not one. Nothing as long as there is none, or when it ends too late.
std::optional<GtpReply> FirstReply(const std::string& received) {
  std::size_t begin = 0;
  while (begin < received.size() && received[begin] != '=' && received[begin] != '?') {
    const std::size_t end = received.find('\n', begin);
    begin = end == std::string::npos ? received.size() : end + 1;
  }
  const std::size_t end = received.find("\n\n", begin);
  if (end == std::string::npos || end > kMaxReply) return std::nullopt;
  GtpReply reply;
  reply.status = received[begin] == '=' ? GtpReply::Status::kOk : GtpReply::Status::kRefused;
  reply.text = received.substr(begin + 1, end - begin - 1);
  reply.text.erase(0, reply.text.find_first_not_of(" \t"));
  return reply;
}

}  // namespace

GtpClient::GtpClient(std::string command, double timeout) : timeout_(timeout) {
  process_.emplace(std::vector<std::string>{"/bin/sh", "-c", std::move(command)}, Path(),
                   std::vector<std::string>{PathVariable()});
}

GtpClient::~GtpClient() {
  if (alive()) process_->Kill(kKillPatience);
}

GtpReply GtpClient::End(GtpReply::Status status) {
  process_->Kill(kKillPatience);
  std::string complaints = process_->TakeErrors();
  process_.reset();
  if (complaints.size() > kKeptComplaints) {
    complaints.erase(0, complaints.size() - kKeptComplaints);
  }
  complaint_ = OneLine(std::move(complaints));
  return {.status = status, .text = status == GtpReply::Status::kDied ? complaint_ : std::string()};
}

GtpReply GtpClient::Send(std::string_view line) {
  using Status = GtpReply::Status;
  if (!alive()) return {.status = Status::kDied, .text = complaint_};
  received_.clear();
  const auto deadline = Clock::now() + std::chrono::duration<double>(timeout_);
  if (!process_->Write(std::string(line) + "\n")) return End(Status::kDied);
  while (true) {
    process_->Poll();
    received_ += process_->TakeOutput();
    std::erase(received_, '\r');
    if (auto reply = FirstReply(received_)) return *std::move(reply);
    if (received_.size() > kMaxReply) return End(Status::kGarbage);
    if (StopSignal() != 0) return End(Status::kStopped);
    if (process_->output_ended()) return End(Status::kDied);
    if (Clock::now() > deadline) return End(Status::kTimeout);
    process_->Wait(kPoll);
  }
}

}  // namespace agon::selfplay
