// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "runtime/base/error.h"

namespace agon {

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  Path place = std::filesystem::temp_directory_path(error);
  if (error) place = "/tmp";  // TMPDIR names no folder
  std::string name = (place / "agon-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    Fail(ErrorKind::kIo, "{}: cannot be made: {}; set TMPDIR to a folder that can be written", name,
         std::generic_category().message(errno));
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace agon
