// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/sinks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/formats/png_write.h"

namespace agon::cyclegan {

SegmentSink::SegmentSink(Path folder, media::VideoInfo info, media::WriteOptions options)
    : folder_(std::move(folder)), info_(std::move(info)), options_(std::move(options)) {}

SegmentSink::~SegmentSink() = default;

Path SegmentSink::FileOf(const Path& folder, std::int64_t first_frame) {
  return folder / fmt::format("{:06}.mp4", first_frame);
}

void SegmentSink::Write(const PipelineFrame& frame) {
  if (writer_ == nullptr) {
    writer_ = media::Videos().Create(FileOf(folder_, frame.index), info_, options_);
  }
  writer_->Write(frame.output);
}

void SegmentSink::CloseSegment(std::int64_t frames, bool whole) {
  static_cast<void>(frames);
  static_cast<void>(whole);
  if (writer_ == nullptr) return;
  writer_->Finish();
  writer_ = nullptr;
}

PictureSink::PictureSink(Path folder, std::vector<std::string> names, int threads)
    : folder_(std::move(folder)),
      names_(std::move(names)),
      pool_(static_cast<std::size_t>(std::max(threads, 1))),
      most_(2 * static_cast<std::size_t>(std::max(threads, 1))) {}

PictureSink::~PictureSink() = default;

void PictureSink::Write(const PipelineFrame& frame) {
  while (writing_.size() >= most_) {
    writing_.front().get();
    writing_.pop_front();
  }
  std::string name = fmt::format("{:06}.png", frame.index);
  if (!names_.empty()) {
    if (frame.output.pts < 0 || frame.output.pts >= std::ssize(names_)) {
      Fail(ErrorKind::kData,
           "{}: the input holds more than the {} pictures it seemed to; write it as a video",
           folder_.string(), names_.size());
    }
    name = names_[static_cast<std::size_t>(frame.output.pts)];
  }
  // A copy: the frame goes back to the pipeline, compressing takes longer.
  writing_.push_back(pool_.Submit([file = folder_ / name, picture = frame.output.picture] {
    WriteFileAtomic(
        file, formats::WritePng(picture.width, picture.height, 3, picture.bits, picture.data));
  }));
}

void PictureSink::CloseSegment(std::int64_t frames, bool whole) {
  static_cast<void>(frames);
  static_cast<void>(whole);
  for (std::future<void>& written : writing_) written.get();
  writing_.clear();
}

std::vector<std::string> PictureSink::NamesFor(const std::vector<std::string>& pictures) {
  std::vector<std::string> names;
  names.reserve(pictures.size());
  for (const std::string& picture : pictures) {
    names.push_back(Path(picture).stem().string() + ".png");
  }
  // A whole name may meet a short one that is left, so again until nothing changes.
  for (bool changed = true; changed;) {
    changed = false;
    std::map<std::string, int> count;
    for (const std::string& name : names) ++count[name];
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string whole = pictures[i] + ".png";
      if (count[names[i]] < 2 || names[i] == whole) continue;
      names[i] = whole;
      changed = true;
    }
  }
  return names;
}

}  // namespace agon::cyclegan
