// SPDX-License-Identifier: Apache-2.0
// Runs the built program as a user does, in a folder of the test's own.
//
// Thread safety: one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/base/temporary_folder.h"

namespace agon::cli {

struct Outcome {
  int code = -1;  // exit code, or 128 + signal
  std::string output, errors;
};

class Workplace {
 public:
  [[nodiscard]] const Path& path() const { return folder_.path(); }
  void Write(const std::string& name, std::string_view text) const;

  // Starts `agon` with these arguments here and waits for its end.
  [[nodiscard]] Outcome Run(const std::vector<std::string>& arguments) const;
  // The same with `input` on its standard input.
  [[nodiscard]] Outcome RunWithInput(const std::vector<std::string>& arguments,
                                     std::string_view input) const;
  // The same, but sends `signal` as soon as `file` (relative) holds `text`.
  [[nodiscard]] Outcome RunAndSignal(const std::vector<std::string>& arguments, int signal,
                                     const std::string& file, std::string_view text) const;
  // The same, but sends SIGKILL: so many seconds after `ready` first said so, at once when it ends.
  [[nodiscard]] Outcome RunAndKill(const std::vector<std::string>& arguments,
                                   const std::function<bool()>& ready, double seconds) const;

 private:
  [[nodiscard]] int Start(const std::vector<std::string>& arguments) const;
  [[nodiscard]] Outcome Finish(int process) const;
  TemporaryFolder folder_;
};

}  // namespace agon::cli
