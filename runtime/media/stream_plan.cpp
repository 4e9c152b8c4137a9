// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/stream_plan.h"

#include <algorithm>

namespace agon::media {
namespace {

bool IsText(AVCodecID codec) {
  const AVCodecDescriptor* const descriptor = avcodec_descriptor_get(codec);
  return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_TEXT_SUB) != 0;
}

// "mkv can hold it", or nothing where none can.
std::string WhoHolds(const AVStream& stream) {
  std::vector<std::string> names;
  for (const Container& container : Containers()) {
    if (HoldsStream(container, stream)) names.emplace_back(container.extension);
  }
  return names.empty() ? "" : "; " + Alternatives(names) + " can";
}

[[noreturn]] void FailSound(const AVFormatContext& source, const AVStream& sound,
                            const Container& container, AVCodecID codec, const Path& source_file,
                            const Path& output) {
  std::vector<std::string> names;
  for (const Container& other : Containers()) {
    if (codec != AV_CODEC_ID_NONE && !HoldsPictures(other, codec)) continue;
    bool all = true;
    for (unsigned i = 0; i < source.nb_streams; ++i) {
      const AVStream& stream = *source.streams[i];
      if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
        all = all && HoldsStream(other, stream);
    }
    if (all) names.emplace_back(other.extension);
  }
  const std::string cure =
      names.empty() ? "no container that this program writes can: convert the sound first"
                    : "name the output ." + Alternatives(names);
  Fail(ErrorKind::kUsage, "{}: {} cannot hold the sound of {} ({}); {}", output.string(),
       container.extension, source_file.string(), avcodec_get_name(sound.codecpar->codec_id), cure);
}

StreamPlan PlanSubtitles(int index, const AVStream& stream, const Container& container) {
  if (HoldsStream(container, stream)) return {index, StreamFate::kCopied, ""};
  const AVCodecID codec = stream.codecpar->codec_id;
  if (IsText(codec) && avcodec_find_decoder(codec) != nullptr &&
      avcodec_find_encoder(container.text) != nullptr) {
    return {index, StreamFate::kBecomes,
            fmt::format("becomes {}, which {} can hold", avcodec_get_name(container.text),
                        container.extension)};
  }
  return {index, StreamFate::kLeft,
          fmt::format("{} cannot hold {} subtitles{}", container.extension, avcodec_get_name(codec),
                      WhoHolds(stream))};
}

StreamPlan PlanOther(int index, const AVStream& stream, const Container& container) {
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_ATTACHMENT:
      if (HoldsStream(container, stream)) return {index, StreamFate::kCopied, ""};
      return {index, StreamFate::kLeft,
              fmt::format("{} cannot hold attachments{}", container.extension, WhoHolds(stream))};
    case AVMEDIA_TYPE_VIDEO:
      if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
        return {index, StreamFate::kLeft, "cover art, which shows the source"};
      }
      return {index, StreamFate::kLeft, "a second video stream; one is translated"};
    default:
      return {index, StreamFate::kLeft, "neither sound nor subtitles nor an attachment"};
  }
}

}  // namespace

std::vector<StreamPlan> PlanStreams(const AVFormatContext& source, int pictures,
                                    const Container& container, AVCodecID codec,
                                    const Path& source_file, const Path& output) {
  std::vector<StreamPlan> plans;
  for (int i = 0; i < static_cast<int>(source.nb_streams); ++i) {
    if (i == pictures) continue;
    const AVStream& stream = *source.streams[i];
    switch (stream.codecpar->codec_type) {
      case AVMEDIA_TYPE_AUDIO:
        if (!HoldsStream(container, stream)) {
          FailSound(source, stream, container, codec, source_file, output);
        }
        plans.push_back({i, StreamFate::kCopied, ""});
        break;
      case AVMEDIA_TYPE_SUBTITLE:
        plans.push_back(PlanSubtitles(i, stream, container));
        break;
      default:
        plans.push_back(PlanOther(i, stream, container));
    }
  }
  return plans;
}

}  // namespace agon::media
