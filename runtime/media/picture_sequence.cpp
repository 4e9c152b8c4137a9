// SPDX-License-Identifier: Apache-2.0
// A picture, or a folder of them, in the order of their names, as if it were a video.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <optional>

#include "runtime/media/picture_file.h"
#include "runtime/media/picture_geometry.h"
#include "runtime/media/picture_header.h"
#include "runtime/media/pictures.h"
#include "runtime/media/pixel_access.h"
#include "runtime/media/video_input.h"
#include "runtime/media/video_reader.h"

namespace agon::media {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Digits by their number, so that frame_2 comes before frame_10; else byte by byte.
bool ComesBefore(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!IsDigit(a[i]) || !IsDigit(b[j])) {
      if (a[i] != b[j]) {
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      }
      ++i;
      ++j;
      continue;
    }
    const auto number = [](const std::string& text, std::size_t& at) {
      const std::size_t begin = std::min(text.find_first_not_of('0', at), text.size());
      at = begin;
      while (at < text.size() && IsDigit(text[at])) ++at;
      return std::string_view(text).substr(begin, at - begin);
    };
    const std::string_view first = number(a, i);
    const std::string_view second = number(b, j);
    if (first.size() != second.size()) return first.size() < second.size();
    if (first != second) return first < second;
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;  // 01 and 1
}

bool StartsLikePicture(const Path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 16> beginning{};
  stream.read(beginning.data(), beginning.size());
  const auto count = static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0));
  return LooksLikePicture(AsBytes({beginning.data(), count}));
}

// "damaged pictures, left out: 3 (a.png, b.png, c.png)"
std::string NameThem(const std::vector<std::string>& names, std::string_view what) {
  constexpr std::size_t kNamed = 10;
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) {
    list += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kNamed) list += fmt::format(" and {} more", names.size() - kNamed);
  return fmt::format("{}, left out: {} ({})", what, names.size(), list);
}

struct Listing {
  std::vector<std::string> pictures;  // in order
  std::vector<std::string> others;
  std::vector<std::string> folders;
};

Listing List(const Path& folder) {
  Listing listing;
  try {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with('.')) continue;
      if (entry.is_directory()) {
        listing.folders.push_back(name);
      } else if (entry.is_regular_file() && StartsLikePicture(entry.path())) {
        listing.pictures.push_back(name);
      } else {
        listing.others.push_back(name);
      }
    }
  } catch (const std::filesystem::filesystem_error& problem) {
    Fail(ErrorKind::kData, "{}: {}", problem.path1().string(), problem.code().message());
  }
  for (auto* names : {&listing.pictures, &listing.others, &listing.folders}) {
    std::ranges::sort(*names, ComesBefore);
  }
  return listing;
}

Picture ReadPicture(const Path& file) {
  const cv::Mat image = ReadPictureFile(file, PictureDepth::kColour);
  Picture picture;
  Shape(picture, image.cols, image.rows, image.depth() == CV_16U ? 16 : 8);
  const std::size_t row = static_cast<std::size_t>(image.cols) * image.elemSize();
  for (int y = 0; y < image.rows; ++y) std::memcpy(RowOf(picture, y), image.ptr(y), row);
  return picture;
}

class PictureSequence final : public VideoReader {
 public:
  PictureSequence(const Path& place, const ReadOptions& options) : height_(options.height) {
    info_.file = place;
    if (std::filesystem::is_directory(place)) {
      folder_ = place;
      ListFolder();
    } else {
      folder_ = place.parent_path();
      info_.names = {place.filename().string()};
    }
    ReadFirst();
    Describe();
  }

  const VideoInfo& info() const override { return info_; }

  bool Next(VideoFrame& frame) override {
    while (at_ < info_.names.size()) {
      const std::size_t index = at_++;
      if (first_ && index == first_index_) {
        frame.picture = std::move(*first_);
        first_.reset();
      } else if (index < first_index_ || !Read(index, frame.picture)) {
        continue;
      }
      SetTime(index, frame);
      return true;
    }
    return false;
  }

  bool Skip(VideoFrame& frame) override {
    // Whether a picture is damaged is known when it was decoded; a frame that Next would leave out
    // must not be counted here.
    Picture unused;
    std::swap(unused, frame.picture);
    const bool more = Next(frame);
    std::swap(unused, frame.picture);
    return more;
  }

