// SPDX-License-Identifier: Apache-2.0
// The entry of libagon.so: finds the command, and turns every way it can end into one message and
// an exit code.
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <new>
#include <optional>
#include <string>

#include "cli/commands/commands.h"
#include "runtime/base/error.h"

namespace agon::cli {
namespace {

using Command = int (*)(const CommandLine&, Session&);

Command Find(std::string_view name) {
  static const std::map<std::string_view, Command> commands{
      {"train", &RunTrain},
      {"attack", &RunAttack},
      {"demo", &RunDemo},
      {"list", &RunList},
      {"describe", &RunDescribe},
      {"check", &RunCheck},
      {"doctor", &RunDoctor},
      {"report", &RunReport},
      {"bench", &RunBench},
      {"export", &RunExport},
      {"selfplay train", &RunSelfplayTrain},
      {"selfplay match", &RunSelfplayMatch},
      {"selfplay evaluate", &RunSelfplayEvaluate},
      {"selfplay gtp", &RunSelfplayGtp},
      {"selfplay play", &RunSelfplayPlay},
      {"cyclegan train", &RunCycleganTrain},
      {"cyclegan demo", &RunCycleganDemo},
      {"cyclegan translate", &RunCycleganTranslate},
      {"cyclegan evaluate", &RunCycleganEvaluate},
  };
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

// LibTorch's messages go on for a page; the first line says what happened.
Error Translate(const c10::Error& error) {
  const std::string message = FirstLine(error.what_without_backtrace());
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      message.find("can't allocate memory") != std::string::npos;
  if (memory) {
    return {ErrorKind::kDevice,
            "out of memory: " + message + "; use a smaller batch_size or fewer examples"};
  }
  return {ErrorKind::kInternal, "LibTorch: " + message};
}

// The exception in flight, as one of ours.
Error Current() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const c10::Error& error) {
    return Translate(error);
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kDevice, "out of memory; use a smaller batch_size or fewer examples"};
  } catch (const std::filesystem::filesystem_error& error) {
    return {ErrorKind::kIo, fmt::format("{}: {}", error.path1().string(), error.code().message())};
  } catch (const std::exception& error) {
    return {ErrorKind::kInternal, "unexpected: " + FirstLine(error.what())};
  } catch (...) {
    return {ErrorKind::kInternal, "unexpected exception of an unknown type"};
  }
}

int Run(const CommandLine& line) {
  std::optional<Session> session;
  try {
    const Command command = Find(line.command);
    if (command == nullptr) {
      agon::Fail(ErrorKind::kInternal,
                 "libagon.so does not know the command \"{}\"; it belongs to another version",
                 line.command);
    }
    session.emplace(line);
    const int code = command(line, *session);
    // A result that did not reach its reader is no success.
    if (std::fflush(stdout) != 0) {
      agon::Fail(ErrorKind::kIo, "standard output cannot be written");
    }
    return code;
  } catch (...) {
    const Error error = Current();
    if (session) return session->Fail(error);
    fmt::print(stderr, "error: {}\n", error.what());
    return kExitFault;
  }
}

}  // namespace
}  // namespace agon::cli

extern "C" __attribute__((visibility("default"))) int agon_main(
    const agon::cli::CommandLine& line) noexcept {
  return agon::cli::Run(line);
}
