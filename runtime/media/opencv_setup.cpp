// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/opencv_setup.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

namespace agon::media {

void SetUpOpenCv() {
  [[maybe_unused]] static const bool done = [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
    return true;
  }();
}

}  // namespace agon::media
