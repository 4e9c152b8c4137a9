// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/started_run.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/spawn_child.h"

namespace agon::viewer {
namespace {

// A file that has no name (any more), for what a command prints.
Descriptor NamelessFile() {
  std::error_code error;
  Path folder = std::filesystem::temp_directory_path(error);
  if (error) folder = "/tmp";
  std::string name = (folder / "agon-view-XXXXXX").string();
  Descriptor file(::mkostemp(name.data(), O_CLOEXEC | O_APPEND));
  if (!file.open()) {
    Fail(ErrorKind::kIo, "{}: cannot be made: {}; set TMPDIR to a folder that can be written", name,
         std::strerror(errno));
  }
  ::unlink(name.c_str());
  return file;
}

}  // namespace

StartedRun::StartedRun(std::vector<std::string> arguments, const Path& folder)
    : output_(NamelessFile()) {
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  process_ = SpawnChild({.arguments = std::move(arguments),
                         .folder = folder,
                         .variables = {},
                         .input = nothing.get(),
                         .output = output_.get(),
                         .errors = output_.get(),
                         .own_session = true});
}

StartedRun::~StartedRun() = default;

void StartedRun::Poll() {
  if (end_) return;
  int status = 0;
  const pid_t found = ::waitpid(process_, &status, WNOHANG);
  if (found > 0) end_ = ProcessEnd::Of(status);
  if (found < 0 && errno != EINTR) end_ = ProcessEnd{};  // somebody else has reaped it
}

std::string StartedRun::Output() const {
  const off_t size = ::lseek(output_.get(), 0, SEEK_END);
  if (size <= 0) return {};
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(kMostBytes));
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const ssize_t count = ::pread(output_.get(), text.data(), text.size(), from);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace agon::viewer
