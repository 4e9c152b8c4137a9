// SPDX-License-Identifier: Apache-2.0
// A media file that appears under its name whole or not at all: written to a hidden neighbour,
// synced, renamed. Private to this folder.
//
//   OutputFile file("out.mp4", "mp4");
//   AVStream& stream = file.AddStream();                 // then fill its parameters
//   file.Begin(options);
//   file.Write(*packet);                                 // with stream_index, in its time base
//   file.Commit();
//
// Without Commit nothing is left behind. What a killed process leaves, `.NAME.part`, the next
// attempt overwrites.
//
// Thread safety: one thread at a time.
#pragma once

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

class OutputFile {
 public:
  // Error(kIo), naming the file and the reason, from every function: no permission, disk full, ...
  OutputFile(Path file, const char* muxer);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] AVStream& AddStream();
  [[nodiscard]] AVFormatContext& context() { return *context_; }
  [[nodiscard]] AVStream& stream(int index) { return *context_->streams[index]; }

  void Begin(Options& options);
  // Takes the packet's content; packets of all streams in order of decoding time.
  void Write(AVPacket& packet);
  void Commit();

 private:
  [[noreturn]] void FailWrite(int code) const;

  Path file_;
  Path part_;
  OutputContext context_;
};

// "disk full" where FFmpeg says "No space left on device".
[[nodiscard]] std::string WriteReason(int code);

}  // namespace agon::media
