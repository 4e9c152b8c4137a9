// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/control.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>

#include "runtime/base/error.h"
#include "runtime/base/log.h"

namespace agon::record {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCommandBytes = std::size_t{64} << 10;
constexpr std::array<std::string_view, 6> kCommands = {"pause", "resume",     "step",
                                                       "stop",  "checkpoint", "set"};

bool IsCommand(std::string_view name) {
  return std::find(kCommands.begin(), kCommands.end(), name) != kCommands.end();
}

// Sorts as text in the order of sending: microseconds since 1970, the process, a running number.
std::string NewName() {
  static std::atomic<std::uint32_t> counter{0};
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  // Two commands may fall into one microsecond; the running number stands before the process.
  return fmt::format("{:017}-{:010}-{}.json", now, counter.fetch_add(1), getpid());
}

// Nothing when the text is no command.
std::optional<ControlCommand> Parse(const std::string& text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  ControlCommand command;
  const auto text_of = [&](const char* field) -> std::string {
    const auto found = object.find(field);
    if (found == object.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  command.command = text_of("command");
  command.key = text_of("key");
  command.value = text_of("value");
  if (!IsCommand(command.command)) return std::nullopt;
  if (command.command == "set" && command.key.empty()) return std::nullopt;
  return command;
}

}  // namespace

void SendControl(const Path& run_folder, const ControlCommand& command) {
  std::error_code error;
  if (!std::filesystem::is_directory(run_folder, error)) {
    Fail(ErrorKind::kIo, "{}: is no run folder; name the folder of a run", run_folder.string());
  }
  AGON_CHECK(IsCommand(command.command));
  json object = {{"command", command.command}};
  if (command.command == "set") {
    object["key"] = command.key;
    object["value"] = command.value;
  }
  const Path folder = run_folder / "control";
  MakeFolder(folder);
  WriteFileAtomic(folder / NewName(),
                  object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

ControlInbox::ControlInbox(const Path& run_folder) : folder_(run_folder / "control") {
  MakeFolder(folder_);
}

std::vector<Path> ControlInbox::List(Time changed) {
  if (open_ && changed == read_) {
    rewinddir(open_.get());
  } else {
    open_.reset(opendir(folder_.c_str()));
    read_ = changed;
  }
  std::vector<Path> files;
  if (!open_) return files;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): of a stream that only this thread has
  while (const dirent* const entry = readdir(open_.get())) {
    // Other names are files on their way: renamed to .json when they are whole.
    const Path file = folder_ / entry->d_name;
    std::error_code error;
    if (file.extension() == ".json" &&
        std::filesystem::is_regular_file(std::filesystem::symlink_status(file, error))) {
      files.push_back(file);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<ControlCommand> ControlInbox::Poll() {
  std::error_code error;
  const auto changed = std::filesystem::last_write_time(folder_, error);
  if (error || changed == seen_) return {};

  std::vector<ControlCommand> commands;
  for (const Path& file : List(changed)) {
    std::optional<ControlCommand> command;
    try {
      command = Parse(ReadFileText(file, kMaxCommandBytes));
    } catch (const Error& problem) {
      log::Debug("{}", problem.what());
    }
    std::filesystem::remove(file, error);
    if (error) {
      // Taken again and again otherwise: a "step" would become a run.
      log::Warning("{}: cannot be removed, the command is ignored: {}", file.string(),
                   error.message());
    } else if (command) {
      commands.push_back(std::move(*command));
    } else {
      log::Warning("{}: is no command (pause, resume, step, stop, checkpoint, set); removed",
                   file.string());
    }
  }
  // A folder's time is as coarse as the kernel's tick: a change right after this look may carry the
  // same time. So a look only counts as the last one when the change it saw is old enough.
  const auto settled = std::chrono::seconds(2);
  if (Time::clock::now() - changed > settled) {
    seen_ = changed;
    open_.reset();
  }
  return commands;
}

}  // namespace agon::record
