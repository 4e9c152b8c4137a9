// SPDX-License-Identifier: Apache-2.0
// The one exception type of the project.
//
// Who needs this file: everybody who can fail because of something outside the program. A message
// names the thing, the place and the cure, in one line; see docs/architecture.md, "Errors".
//
// Thread safety: an Error is an immutable value.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace agon {

enum class ErrorKind {
  kUsage,        // a command line that cannot be meant
  kConfig,       // a configuration file or an override
  kData,         // a dataset, an image, an input file
  kModel,        // weights or a network description
  kDevice,       // CUDA, memory, threads
  kPlugin,       // a plug-in library or a component name
  kIo,           // the file system: permission, disk full, missing folder
  kInterrupted,  // SIGINT or SIGTERM, after a checkpoint
  kInternal,     // a defect of ours
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ~Error() override;  // out of line: one type_info for all shared libraries

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// Throws Error(kind, fmt::format(format, args...)).
template <class... Args>
[[noreturn]] void Fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

// States what must hold whatever the user did; a violation is our defect and says where it is.
#define AGON_CHECK(condition)                                                                \
  (static_cast<bool>(condition)                                                              \
       ? void(0)                                                                             \
       : ::agon::Fail(::agon::ErrorKind::kInternal, "{}:{}: broken invariant: {}", __FILE__, \
                      __LINE__, #condition))

}  // namespace agon
