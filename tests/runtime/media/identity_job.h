// SPDX-License-Identifier: Apache-2.0
// What `agon cyclegan translate --weights identity` does, in a few lines: a video read and written
// again in segments.
#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/media/video_join.h"
#include "runtime/media/video_reader.h"
#include "runtime/media/video_writer.h"
#include "tests/runtime/media/make_video.h"

namespace agon::media {

// Writes a source's frames to segments of `length` frames beside `output`.
inline std::vector<Path> WriteSegments(const Path& source, const Path& output, std::int64_t length,
                                       WriteOptions options) {
  if (options.container.empty()) options.container = output.extension().string().substr(1);
  std::filesystem::create_directories(output.parent_path());
  const auto reader = OpenVideo(source, {});
  std::vector<Path> segments;
  std::unique_ptr<VideoWriter> writer;
  std::int64_t count = 0;
  for (VideoFrame frame; reader->Next(frame); ++count) {
    if (count % length == 0) {
      if (writer != nullptr) writer->Finish();
      segments.push_back(output.parent_path() / fmt::format("{:06}.mkv", segments.size()));
      writer = CreateVideo(segments.back(), reader->info(), options);
    }
    writer->Write(frame);
  }
  if (writer != nullptr) writer->Finish();
  return segments;
}

inline Path RunIdentity(const Path& source, const Path& output, std::int64_t length,
                        const WriteOptions& options, const JoinOptions& join = {}) {
  JoinVideo(WriteSegments(source, output, length, options), source, output, join);
  return output;
}

inline WriteOptions Coded(const std::string& codec, int crf = 20,
                          const std::string& preset = "medium", int threads = 0) {
  WriteOptions options;
  options.codec = codec;
  options.crf = crf;
  options.preset = preset;
  options.threads = threads;
  return options;
}
// Small and quick, for tests of everything but quality.
inline WriteOptions Quick(const std::string& codec = "") {
  return Coded(codec, 30, "ultrafast", 1);
}
inline WriteOptions Lossless(const std::string& codec) { return Coded(codec, 0, "ultrafast", 1); }

// The lines that ffprobe prints of `entries`, of the streams that `streams` names ("a:0").
inline std::vector<std::string> Probe(const Path& file, const std::string& streams,
                                      const std::string& entries) {
  const std::string select = streams.empty() ? "" : " -select_streams " + streams;
  std::istringstream text(OutputOf("ffprobe -v quiet -show_data_hash md5" + select +
                                   " -show_entries " + entries + " -of csv=print_section=0 '" +
                                   file.string() + "'"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    // A comma at an end stands for side data that was not asked for.
    line.erase(0, line.find_first_not_of(','));
    line.erase(line.find_last_not_of(',') + 1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}
// Content, times and lengths of all packets of a stream.
inline std::vector<std::string> PacketsOf(const Path& file, const std::string& stream) {
  return Probe(file, stream, "packet=pts,dts,duration,data_hash");
}
inline std::vector<std::string> ContentOf(const Path& file, const std::string& stream) {
  return Probe(file, stream, "packet=data_hash");
}

// Names in a folder, sorted.
inline std::vector<std::string> NamesIn(const Path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// While it lives, no file can grow beyond `bytes`: the nearest thing to a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace agon::media
