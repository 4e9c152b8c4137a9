// SPDX-License-Identifier: Apache-2.0
// A new empty folder that goes away with all that is in it.
//
//   const TemporaryFolder folder;
//   WriteFileAtomic(folder / "config.yaml", text);
//
// Thread safety: one thread at a time.
#pragma once

#include <string_view>

#include "runtime/base/files.h"

namespace agon {

class TemporaryFolder {
 public:
  // Below $TMPDIR, or /tmp; only this user may look in. Error(kIo) when it cannot be made there.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const Path& path() const { return path_; }
  [[nodiscard]] Path operator/(std::string_view name) const { return path_ / name; }
  // Leaves it where it is.
  void Keep() { kept_ = true; }

 private:
  Path path_;
  bool kept_ = false;
};

}  // namespace agon
