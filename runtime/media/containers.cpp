// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/containers.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace agon::media {
namespace {

constexpr std::array<AVCodecID, 3> kInMp4 = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP9};
// FFmpeg writes VP9 into MP4 alone; QuickTime has no place for the range of FFV1's colours.
constexpr std::array<AVCodecID, 2> kInMov = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC};
constexpr std::array<AVCodecID, 4> kInMkv = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP9,
                                             AV_CODEC_ID_FFV1};
constexpr std::array<AVCodecID, 1> kInWebm = {AV_CODEC_ID_VP9};

constexpr std::array<Container, 5> kContainers = {{
    {"mp4", "mp4", kInMp4, AV_CODEC_ID_MOV_TEXT, false},
    {"m4v", "mp4", kInMp4, AV_CODEC_ID_MOV_TEXT, false},
    {"mov", "mov", kInMov, AV_CODEC_ID_MOV_TEXT, false},
    {"mkv", "matroska", kInMkv, AV_CODEC_ID_SUBRIP, true},
    {"webm", "webm", kInWebm, AV_CODEC_ID_WEBVTT, false},
}};

}  // namespace

std::span<const Container> Containers() { return kContainers; }

const Container* ContainerNamed(std::string_view extension) {
  std::string name(extension);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const auto* const found = std::find_if(kContainers.begin(), kContainers.end(),
                                         [&](const Container& c) { return c.extension == name; });
  return found != kContainers.end() ? found : nullptr;
}

const Container* ContainerOf(const Path& file) {
  const std::string extension = file.extension().string();
  return extension.empty() ? nullptr : ContainerNamed(std::string_view(extension).substr(1));
}

bool HoldsPictures(const Container& container, AVCodecID codec) {
  return std::find(container.pictures.begin(), container.pictures.end(), codec) !=
         container.pictures.end();
}

void CopyParameters(const AVCodecParameters& from, const AVOutputFormat& format,
                    AVCodecParameters& to) {
  Check(avcodec_parameters_copy(&to, &from), "parameters of a stream", ErrorKind::kInternal);
  // A tag means something in its own container only; without one the muxer chooses.
  unsigned other = 0;
  const bool usable = format.codec_tag == nullptr ||
                      av_codec_get_id(format.codec_tag, to.codec_tag) == to.codec_id ||
                      av_codec_get_tag2(format.codec_tag, to.codec_id, &other) == 0;
  if (!usable) to.codec_tag = 0;
}

void AllowAll(AVFormatContext& output) {
  output.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
}

bool HoldsStream(const Container& container, const AVStream& stream) {
  // FFmpeg's WebM takes attachments and then writes none.
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT && !container.attachments)
    return false;
  AVFormatContext* made = nullptr;
  Check(avformat_alloc_output_context2(&made, nullptr, container.muxer, nullptr),
        "a file in memory", ErrorKind::kInternal);
  const OutputContext trial(made);
  AllowAll(*trial);
  AVStream* const copy = avformat_new_stream(trial.get(), nullptr);
  if (copy == nullptr) throw std::bad_alloc();
  CopyParameters(*stream.codecpar, *trial->oformat, *copy->codecpar);
  // QuickTime's writer also takes what only WAV files have a number for, and nobody reads that.
  unsigned tag = 0;
  if (std::string_view(container.muxer) == "mov" &&
      av_codec_get_tag2(trial->oformat->codec_tag, copy->codecpar->codec_id, &tag) == 0) {
    return false;
  }
  copy->time_base = stream.time_base;
  // An attachment is known by its name and type.
  av_dict_copy(&copy->metadata, stream.metadata, 0);
  const DynamicBuffer sink;
  trial->pb = sink.get();
  const int result = avformat_write_header(trial.get(), nullptr);
  trial->pb = nullptr;
  return result >= 0;
}

std::string Alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

std::string AllExtensions() {
  std::vector<std::string> names;
  names.reserve(kContainers.size());
  for (const Container& container : kContainers) names.emplace_back(container.extension);
  return Alternatives(names);
}

}  // namespace agon::media
