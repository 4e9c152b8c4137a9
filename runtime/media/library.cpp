// SPDX-License-Identifier: Apache-2.0
// Finds and loads libagon_media.so. Part of libagon_base.so; knows neither OpenCV nor FFmpeg.
#include <dlfcn.h>

#include <string_view>

#include "runtime/base/error.h"
#include "runtime/media/flow.h"
#include "runtime/media/pictures.h"
#include "runtime/media/video.h"

namespace agon::media {
namespace {

constexpr const char* kLibrary = "libagon_media.so";

// What is asked of the library, for the messages: "pictures cannot be read: ...".
struct Purpose {
  std::string_view failure;
  std::string_view packages;   // that a build needs
  std::string_view libraries;  // that a start needs
};
constexpr Purpose kPictures = {"pictures cannot be read", "package libopencv-dev",
                               "OpenCV 4's libraries"};
constexpr Purpose kVideos = {"videos cannot be read or written",
                             "packages libavformat-dev, libswscale-dev and libopencv-dev",
                             "FFmpeg's and OpenCV 4's libraries"};
constexpr Purpose kFlow = {"optical flow cannot be computed", "package libopencv-dev",
                           "OpenCV 4's libraries"};

// The folder of the library or program this function was linked into.
Path OwnFolder() {
  static const char here = 0;
  Dl_info info{};
  if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  const Path file = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? Path(info.dli_fname).parent_path() : file.parent_path();
}

[[noreturn]] void FailAsOfAnotherVersion(const Purpose& purpose) {
  Fail(ErrorKind::kData, "{}: {} is of another version; build it again", purpose.failure,
       (OwnFolder() / kLibrary).string());
}

void* Open(const Purpose& purpose) {
  const Path file = OwnFolder() / kLibrary;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    Fail(ErrorKind::kData,
         "{}: {} is missing; install Debian's {} (./scripts/setup) and build with -DAGON_MEDIA=ON",
         purpose.failure, file.string(), purpose.packages);
  }
  // Never closed: OpenCV leaves threads and thread-local data behind.
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* const reason = dlerror();
    Fail(ErrorKind::kData, "{}: {}; install {} (./scripts/setup)", purpose.failure,
         reason != nullptr ? reason : "unknown reason", purpose.libraries);
  }
  return library;
}

template <class Function>
Function Symbol(const Purpose& purpose, const char* name) {
  const auto function = reinterpret_cast<Function>(dlsym(Open(purpose), name));
  if (function == nullptr) FailAsOfAnotherVersion(purpose);
  return function;
}

template <class Interface, class Function>
const Interface& Load(const Purpose& purpose, const char* name) {
  const Interface* const object = Symbol<Function>(purpose, name)(kMediaAbi);
  if (object == nullptr) FailAsOfAnotherVersion(purpose);
  return *object;
}

}  // namespace

// In all three an error is not kept: the next call tries again.

const PictureReader& Pictures() {
  static const PictureReader& reader =
      Load<PictureReader, PicturesFunction>(kPictures, kPicturesSymbol);
  return reader;
}

const Video& Videos() {
  static const Video& video = Load<Video, VideosFunction>(kVideos, kVideosSymbol);
  return video;
}

std::unique_ptr<FlowEstimator> MakeFlow(FlowMethod method) {
  static const auto function = Symbol<FlowFunction>(kFlow, kFlowSymbol);
  std::unique_ptr<FlowEstimator> made;
  if (!function(kMediaAbi, method, made)) FailAsOfAnotherVersion(kFlow);
  return made;
}

}  // namespace agon::media
