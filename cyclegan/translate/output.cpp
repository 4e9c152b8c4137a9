// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/output.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

namespace fs = std::filesystem;

constexpr std::array kOtherPictures{".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"};

std::string LowerExtension(const Path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

// The nearest folder above that is there.
Path ExistingParent(const Path& place) {
  Path parent = fs::absolute(place).lexically_normal().parent_path();
  std::error_code ignored;
  while (!parent.empty() && parent != parent.root_path() && !fs::exists(parent, ignored)) {
    parent = parent.parent_path();
  }
  return parent;
}

void CheckWritable(const Path& folder, const Path& output) {
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    Fail(ErrorKind::kUsage, "{}: the folder {} cannot be written", output.string(),
         folder.string());
  }
}

void CheckFolder(const media::VideoInfo& source, const Path& output) {
  std::error_code ignored;
  if (fs::exists(output, ignored) && !fs::is_directory(output, ignored)) {
    Fail(ErrorKind::kUsage,
         "{}: is a file; name a folder, or a file with an extension such as .mp4 or .png",
         output.string());
  }
  const bool folder_in = fs::is_directory(source.file, ignored);
  if (IsSamePlace(output, folder_in ? source.file : fs::absolute(source.file).parent_path()) &&
      source.picture_files) {
    Fail(ErrorKind::kUsage, "{}: holds the input itself; choose another folder", output.string());
  }
  CheckWritable(fs::is_directory(output, ignored) ? output : ExistingParent(output), output);
}

void CheckPicture(const media::VideoInfo& source, const Path& output) {
  std::error_code ignored;
  if (!source.picture_files || fs::is_directory(source.file, ignored)) {
    Fail(ErrorKind::kUsage,
         "{}: is one picture, but {} is not; name a folder for pictures, or a video",
         output.string(), source.file.string());
  }
  if (IsSamePlace(source.file, output)) {
    Fail(ErrorKind::kUsage, "{}: is the input itself; choose another name", output.string());
  }
}

}  // namespace

bool IsSamePlace(const Path& a, const Path& b) {
  std::error_code failed;
  const bool same = fs::equivalent(a, b, failed);
  return !failed && same;
}

OutputKind CheckOutputKind(const media::VideoInfo& source, const Path& output) {
  std::error_code ignored;
  const std::string extension = LowerExtension(output);
  if (extension.empty() || fs::is_directory(output, ignored)) {
    CheckFolder(source, output);
    return OutputKind::kFolder;
  }
  const Path parent = fs::absolute(output).lexically_normal().parent_path();
  if (!fs::is_directory(parent, ignored)) {
    Fail(ErrorKind::kUsage, "{}: the folder {} does not exist", output.string(), parent.string());
  }
  CheckWritable(parent, output);
  if (std::find(kOtherPictures.begin(), kOtherPictures.end(), extension) != kOtherPictures.end()) {
    Fail(ErrorKind::kUsage, "{}: pictures are written as PNG; name it {}", output.string(),
         Path(output).replace_extension(".png").string());
  }
  if (extension != ".png") return OutputKind::kVideo;
  CheckPicture(source, output);
  return OutputKind::kPicture;
}

}  // namespace agon::cyclegan
