// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/gtp_client.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "runtime/base/error.h"
#include "viewer/core/text_tail.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostComplaint = 500;
constexpr std::chrono::milliseconds kEndPoll(10);
constexpr std::string_view kErrorMark = "error: ";

}  // namespace

GtpClient::GtpClient(std::vector<std::string> words)
    : name_(words.empty() ? std::string() : Path(words.front()).filename().string()),
      process_(std::make_shared<Process>(std::move(words))) {}

GtpClient::~GtpClient() = default;

void GtpClient::Send(std::string_view line, Done done) { SendStream(line, {}, std::move(done)); }

void GtpClient::SendStream(std::string_view line, Line each, Done done) {
  if (!alive()) return;
  std::string text(line);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  sent_.push_back({.each = std::move(each), .done = std::move(done), .reply = {}});
  process_->Write(text + "\n");
}

void GtpClient::Poll() {
  if (!alive()) return;
  process_->Poll();
  reader_.Feed(process_->TakeOutput());
  Complain(process_->TakeErrors());
  while (alive()) {
    const auto piece = reader_.Next();
    if (!piece) break;
    Take(*piece);
  }
  if (!alive() || process_->running()) return;
  End(process_->end()->Describe());
}

void GtpClient::Take(const GtpPiece& piece) {
  if (sent_.empty()) return;  // an answer to nothing
  Sent& sent = sent_.front();
  if (piece.end) {
    Sent finished = std::move(sent);
    sent_.pop_front();
    finished.reply.good = piece.good;
    if (finished.done) finished.done(finished.reply);
    return;
  }
  if (sent.each && !piece.first) {
    const Line each = sent.each;  // it may send, which moves what stands in the queue
    each(piece.text);
    return;
  }
  if (sent.reply.text.size() + piece.text.size() > kMostReply) return;
  if (!piece.first) sent.reply.text += '\n';
  sent.reply.text += piece.text;
}

// Programs tell what is wrong on standard error: the last line that says "error:", else the last.
void GtpClient::Complain(std::string_view text) {
  complaint_part_ += text;
  std::size_t end = 0;
  while ((end = complaint_part_.find('\n')) != std::string::npos) {
    const std::string line = complaint_part_.substr(0, end);
    complaint_part_.erase(0, end + 1);
    const bool error = line.starts_with(kErrorMark);
    if (line.find_first_not_of(" \t\r") == std::string::npos || (complained_ && !error)) continue;
    complained_ = error;
    complaint_ = error ? line.substr(kErrorMark.size()) : line;
  }
  if (complaint_part_.size() > kMostComplaint) complaint_part_.resize(kMostComplaint);
}

void GtpClient::End(std::string why) {
  Complain("\n");
  const std::string said = ValidUtf8(complaint_.substr(0, kMostComplaint));
  problem_ = said.empty()  ? fmt::format("{} has ended: {}", name_, why)
             : complained_ ? said
                           : fmt::format("{} has ended: {}; it said: {}", name_, why, said);
  sent_.clear();
}

std::shared_ptr<Process> GtpClient::Release() {
  if (alive()) problem_ = fmt::format("{} was let go", name_);
  sent_.clear();
  return std::exchange(process_, nullptr);
}

void EndProcess(Process& process, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  process.Poll();
  if (process.running()) ::kill(process.id(), SIGTERM);
  process.CloseInput();
  while (process.running() && Clock::now() < deadline) {
    std::this_thread::sleep_for(kEndPoll);
    process.Poll();
    (void)process.TakeOutput();
    (void)process.TakeErrors();
  }
  process.Kill();
}

}  // namespace agon::viewer
