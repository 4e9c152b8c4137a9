// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/picture_file.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "runtime/base/error.h"
#include "runtime/media/opencv_setup.h"
#include "runtime/media/picture_header.h"
#include "runtime/media/pictures.h"

namespace agon::media {
namespace {

cv::Mat Decode(const Bytes& bytes, PictureDepth depth, const Path& file) {
  const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1,
                       const_cast<std::byte*>(bytes.data()));
  int flags = cv::IMREAD_COLOR;
  if (depth == PictureDepth::kGrey8) flags = cv::IMREAD_GRAYSCALE;
  if (depth == PictureDepth::kColour) flags = cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH;
  cv::Mat image;  // [H,W] grey, or [H,W,3] blue, green, red
  try {
    image = cv::imdecode(buffer, flags);
  } catch (const cv::Exception& problem) {
    Fail(ErrorKind::kData, "{}: cannot be decoded: {}", file.string(), problem.err);
  }
  const bool deep = depth == PictureDepth::kColour && image.depth() == CV_16U;
  if (image.empty() || (image.depth() != CV_8U && !deep)) {
    Fail(ErrorKind::kData, "{}: cannot be decoded: the picture is damaged", file.string());
  }
  if (depth != PictureDepth::kGrey8) cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
  return image;
}

}  // namespace

cv::Mat ReadPictureFile(const Path& file, PictureDepth depth) {
  SetUpOpenCv();
  const Bytes bytes = ReadFileBytes(file, kMaxPictureBytes);
  const auto header = ReadPictureHeader(bytes);
  if (!header) {
    Fail(ErrorKind::kData, "{}: not a picture; PNG, JPEG, BMP and WebP are read", file.string());
  }
  if (header->width > kMaxPictureSide || header->height > kMaxPictureSide) {
    Fail(ErrorKind::kData, "{}: {}x{} pixels, at most {}x{} are read", file.string(), header->width,
         header->height, kMaxPictureSide, kMaxPictureSide);
  }
  if (!header->complete) {
    Fail(ErrorKind::kData, "{}: damaged: the picture is cut off, it has no end marker",
         file.string());
  }
  if (!header->intact) {
    Fail(ErrorKind::kData, "{}: the picture is damaged: its checksums do not hold", file.string());
  }
  if (header->animated && header->format == PictureFormat::kWebp) {
    Fail(ErrorKind::kData, "{}: an animated WebP, which is not read; make a GIF or an MP4 of it",
         file.string());
  }
  return Decode(bytes, depth, file);
}

}  // namespace agon::media
