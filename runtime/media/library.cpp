// SPDX-License-Identifier: Apache-2.0
// Finds and loads libagon_media.so. Part of the main library; knows no OpenCV.
#include <dlfcn.h>

#include "runtime/base/error.h"
#include "runtime/media/pictures.h"

namespace agon::media {
namespace {

constexpr const char* kLibrary = "libagon_media.so";

// The folder of the library or program this function was linked into.
Path OwnFolder() {
  static const char here = 0;
  Dl_info info{};
  if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  const Path file = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? Path(info.dli_fname).parent_path() : file.parent_path();
}

const PictureReader& Load() {
  const Path file = OwnFolder() / kLibrary;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    Fail(ErrorKind::kData,
         "pictures cannot be read: {} is missing; install Debian's package libopencv-dev "
         "(./scripts/setup) and build with -DAGON_MEDIA=ON",
         file.string());
  }
  // Never closed: OpenCV leaves threads and thread-local data behind.
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* const reason = dlerror();
    Fail(ErrorKind::kData,
         "pictures cannot be read: {}; install OpenCV 4's libraries (./scripts/setup)",
         reason != nullptr ? reason : "unknown reason");
  }
  const auto function = reinterpret_cast<PicturesFunction>(dlsym(library, kPicturesSymbol));
  const PictureReader* const reader = function != nullptr ? function(kMediaAbi) : nullptr;
  if (reader == nullptr) {
    Fail(ErrorKind::kData, "pictures cannot be read: {} is of another version; build it again",
         file.string());
  }
  return *reader;
}

}  // namespace

const PictureReader& Pictures() {
  static const PictureReader& reader = Load();  // an error is not kept: the next call tries again
  return reader;
}

}  // namespace agon::media
