// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/pictures.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <future>

#include "cyclegan/learn/resize.h"
#include "runtime/base/error.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/thread_pool.h"
#include "runtime/tensor/device.h"

namespace agon::cyclegan {
namespace {

constexpr int kGrain = 4;       // what the generator's two halvings ask
constexpr int kLeastSide = 16;  // of a picture that the generator takes

// ToTensor and Normalize(0.5, 0.5) of the reference, rounded as float32 rounds. A table, because
// the threads that prepare data must not wake LibTorch's pool.
constexpr std::array<float, 256> kCentred = [] {
  std::array<float, 256> table{};
  for (int value = 0; value < 256; ++value) {
    table[static_cast<std::size_t>(value)] = (static_cast<float>(value) / 255.0F - 0.5F) / 0.5F;
  }
  return table;
}();

formats::Pixels ToRgb(formats::Pixels picture) {
  if (picture.channels == 3) return picture;
  formats::Pixels rgb{.width = picture.width, .height = picture.height, .channels = 3, .data = {}};
  const std::size_t pixels = picture.data.size() / static_cast<std::size_t>(picture.channels);
  rgb.data.resize(3 * pixels);
  const std::size_t step = static_cast<std::size_t>(picture.channels);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      rgb.data[3 * i + c] = picture.data[i * step + (picture.channels == 4 ? c : 0)];
    }
  }
  return rgb;
}

int Scaled(int side, std::int64_t load, int shorter) {
  return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) *
                                                  static_cast<double>(load) / shorter)));
}

int NearestMultiple(int side) {
  return std::max(kGrain,
                  static_cast<int>(std::lround(static_cast<double>(side) / kGrain)) * kGrain);
}

}  // namespace

void PictureSettings::Describe(config::Fields<PictureSettings>& f) {
  using P = PictureSettings;
  f.Field(&P::load, "load",
          "side that pictures are resized to first (bicubic, as Pillow does it); 0: as they are")
      .Min(0)
      .Max(8192)
      .Unit("pixels");
  f.Field(&P::keep_aspect, "keep_aspect",
          "load is the length of the shorter side; otherwise pictures become square");
  f.Field(&P::crop, "crop", "side of a random square that is cut out at each use; 0: none")
      .Min(0)
      .Max(8192)
      .Unit("pixels");
  f.Field(&P::flip, "flip", "mirror half of the pictures, by chance at each use");
  f.Check([](const P& p) -> std::string {
    if (p.crop % kGrain != 0) return fmt::format("crop must be a multiple of {}", kGrain);
    if (p.crop != 0 && p.crop < kLeastSide) {
      return fmt::format("crop must be 0 or at least {}", kLeastSide);
    }
    if (p.load != 0 && p.crop > p.load) {
      return fmt::format("crop: {} pixels cannot be cut out of {} (load)", p.crop, p.load);
    }
    return {};
  });
}

formats::Pixels PreparePicture(formats::Pixels picture, const PictureSettings& settings,
                               const std::string& name) {
  picture = ToRgb(std::move(picture));
  int width = picture.width;
  int height = picture.height;
  if (settings.load > 0) {
    const int shorter = std::min(width, height);
    const auto load = static_cast<int>(settings.load);
    width = settings.keep_aspect ? Scaled(width, settings.load, shorter) : load;
    height = settings.keep_aspect ? Scaled(height, settings.load, shorter) : load;
  }
  if (settings.crop > 0) {
    if (std::min(width, height) < settings.crop) {
      Fail(ErrorKind::kData,
           "{}: {}x{} pixels, too small for pictures.crop: {}; set pictures.load to at least that",
           name, width, height, settings.crop);
    }
  } else {
    width = NearestMultiple(width);
    height = NearestMultiple(height);
    if (std::min(width, height) < kLeastSide) {
      Fail(ErrorKind::kData, "{}: {}x{} pixels; the networks need {} at least; set pictures.load",
           name, width, height, kLeastSide);
    }
  }
  return ResizeBicubic(picture, width, height);
}

void WriteView(const formats::Pixels& picture, const PictureView& view, float* out) {
  AGON_CHECK(picture.channels == 3 && view.left >= 0 && view.top >= 0 &&
             view.left + view.width <= picture.width && view.top + view.height <= picture.height);
  const auto plane = static_cast<std::ptrdiff_t>(view.width) * view.height;
  const std::ptrdiff_t step = view.mirrored ? -3 : 3;
  for (int y = 0; y < view.height; ++y) {
    const int first = view.mirrored ? view.left + view.width - 1 : view.left;
    const std::uint8_t* from =
        picture.data.data() +
        3 * (static_cast<std::ptrdiff_t>(view.top + y) * picture.width + first);
    float* const row = out + static_cast<std::ptrdiff_t>(y) * view.width;
    for (int x = 0; x < view.width; ++x, from += step) {
      for (std::ptrdiff_t c = 0; c < 3; ++c) row[c * plane + x] = kCentred[from[c]];
    }
  }
}

