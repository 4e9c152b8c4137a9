// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/base/error.h"
#include "runtime/base/progress.h"

namespace agon::log {
namespace {

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// The logger itself is fixed; what it writes to hangs under a sink that may change at any time.
class Output {
 public:
  Output() : sinks_(std::make_shared<spdlog::sinks::dist_sink_mt>()), logger_("agon", sinks_) {
    logger_.set_level(spdlog::level::off);
    logger_.flush_on(spdlog::level::trace);  // what was logged survives a kill
    // A full disk must not turn into messages about messages.
    logger_.set_error_handler([](const std::string&) {});
  }

  void SetUp(Level level, bool colour) {
    const std::lock_guard lock(mutex_);
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
        colour ? spdlog::color_mode::always : spdlog::color_mode::never);
    sink->set_pattern("%^%l%$: %v");
    sink->set_level(ToSpdlog(level));
    if (terminal_) sinks_->remove_sink(terminal_);
    terminal_ = sink;
    sinks_->add_sink(std::move(sink));
    // A quiet terminal does not make the file quiet.
    logger_.set_level(std::min(ToSpdlog(level), spdlog::level::info));
  }

  void AddFile(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    try {
      auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
      sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(
          "%Y-%m-%dT%H:%M:%S.%eZ %l: %v", spdlog::pattern_time_type::utc));
      if (file_) sinks_->remove_sink(file_);
      file_ = sink;
      sinks_->add_sink(std::move(sink));
    } catch (const spdlog::spdlog_ex& error) {
      Fail(ErrorKind::kIo, "{}: cannot be used as log: {}", path.string(), error.what());
    }
  }

  void RemoveFile() {
    const std::lock_guard lock(mutex_);
    if (file_) sinks_->remove_sink(file_);
    file_.reset();
  }

  void Write(Level level, std::string_view message) {
    const auto severity = ToSpdlog(level);
    if (!logger_.should_log(severity)) return;
    EraseProgressLine();
    logger_.log(severity, message);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sinks_;
  spdlog::logger logger_;
  std::shared_ptr<spdlog::sinks::sink> terminal_, file_;
};

// Never destroyed: threads may still log while the process ends.
Output& TheOutput() {
  static Output& output = *std::make_unique<Output>().release();
  return output;
}

}  // namespace

void SetUp(Level level, bool colour) { TheOutput().SetUp(level, colour); }

void AddFile(const std::filesystem::path& file) { TheOutput().AddFile(file); }

void RemoveFile() { TheOutput().RemoveFile(); }

void Write(Level level, std::string_view message) { TheOutput().Write(level, message); }

}  // namespace agon::log
