// SPDX-License-Identifier: Apache-2.0
// The one object behind Videos(): what libagon_media.so exports of video.
#include "runtime/media/output_check.h"
#include "runtime/media/pictures.h"
#include "runtime/media/video.h"
#include "runtime/media/video_input.h"
#include "runtime/media/video_join.h"
#include "runtime/media/video_reader.h"
#include "runtime/media/video_writer.h"

namespace agon::media {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): nobody can delete it by its base
class FfmpegVideo final : public Video {
 public:
  FfmpegVideo() { SetUpFfmpeg(); }

  std::unique_ptr<VideoReader> Open(const Path& file, const ReadOptions& options) const override {
    return OpenVideo(file, options);
  }
  std::unique_ptr<VideoWriter> Create(const Path& file, const VideoInfo& info,
                                      const WriteOptions& options) const override {
    return CreateVideo(file, info, options);
  }
  void Join(std::span<const Path> segments, const Path& source, const Path& output,
            const JoinOptions& options) const override {
    JoinVideo(segments, source, output, options);
  }
  std::vector<StreamInfo> CheckOutput(const VideoInfo& source, const Path& output,
                                      const WriteOptions& options) const override {
    return CheckVideoOutput(source, output, options);
  }
};

}  // namespace
}  // namespace agon::media

// NOLINTNEXTLINE(readability-identifier-naming): a C name
extern "C" __attribute__((visibility("default"))) const agon::media::Video* agon_media_videos(
    unsigned abi) {
  static const agon::media::FfmpegVideo video;
  return abi == agon::media::kMediaAbi ? &video : nullptr;
}
