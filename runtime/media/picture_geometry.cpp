// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/picture_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "runtime/base/error.h"
#include "runtime/media/opencv_setup.h"
#include "runtime/media/pixel_access.h"

namespace agon::media {
namespace {

// A view, no copy.
cv::Mat AsMat(const Picture& picture) {
  return {picture.height, picture.width, picture.bits == 8 ? CV_8UC3 : CV_16UC3,
          const_cast<std::uint8_t*>(picture.data.data())};
}

}  // namespace

int Orientation::Rotation() const {
  if (!transpose) return mirror_y ? 180 : 0;
  return mirror_y ? 270 : 90;
}

Orientation OrientationOf(std::span<const std::int32_t, 9> matrix) {
  // A point (x, y) is shown at (x * m0 + y * m3, x * m1 + y * m4).
  const auto size = [&](std::size_t i) { return std::abs(std::int64_t{matrix[i]}); };
  Orientation orientation;
  orientation.transpose = size(1) + size(3) > size(0) + size(4);
  orientation.mirror_x = (orientation.transpose ? matrix[3] : matrix[0]) < 0;
  orientation.mirror_y = (orientation.transpose ? matrix[1] : matrix[4]) < 0;
  return orientation;
}

Size ScaledTo(int height, const Size& size, bool even) {
  if (height <= 0 || height == size.height) return size;
  const double width = static_cast<double>(size.width) * static_cast<double>(height) / size.height;
  const int step = even && height % 2 == 0 ? 2 : 1;
  return {.width = std::max(step, static_cast<int>(std::lround(width / step)) * step),
          .height = height};
}

void Resize(const Picture& from, const Size& size, Picture& to) {
  SetUpOpenCv();
  AGON_CHECK(&from != &to && from.width > 0 && from.height > 0);
  Shape(to, size.width, size.height, from.bits);
  const bool shrinks = size.width <= from.width && size.height <= from.height;
  cv::Mat out = AsMat(to);
  cv::resize(AsMat(from), out, out.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_CUBIC);
  AGON_CHECK(out.data == to.data.data());
}

void Orient(const Picture& from, const Orientation& orientation, Picture& to) {
  SetUpOpenCv();
  AGON_CHECK(&from != &to);
  const bool across = orientation.transpose;
  Shape(to, across ? from.height : from.width, across ? from.width : from.height, from.bits);
  cv::Mat out = AsMat(to);
  if (across) {
    cv::transpose(AsMat(from), out);
  } else {
    AsMat(from).copyTo(out);
  }
  if (orientation.mirror_x || orientation.mirror_y) {
    const int code =
        orientation.mirror_x && orientation.mirror_y ? -1 : (orientation.mirror_x ? 1 : 0);
    cv::flip(out, out, code);
  }
  AGON_CHECK(out.data == to.data.data());
}

}  // namespace agon::media
