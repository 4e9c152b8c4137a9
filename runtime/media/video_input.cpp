// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/video_input.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace agon::media {
namespace {

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// Demuxers that read other files or sites, named inside the one they are given.
bool IsPlaylist(std::string_view demuxer) {
  return IsOneOf(demuxer, {"hls", "concat", "dash", "imf", "webm_dash_manifest", "sdp", "rtsp",
                           "rtp", "sap", "asf_o", "mmst", "vobsub"});
}

// Programs and drawings, whose interpreters could do anything; and text, which FFmpeg would draw.
bool IsScript(std::string_view demuxer) {
  return IsOneOf(demuxer, {"vapoursynth", "avisynth", "lavfi", "svg_pipe", "tty"});
}

int RefuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

// The address that a name was before it became a path, as in /work/http:/host/in.mp4; empty: none.
std::string AddressIn(const Path& file) {
  Path before;
  for (const Path& part : file) {
    const std::string text = part.string();
    const std::string_view protocol = std::string_view(text).substr(0, text.find(':'));
    const bool remote =
        IsOneOf(protocol, {"ftp", "ftps", "http", "https", "mmsh", "mmst", "rtmp", "rtmps", "rtp",
                           "rtsp", "sftp", "smb", "srt", "tcp", "tls", "udp"});
    if (protocol.size() < text.size() &&
        (remote || protocol.starts_with("subfile,") ||
         IsOneOf(protocol, {"async", "cache", "concat", "concatf", "crypto", "data", "hls", "pipe",
                            "unix"}))) {
      std::string address =
          before.empty() ? file.string() : file.lexically_relative(before).string();
      const std::size_t colon = protocol.size();
      if (remote && address.substr(colon).starts_with(":/") && address[colon + 2] != '/') {
        address.insert(colon + 1, "/");  // where a normal path has one stroke
      }
      return address;
    }
    before /= part;
  }
  return {};
}

void CheckIsReadable(const Path& file) {
  const std::string name = file.string();
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (!std::filesystem::exists(status)) {
    if (const std::string address = AddressIn(file); !address.empty()) {
      Fail(ErrorKind::kData, "{}: only local files are read; download it and give the file",
           address);
    }
    Fail(ErrorKind::kData, "{}: {}", name,
         failed && failed != std::errc::no_such_file_or_directory ? failed.message()
                                                                  : "there is no such file");
  }
  if (std::filesystem::is_directory(status)) {
    Fail(ErrorKind::kData, "{}: a folder, not a video file", name);
  }
  if (!std::filesystem::is_regular_file(status)) {
    Fail(ErrorKind::kData, "{}: not a regular file; copy what it gives into one", name);
  }
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) Fail(ErrorKind::kData, "{}: {}", name, failed.message());
  if (size == 0) Fail(ErrorKind::kData, "{}: the file is empty", name);
}

// By content, with the name as a hint. Never the demuxer "image2", which would take a name with a
// percent sign for a pattern.
const AVInputFormat& Probe(AVIOContext& io, const Path& file) {
  const AVInputFormat* format = nullptr;
  const std::string name = file.filename().string();
  int result = av_probe_input_buffer2(&io, &format, name.c_str(), nullptr, 0, 0);
  if (result >= 0 && std::string_view(format->name) == "image2") {
    avio_seek(&io, 0, SEEK_SET);
    format = nullptr;
    result = av_probe_input_buffer2(&io, &format, "", nullptr, 0, 0);
  }
  if (result < 0 || format == nullptr) {
    Fail(ErrorKind::kData, "{}: not a video, sound or picture file that FFmpeg knows",
         file.string());
  }
  if (IsPlaylist(format->name)) {
    Fail(ErrorKind::kData,
         "{}: a playlist ({}), which names other files; give the video file itself", file.string(),
         format->name);
  }
  if (IsScript(format->name) || (format->flags & AVFMT_NOFILE) != 0) {
    Fail(ErrorKind::kData, "{}: a script, drawing or text ({}), not a video file", file.string(),
         format->name);
  }
  return *format;
}

// Whether the content, without the name, is of any kind that FFmpeg knows.
bool IsKnownByContent(AVIOContext& io) {
  const AVInputFormat* format = nullptr;
  return avio_seek(&io, 0, SEEK_SET) >= 0 &&
         av_probe_input_buffer2(&io, &format, "", nullptr, 0, 0) >= 0;
}