  std::int64_t damaged() const override { return static_cast<std::int64_t>(damaged_.size()); }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes = notes_;
    if (!damaged_.empty()) notes.push_back(NameThem(damaged_, "damaged pictures"));
    return notes;
  }

 private:
  void ListFolder() {
    Listing listing = List(folder_);
    if (listing.pictures.empty()) {
      Fail(ErrorKind::kData, "{}: a folder without pictures (PNG, JPEG, BMP, WebP){}",
           folder_.string(),
           listing.others.empty() ? "" : "; " + NameThem(listing.others, "other files"));
    }
    info_.names = std::move(listing.pictures);
    if (!listing.others.empty()) {
      notes_.push_back(NameThem(listing.others, "files that are no pictures"));
    }
    if (!listing.folders.empty()) {
      notes_.push_back(NameThem(listing.folders, "folders inside"));
    }
  }

  // The first picture that can be decoded gives the size; a single one must be good.
  void ReadFirst() {
    Picture picture;
    if (info_.names.size() == 1) {
      picture = ReadPicture(folder_ / info_.names.front());
      source_ = {.width = picture.width, .height = picture.height};
      Scale(picture);
    } else {
      while (first_index_ < info_.names.size() && !Read(first_index_, picture)) ++first_index_;
      if (first_index_ == info_.names.size()) {
        Fail(ErrorKind::kData, "{}: none of its {} pictures can be decoded; {}", folder_.string(),
             info_.names.size(), first_problem_);
      }
    }
    first_ = std::move(picture);
  }

  // False when it cannot be decoded, which is noted.
  bool Read(std::size_t index, Picture& picture) {
    const std::string& name = info_.names[index];
    try {
      picture = ReadPicture(folder_ / name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      if (damaged_.empty()) first_problem_ = error.what();
      damaged_.push_back(name);
      return false;
    }
    source_ = {.width = picture.width, .height = picture.height};
    Scale(picture);
    return true;
  }

  void Scale(Picture& picture) {
    const Size size = ScaledTo(height_, source_, false);
    if (size == source_) return;
    if (size.width > kMaxPictureSide || size.height > kMaxPictureSide) {
      Fail(ErrorKind::kUsage, "height {}: pictures of {}x{} pixels, at most {}x{}", height_,
           size.width, size.height, kMaxPictureSide, kMaxPictureSide);
    }
    Resize(picture, size, scaled_);
    std::swap(picture, scaled_);
  }

  void Describe() {
    const auto count = static_cast<std::int64_t>(info_.names.size());
    info_.container = "pictures";
    info_.codec = "picture";
    info_.width = first_->width;
    info_.height = first_->height;
    info_.source_width = source_.width;
    info_.source_height = source_.height;
    info_.frame_rate = {.num = kPicturesPerSecond, .den = 1};
    info_.time_base = {.num = 1, .den = kPicturesPerSecond};
    info_.seconds = static_cast<double>(count) / kPicturesPerSecond;
    info_.frames = count;
    info_.frames_exact = true;
    info_.bits = first_->bits;
    info_.pixel_format = first_->bits == 8 ? "rgb24" : "rgb48";
    info_.chroma = "rgb";
    info_.colour = {.matrix = AVCOL_SPC_RGB, .full_range = true};
    info_.picture_files = true;
  }

  static void SetTime(std::size_t index, VideoFrame& frame) {
    frame.pts = static_cast<std::int64_t>(index);
    frame.duration = 1;
  }

  int height_;
  Path folder_;
  VideoInfo info_;
  std::size_t at_ = 0;
  std::size_t first_index_ = 0;
  std::optional<Picture> first_;  // read already, until Next gives it
  Size source_;                   // of the picture read last
  Picture scaled_;
  std::vector<std::string> damaged_;
  std::string first_problem_;
  std::vector<std::string> notes_;
};

}  // namespace

std::unique_ptr<VideoReader> OpenPictures(const Path& place, const ReadOptions& options) {
  return std::make_unique<PictureSequence>(place, options);
}

std::unique_ptr<VideoReader> OpenVideo(const Path& file, const ReadOptions& options) {
  AGON_CHECK(options.height >= 0 && options.threads >= 0);
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return OpenPictures(file, options);
  if (std::filesystem::is_regular_file(file, ignored) && StartsLikePicture(file)) {
    // Moving ones, and what only looks like a picture, are FFmpeg's.
    const auto header = ReadPictureHeader(ReadFileBytes(file, kMaxPictureBytes));
    const bool moving = header && header->animated && header->format == PictureFormat::kPng;
    if (!moving) return OpenPictures(file, options);
  }
  return OpenVideoFile(file, options);
}

}  // namespace agon::media