Tensor ToTensor(const formats::Pixels& picture) {
  Tensor out = at::empty({1, 3, picture.height, picture.width}, at::kFloat);
  WriteView(picture, {.width = picture.width, .height = picture.height},
            out.mutable_data_ptr<float>());
  return out;
}

formats::Pixels ToPixels(const Tensor& pictures, std::int64_t index) {
  const Tensor bytes = pictures.detach()[index]
                           .to(at::kFloat)
                           .add(1)
                           .mul(127.5)
                           .round()
                           .clamp(0, 255)
                           .to(at::kByte)
                           .permute({1, 2, 0})
                           .cpu()
                           .contiguous();  // [H,W,3]
  formats::Pixels pixels{.width = static_cast<int>(bytes.size(1)),
                         .height = static_cast<int>(bytes.size(0)),
                         .channels = 3,
                         .data = {}};
  const auto* const from = bytes.const_data_ptr<std::uint8_t>();
  pixels.data.assign(from, from + bytes.numel());
  return pixels;
}

formats::Pixels PictureGrid(const std::vector<std::vector<formats::Pixels>>& rows, int gap) {
  int width = 0;
  int height = 0;
  std::vector<int> row_heights;
  for (const auto& row : rows) {
    int row_width = 0;
    int row_height = 0;
    for (const formats::Pixels& picture : row) {
      row_width += picture.width + (row_width > 0 ? gap : 0);
      row_height = std::max(row_height, picture.height);
    }
    width = std::max(width, row_width);
    height += row_height + (height > 0 ? gap : 0);
    row_heights.push_back(row_height);
  }
  formats::Pixels grid{.width = width, .height = height, .channels = 3, .data = {}};
  grid.data.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 255);
  int top = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    int left = 0;
    for (const formats::Pixels& picture : rows[r]) {
      AGON_CHECK(picture.channels == 3);
      for (int y = 0; y < picture.height; ++y) {
        std::memcpy(grid.data.data() + 3 * (static_cast<std::ptrdiff_t>(top + y) * width + left),
                    picture.data.data() + 3 * static_cast<std::ptrdiff_t>(y) * picture.width,
                    3 * static_cast<std::size_t>(picture.width));
      }
      left += picture.width + gap;
    }
    top += row_heights[r] + gap;
  }
  return grid;
}

PictureSet::PictureSet(std::int64_t count, Source source, const std::string& label,
                       std::size_t budget)
    : source_(std::move(source)) {
  std::vector<std::shared_ptr<const formats::Pixels>> found(static_cast<std::size_t>(count));
  std::vector<formats::Pixels> sizes(found.size());  // without their pixels; 0: left out
  std::atomic<std::size_t> bytes = 0;
  Progress progress(label, count, "picture");
  std::vector<std::future<void>> jobs;
  {
    ThreadPool pool(static_cast<std::size_t>(AvailableCores()));
    std::size_t waited = 0;
    // The first error in order; what is queued is finished by the pool's end.
    const auto wait = [&] {
      jobs[waited++].get();
      progress.Advance();
      if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "stopped while pictures were read");
    };
    constexpr std::size_t kAhead = 16;
    for (std::int64_t i = 0; i < count; ++i) {
      jobs.push_back(pool.Submit([&, i] {
        std::optional<formats::Pixels> picture = source_(i);
        if (!picture) return;
        const auto at = static_cast<std::size_t>(i);
        sizes[at].width = picture->width;
        sizes[at].height = picture->height;
        const std::size_t own = picture->data.size();
        if (bytes.fetch_add(own) + own <= budget) {
          found[at] = std::make_shared<const formats::Pixels>(std::move(*picture));
        }
      }));
      if (jobs.size() - waited > kAhead) wait();
    }
    while (waited < jobs.size()) wait();
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (sizes[i].width == 0) continue;
    Look(sizes[i]);
    indices_.push_back(static_cast<std::int64_t>(i));
    kept_.push_back(std::move(found[i]));
  }
}

PictureSet::PictureSet(std::vector<formats::Pixels> pictures) {
  for (formats::Pixels& picture : pictures) {
    Look(picture);
    indices_.push_back(size());
    kept_.push_back(std::make_shared<const formats::Pixels>(std::move(picture)));
  }
}

void PictureSet::Look(const formats::Pixels& picture) {
  if (least_width_ == 0) {
    least_width_ = picture.width;
    least_height_ = picture.height;
    return;
  }
  same_size_ = same_size_ && picture.width == least_width_ && picture.height == least_height_;
  least_width_ = std::min(least_width_, picture.width);
  least_height_ = std::min(least_height_, picture.height);
}

std::shared_ptr<const formats::Pixels> PictureSet::Get(std::int64_t index) const {
  const auto at = static_cast<std::size_t>(index);
  if (const auto& kept = kept_.at(at)) return kept;
  std::optional<formats::Pixels> picture = source_(indices_[at]);
  if (!picture) {
    Fail(ErrorKind::kData, "a picture that could be read when training began no longer can");
  }
  return std::make_shared<const formats::Pixels>(std::move(*picture));
}

}  // namespace agon::cyclegan