[[noreturn]] void FailToOpen(const Path& file, const AVInputFormat& format, AVIOContext& io,
                             int code) {
  if (!IsKnownByContent(io)) {
    Fail(ErrorKind::kData, "{}: not a video, whatever its name says", file.string());
  }
  if (code == AVERROR(ENOMEM)) {
    Fail(ErrorKind::kData, "{}: needs too much memory, or has more than {} streams", file.string(),
         kMaxStreams);
  }
  if (code == AVERROR_EOF) {
    Fail(ErrorKind::kData, "{}: holds no frames: the file ({}) ends with its header", file.string(),
         format.name);
  }
  if (std::string_view(format.name).starts_with("mov") && code != AVERROR(EPERM)) {
    Fail(ErrorKind::kData,
         "{}: the file has no index ({}): it is cut off, or its recording was never ended",
         file.string(), ErrorText(code));
  }
  Fail(ErrorKind::kData, "{}: damaged or cut off in its first part, as {}: {}", file.string(),
       format.name, ErrorText(code));
}

// One set of options for each stream's decoder while the streams are probed.
class ProbeOptions {
 public:
  explicit ProbeOptions(unsigned streams) : dictionaries_(streams) {
    for (AVDictionary*& dictionary : dictionaries_) {
      av_dict_set_int(&dictionary, "max_pixels", kMaxVideoPixels, 0);
    }
  }
  ProbeOptions(const ProbeOptions&) = delete;
  ProbeOptions& operator=(const ProbeOptions&) = delete;
  ~ProbeOptions() {
    for (AVDictionary*& dictionary : dictionaries_) av_dict_free(&dictionary);
  }
  [[nodiscard]] AVDictionary** get() { return dictionaries_.data(); }

 private:
  std::vector<AVDictionary*> dictionaries_;
};

}  // namespace

void SetUpFfmpeg() {
  [[maybe_unused]] static const bool done = [] {
    av_log_set_level(AV_LOG_QUIET);
    return true;
  }();
}

InputContext OpenInput(const Path& file) {
  SetUpFfmpeg();
  CheckIsReadable(file);
  const std::string url = "file:" + file.string();
  Options protocols;
  protocols.Set("protocol_whitelist", "file");
  AVIOContext* opened = nullptr;
  Check(avio_open2(&opened, url.c_str(), AVIO_FLAG_READ, nullptr, &protocols.get_ref()),
        file.string());
  IoContext io(opened);
  const AVInputFormat& format = Probe(*io, file);

  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) throw std::bad_alloc();
  context->pb = io.get();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = RefuseToOpen;
  context->max_streams = kMaxStreams;
  Options options;
  options.Set("protocol_whitelist", "file");
  // Frees the context, not the file, when it fails.
  const int code = avformat_open_input(&context, url.c_str(), &format, &options.get_ref());
  if (code < 0) FailToOpen(file, format, *io, code);
  InputContext input(context);
  (void)io.release();  // the input's from here on
  ProbeOptions probing(input->nb_streams);
  const int found = avformat_find_stream_info(input.get(), probing.get());
  if (found < 0) FailToOpen(file, format, *input->pb, found);
  return input;
}

int MainVideoStream(const AVFormatContext& input) {
  int best = -1;
  std::int64_t best_score = -1;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    constexpr int kNoVideo = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_VIDEO || (stream.disposition & kNoVideo) != 0) {
      continue;
    }
    std::int64_t score =
        std::int64_t{stream.codecpar->width} * std::int64_t{stream.codecpar->height};
    if ((stream.disposition & AV_DISPOSITION_DEFAULT) != 0) score += std::int64_t{1} << 40;
    if (score > best_score) {
      best = static_cast<int>(i);
      best_score = score;
    }
  }
  return best;
}

std::vector<StreamInfo> OtherStreams(const AVFormatContext& input, int except) {
  std::vector<StreamInfo> streams;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (static_cast<int>(i) == except) continue;
    const AVStream& stream = *input.streams[i];
    const char* const kind = av_get_media_type_string(stream.codecpar->codec_type);
    const AVDictionaryEntry* const language = av_dict_get(stream.metadata, "language", nullptr, 0);
    streams.push_back({.kind = kind != nullptr ? kind : "data",
                       .codec = avcodec_get_name(stream.codecpar->codec_id),
                       .language = language != nullptr ? language->value : "",
                       .kept = true,
                       .reason = ""});
  }
  return streams;
}

bool IsPictureFormat(const AVInputFormat& format) {
  const std::string_view name = format.name;
  return name == "image2" || name.ends_with("_pipe");
}

}  // namespace agon::media
