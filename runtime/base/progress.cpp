// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "runtime/base/text.h"

namespace agon {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kUpdateInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(15);
constexpr std::size_t kUsualWidth = 80;

struct Sink {
  std::mutex mutex;
  std::shared_ptr<ProgressSink> sink;
  std::optional<ReportedProgress> latest;
};
Sink& TheSink() {
  static Sink sink;
  return sink;
}

std::atomic<bool> line_is_open{false};

void WriteStderr(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count <= 0) return;  // nobody to tell
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string Describe(const ProgressState& state) {
  std::string text = fmt::format("{}: {}", state.label, state.done);
  if (state.total > 0) {
    text += fmt::format("/{} ({:.0f} %)", state.total,
                        100.0 * static_cast<double>(state.done) / static_cast<double>(state.total));
  }
  if (state.rate > 0) text += fmt::format(", {:.3g} {}/s", state.rate, state.unit);
  if (state.finished) {
    text += ", took " + FormatDuration(state.seconds);
  } else if (state.seconds_left >= 0) {
    text += fmt::format(", {} left", FormatDuration(state.seconds_left));
  }
  if (!state.note.empty()) text += fmt::format(", {}", state.note);
  return text;
}

// The longest prefix of at most `width` UTF-8 characters.
std::string_view CutTo(std::string_view text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts_character && ++characters > width) return text.substr(0, i);
  }
  return text;
}

std::size_t TerminalWidth() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return size.ws_col;
}

class TerminalProgress final : public ProgressSink {
 public:
  void Show(const ProgressState& state) override {
    const std::string text = Describe(state);
    // One column stays free: some terminals wrap when the last one is filled.
    const std::string_view line = CutTo(text, TerminalWidth() - 1);
    line_is_open.store(!state.finished);
    WriteStderr(fmt::format("\r\x1b[K{}{}", line, state.finished ? "\n" : ""));
  }
};

class PlainProgress final : public ProgressSink {
 public:
  void Show(const ProgressState& state) override {
    const auto now = Clock::now();
    if (!state.finished && now - shown_ < kPlainInterval) return;
    shown_ = now;
    WriteStderr(Describe(state) + "\n");
  }

 private:
  Clock::time_point shown_ = Clock::now();
};

}  // namespace

ProgressSink::~ProgressSink() = default;

void SetProgressSink(std::shared_ptr<ProgressSink> sink) {
  const std::lock_guard lock(TheSink().mutex);
  TheSink().sink = std::move(sink);
}

std::optional<ReportedProgress> LatestProgress() {
  const std::lock_guard lock(TheSink().mutex);
  return TheSink().latest;
}

std::shared_ptr<ProgressSink> MakeStderrProgress() {
  const char* terminal = std::getenv("TERM");
  const bool can_rewrite =
      ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
  if (can_rewrite) return std::make_shared<TerminalProgress>();
  return std::make_shared<PlainProgress>();
}

void EraseProgressLine() noexcept {
  if (line_is_open.exchange(false)) WriteStderr("\r\x1b[K");
}

Progress::Progress(std::string label, std::int64_t total, std::string unit, std::int64_t done)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      done_(done),
      first_(done),
      start_(Clock::now()),
      shown_(start_) {}

// Also when work ends early: the message about that then starts on a line of its own.
Progress::~Progress() {
  try {
    Show(true);
  } catch (...) {
    // Progress is a courtesy; it never decides how work ends.
  }
}

void Progress::Advance(std::int64_t count, std::string_view note) {
  done_ += count;
  // A total that is passed was a guess (a video whose container does not count its frames).
  if (total_ > 0 && done_ > total_) total_ = 0;
  if (!note.empty()) note_ = note;
  const auto now = Clock::now();
  if (now - shown_ < kUpdateInterval) return;
  shown_ = now;
  Show(false);
}

void Progress::Show(bool finished) {
  // Under the lock: two Progresses of two threads may share one terminal.
  const std::lock_guard lock(TheSink().mutex);
  ProgressState state;
  state.label = label_;
  state.done = done_;
  state.total = total_;
  state.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  state.rate = state.seconds > 0 ? static_cast<double>(done_ - first_) / state.seconds : 0;
  if (total_ > 0 && state.rate > 0) {
    state.seconds_left = static_cast<double>(total_ - done_) / state.rate;
  }
  state.unit = unit_;
  state.note = note_;
  state.finished = finished;
  TheSink().latest = {.label = label_,
                      .unit = unit_,
                      .note = note_,
                      .done = state.done,
                      .total = state.total,
                      .rate = state.rate,
                      .seconds_left = state.seconds_left,
                      .finished = finished,
                      .when = Clock::now()};
  if (TheSink().sink != nullptr) TheSink().sink->Show(state);
}

}  // namespace agon
