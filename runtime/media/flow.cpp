// SPDX-License-Identifier: Apache-2.0
// Optical flow over OpenCV.
#include "runtime/media/flow.h"

#include <algorithm>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "runtime/base/error.h"
#include "runtime/media/opencv_setup.h"
#include "runtime/media/pictures.h"

namespace agon::media {
namespace {

// DIS looks for patches of 8 pixels on a pyramid and refuses pictures below 12.
constexpr int kMinSide = 16;
// Up to so many pixels DIS works on pictures of twice the size: in a frame of 64x64 its patches
// would be larger than an animal's legs. Halves what the steady filter blurs there; 2 ms a flow.
constexpr std::size_t kDoubleSizePixels = 80UL * 80;
// Up to so many, at full size; above, at half of it, which costs a fourth and loses 0.02 pixels on
// smooth motion.
constexpr std::size_t kFullSizePixels = 160UL * 120;

class OpenCvFlow : public FlowEstimator {
 public:
  void Estimate(const GreyView& from, const GreyView& to, FlowField& flow) final {
    const std::size_t count =
        static_cast<std::size_t>(from.width) * static_cast<std::size_t>(from.height);
    AGON_CHECK(from.width > 0 && from.height > 0);
    AGON_CHECK(from.width == to.width && from.height == to.height);
    AGON_CHECK(from.data.size() == count && to.data.size() == count);
    flow.width = from.width;
    flow.height = from.height;
    flow.data.resize(2 * count);
    // Exactly: what stands still is to stay as it is. DIS gives a hundredth of a pixel.
    if (std::ranges::equal(from.data, to.data)) {
      std::ranges::fill(flow.data, 0.0F);
      return;
    }
    // A fresh matrix each time: DIS takes one that has the right size as a first guess.
    cv::Mat found;  // [H,W,2]
    try {
      Compute(Padded(from), Padded(to), found);
    } catch (const cv::Exception& problem) {
      Fail(ErrorKind::kInternal, "optical flow of {}x{} pixels: {}", from.width, from.height,
           problem.err);
    }
    AGON_CHECK(found.type() == CV_32FC2 && found.cols >= from.width && found.rows >= from.height);
    const std::size_t row = 2 * static_cast<std::size_t>(from.width);
    for (int y = 0; y < from.height; ++y) {
      std::memcpy(flow.data.data() + static_cast<std::size_t>(y) * row, found.ptr(y),
                  row * sizeof(float));
    }
  }

 protected:
  virtual void Compute(const cv::Mat& from, const cv::Mat& to, cv::Mat& flow) = 0;

 private:
  // The picture, its last row and column repeated up to kMinSide. Copies only when it must.
  static cv::Mat Padded(const GreyView& picture) {
    cv::Mat image(picture.height, picture.width, CV_8UC1,
                  const_cast<std::uint8_t*>(picture.data.data()));
    if (picture.width < kMinSide || picture.height < kMinSide) {
      cv::copyMakeBorder(image, image, 0, std::max(0, kMinSide - picture.height), 0,
                         std::max(0, kMinSide - picture.width), cv::BORDER_REPLICATE);
    }
    return image;
  }
};

class Dis final : public OpenCvFlow {
 public:
  explicit Dis(int preset) : dis_(cv::DISOpticalFlow::create(preset)) {}

 private:
  void Compute(const cv::Mat& from, const cv::Mat& to, cv::Mat& flow) override {
    dis_->setFinestScale(from.total() <= kFullSizePixels ? 0 : 1);
    if (from.total() > kDoubleSizePixels) {
      dis_->calc(from, to, flow);
      return;
    }
    cv::Mat large_from, large_to, large_flow;
    cv::resize(from, large_from, cv::Size(), 2, 2, cv::INTER_LINEAR);
    cv::resize(to, large_to, cv::Size(), 2, 2, cv::INTER_LINEAR);
    dis_->calc(large_from, large_to, large_flow);
    cv::resize(large_flow, flow, from.size(), 0, 0, cv::INTER_AREA);
    flow *= 0.5;
  }

  cv::Ptr<cv::DISOpticalFlow> dis_;
};

class Farneback final : public OpenCvFlow {
  void Compute(const cv::Mat& from, const cv::Mat& to, cv::Mat& flow) override {
    cv::calcOpticalFlowFarneback(from, to, flow, 0.5, 3, 15, 3, 5, 1.2, 0);
  }
};

std::unique_ptr<FlowEstimator> Make(FlowMethod method) {
  SetUpOpenCv();
  switch (method) {
    case FlowMethod::kDisFast:
      return std::make_unique<Dis>(cv::DISOpticalFlow::PRESET_ULTRAFAST);
    case FlowMethod::kDisMedium:
      return std::make_unique<Dis>(cv::DISOpticalFlow::PRESET_MEDIUM);
    case FlowMethod::kFarneback:
      return std::make_unique<Farneback>();
  }
  Fail(ErrorKind::kInternal, "no such flow method: {}", static_cast<int>(method));
}

}  // namespace
}  // namespace agon::media

// NOLINTNEXTLINE(readability-identifier-naming): a C name
extern "C" __attribute__((visibility("default"))) bool agon_media_flow(
    unsigned abi, agon::media::FlowMethod method,
    std::unique_ptr<agon::media::FlowEstimator>& made) {
  if (abi != agon::media::kMediaAbi) return false;
  made = agon::media::Make(method);
  return true;
}
