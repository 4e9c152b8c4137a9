// SPDX-License-Identifier: Apache-2.0
// The picture reader over OpenCV.
#include "runtime/media/pictures.h"

#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "runtime/base/error.h"
#include "runtime/media/picture_file.h"

namespace agon::media {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): nobody can delete it by its base
class OpenCvReader final : public PictureReader {
 public:
  formats::Pixels Read(const Path& file, const PictureOptions& options) const override {
    AGON_CHECK((options.height > 0) == (options.width > 0));
    cv::Mat image =
        ReadPictureFile(file, options.grey ? PictureDepth::kGrey8 : PictureDepth::kColour8);
    if (options.height > 0 && (image.rows != options.height || image.cols != options.width)) {
      const bool shrinks = options.height <= image.rows && options.width <= image.cols;
      cv::Mat resized;
      cv::resize(image, resized, cv::Size(options.width, options.height), 0, 0,
                 shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
      image = resized;
    }
    formats::Pixels pixels{
        .width = image.cols, .height = image.rows, .channels = image.channels(), .data = {}};
    const std::size_t row = image.cols * image.elemSize();
    pixels.data.resize(row * static_cast<std::size_t>(image.rows));
    for (int y = 0; y < image.rows; ++y) {
      std::memcpy(pixels.data.data() + static_cast<std::size_t>(y) * row, image.ptr(y), row);
    }
    return pixels;
  }
};

}  // namespace
}  // namespace agon::media

// NOLINTBEGIN(readability-identifier-naming): a C name
extern "C" __attribute__((visibility("default"))) const agon::media::PictureReader*
agon_media_pictures(unsigned abi) {
  static const agon::media::OpenCvReader reader;
  return abi == agon::media::kMediaAbi ? &reader : nullptr;
}
// NOLINTEND(readability-identifier-naming)
