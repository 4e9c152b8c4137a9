// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/output_check.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "runtime/media/containers.h"
#include "runtime/media/encoder_settings.h"
#include "runtime/media/stream_plan.h"
#include "runtime/media/video_input.h"

namespace agon::media {
namespace {

void CheckPlace(const Path& source, const Path& output) {
  std::error_code ignored;
  if (std::filesystem::equivalent(source, output, ignored)) {
    Fail(ErrorKind::kUsage, "{}: the output is the input itself; give it another name",
         output.string());
  }
  if (std::filesystem::is_directory(output, ignored)) {
    Fail(ErrorKind::kUsage, "{}: is a folder; name a file in it", output.string());
  }
  const Path folder = output.has_parent_path() ? output.parent_path() : Path(".");
  if (!std::filesystem::is_directory(folder, ignored)) {
    Fail(ErrorKind::kUsage, "{}: the folder {} does not exist; make it first", output.string(),
         folder.string());
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    Fail(ErrorKind::kUsage, "{}: the folder {} cannot be written to: {}", output.string(),
         folder.string(), std::generic_category().message(errno));
  }
}

const Container& CheckContainer(const Path& output) {
  const Container* const container = ContainerOf(output);
  if (container == nullptr) {
    Fail(ErrorKind::kUsage, "{}: not a kind of video that is written; name the output .{}",
         output.string(), AllExtensions());
  }
  return *container;
}

AVCodecID CheckCodec(const VideoInfo& source, const Container& container, const Path& output,
                     const WriteOptions& options) {
  const AVCodecID codec = ChooseCodec(source, options, output);
  if (!HoldsPictures(container, codec)) {
    std::vector<std::string> names;
    for (const Container& other : Containers()) {
      if (HoldsPictures(other, codec)) names.emplace_back(other.extension);
    }
    std::vector<std::string> codecs;
    for (const AVCodecID id : container.pictures) codecs.emplace_back(avcodec_get_name(id));
    Fail(ErrorKind::kUsage, "{}: {} cannot hold {}; name the output .{}, or choose codec {}",
         output.string(), container.extension, avcodec_get_name(codec), Alternatives(names),
         Alternatives(codecs));
  }
  return codec;
}

}  // namespace

std::vector<StreamInfo> CheckVideoOutput(const VideoInfo& source, const Path& output,
                                         const WriteOptions& options) {
  CheckPlace(source.file, output);
  const Container& container = CheckContainer(output);
  WriteOptions chosen = options;
  if (chosen.container.empty()) chosen.container = container.extension;
  const AVCodecID codec = CheckCodec(source, container, output, chosen);
  if (source.picture_files) return {};
  const InputContext input = OpenInput(source.file);
  const int pictures = MainVideoStream(*input);
  std::vector<StreamInfo> streams = OtherStreams(*input, pictures);
  const std::vector<StreamPlan> plans =
      PlanStreams(*input, pictures, container, options.codec.empty() ? AV_CODEC_ID_NONE : codec,
                  source.file, output);
  AGON_CHECK(streams.size() == plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    streams[i].kept = plans[i].fate != StreamFate::kLeft;
    streams[i].reason = plans[i].reason;
  }
  return streams;
}

}  // namespace agon::media
