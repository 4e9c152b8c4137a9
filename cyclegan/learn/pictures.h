// SPDX-License-Identifier: Apache-2.0
// Pictures on their way into a training and out of it: resized once, cropped and mirrored at each
// use, as numbers in [-1,1]; and back.
//
// Order as the reference's loader: resize (bicubic as Pillow's), random crop, random mirror image,
// to [-1,1].
//
// Thread safety: free functions; a PictureSet is immutable once made.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/fields.h"
#include "runtime/formats/png.h"
#include "runtime/tensor/types.h"

namespace agon::cyclegan {

struct PictureSettings {
  std::int64_t load = 0;     // side that pictures are resized to; 0: as they are
  bool keep_aspect = false;  // `load` is the shorter side then
  std::int64_t crop = 0;     // side of the random square that is trained on; 0: the whole picture
  bool flip = true;
  static void Describe(config::Fields<PictureSettings>& f);
};

// The part that happens once: RGB, resized as `load` asks; without a crop both sides become
// multiples of 4, the nearest, as the generator needs. `name` is for Error(kData): smaller than the
// crop.
[[nodiscard]] formats::Pixels PreparePicture(formats::Pixels picture,
                                             const PictureSettings& settings,
                                             const std::string& name);

// The part of a picture that is used: [3, height, width] floats in [-1,1] at `out`, computed as
// float32 (v / 255 - 0.5) / 0.5.
struct PictureView {
  int left = 0, top = 0;
  int width = 0, height = 0;
  bool mirrored = false;
};
void WriteView(const formats::Pixels& picture, const PictureView& view, float* out);

[[nodiscard]] Tensor ToTensor(const formats::Pixels& picture);  // [1,3,H,W] in [-1,1]
// One picture of [N,3,H,W] in [-1,1], rounded to the nearest (the reference cuts off).
[[nodiscard]] formats::Pixels ToPixels(const Tensor& pictures, std::int64_t index = 0);

// Pictures beside and below each other with a gap, on white; each row as high as its highest.
[[nodiscard]] formats::Pixels PictureGrid(const std::vector<std::vector<formats::Pixels>>& rows,
                                          int gap = 2);

// The pictures of one domain, ready to be cropped. All are looked at once, by all cores, and kept
// as far as memory allows (`budget` bytes); the others are read again each time.
class PictureSet {
 public:
  // The index-th picture, or nothing: it is left out of the set. Called from several threads.
  using Source = std::function<std::optional<formats::Pixels>(std::int64_t index)>;
  // `label` is for the progress line. Error(kInterrupted) when asked to stop.
  PictureSet(std::int64_t count, Source source, const std::string& label,
             std::size_t budget = kBudget);
  explicit PictureSet(std::vector<formats::Pixels> pictures);

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(kept_.size()); }
  // What the source calls each of them, rising.
  [[nodiscard]] const std::vector<std::int64_t>& indices() const { return indices_; }
  [[nodiscard]] std::shared_ptr<const formats::Pixels> Get(std::int64_t index) const;
  [[nodiscard]] bool same_size() const { return same_size_; }
  // Of all pictures, each for itself.
  [[nodiscard]] int least_width() const { return least_width_; }
  [[nodiscard]] int least_height() const { return least_height_; }

  static constexpr std::size_t kBudget = std::size_t{2} << 30;

 private:
  void Look(const formats::Pixels& picture);
  Source source_;
  std::vector<std::int64_t> indices_;
  std::vector<std::shared_ptr<const formats::Pixels>> kept_;  // null: beyond the budget
  bool same_size_ = true;
  int least_width_ = 0, least_height_ = 0;  // 0: none seen yet
};

}  // namespace agon::cyclegan
