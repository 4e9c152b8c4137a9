// SPDX-License-Identifier: Apache-2.0
// The picture reader over OpenCV.
#include "runtime/media/pictures.h"

#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "runtime/base/error.h"
#include "runtime/media/picture_header.h"

namespace agon::media {
namespace {

cv::Mat Decode(const Bytes& bytes, bool grey, const Path& file) {
  const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1,
                       const_cast<std::byte*>(bytes.data()));
  cv::Mat image;  // [H,W] grey, or [H,W,3] blue, green, red
  try {
    image = cv::imdecode(buffer, grey ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR);
  } catch (const cv::Exception& problem) {
    Fail(ErrorKind::kData, "{}: cannot be decoded: {}", file.string(), problem.err);
  }
  if (image.empty() || image.depth() != CV_8U) {
    Fail(ErrorKind::kData, "{}: cannot be decoded: the picture is damaged", file.string());
  }
  if (!grey) cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
  return image;
}

class OpenCvReader final : public PictureReader {
 public:
  OpenCvReader() {
    // Pictures are read by many threads at once, each decoding its own.
    cv::setNumThreads(1);
    // What goes wrong is told by our errors; a library prints nothing.
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
  }

  formats::Pixels Read(const Path& file, const PictureOptions& options) const override {
    AGON_CHECK((options.height > 0) == (options.width > 0));
    const Bytes bytes = ReadFileBytes(file, kMaxPictureBytes);
    const auto header = ReadPictureHeader(bytes);
    if (!header) {
      Fail(ErrorKind::kData, "{}: not a picture; PNG, JPEG, BMP and WebP are read", file.string());
    }
    if (header->width > kMaxPictureSide || header->height > kMaxPictureSide) {
      Fail(ErrorKind::kData, "{}: {}x{} pixels, at most {}x{} are read", file.string(),
           header->width, header->height, kMaxPictureSide, kMaxPictureSide);
    }
    if (!header->complete) {
      Fail(ErrorKind::kData, "{}: the picture is cut off: it has no end marker", file.string());
    }
    cv::Mat image = Decode(bytes, options.grey, file);
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

extern "C" __attribute__((visibility("default"))) const agon::media::PictureReader*
agon_media_pictures(unsigned abi) {
  static const agon::media::OpenCvReader reader;
  return abi == agon::media::kMediaAbi ? &reader : nullptr;
}
