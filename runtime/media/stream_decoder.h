// SPDX-License-Identifier: Apache-2.0
// The pictures of a file's main video stream as FFmpeg's frames, in order of presentation, past
// whatever is damaged. Private to this folder; video_reader.cpp makes pictures of them.
//
// Thread safety: one thread at a time; FFmpeg decodes in threads of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

class StreamDecoder {
 public:
  // Error(kData), one line: what OpenInput refuses, no video stream, no decoder for it.
  StreamDecoder(const Path& file, int threads);

  // The next frame. False at the end.
  [[nodiscard]] bool Next(AVFrame& frame);

  [[nodiscard]] const AVFormatContext& input() const { return *input_; }
  [[nodiscard]] int stream_index() const { return index_; }
  [[nodiscard]] const AVStream& stream() const { return *input_->streams[index_]; }
  [[nodiscard]] const AVCodecContext& decoder() const { return *decoder_; }
  // How many pictures the container says it holds, where it has a list of them; 0: it has none.
  [[nodiscard]] std::int64_t counted() const { return counted_; }
  [[nodiscard]] std::int64_t packets() const { return packets_; }

  // Packets that could not be decoded, and those that the container lists and the file lacks.
  [[nodiscard]] std::int64_t damaged() const { return damaged_ + missing_; }
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  void OpenDecoder(int threads);
  void CheckSize(int width, int height) const;
  // Hands the decoder one more packet of the stream, or the end.
  void Feed();
  void EndOfFile();
  // At the end: with several threads FFmpeg says nothing of errors in the last packets.
  void CountSwallowed();

  Path file_;
  InputContext input_;
  int index_ = -1;
  CodecContext decoder_;
  Packet packet_;
  bool draining_ = false;
  std::int64_t counted_ = 0;
  std::int64_t packets_ = 0;
  std::int64_t hidden_ =
      0;  // packets that are decoded for others' sake, before an edit's beginning
  std::int64_t frames_ = 0;
  std::int64_t damaged_ = 0;
  std::int64_t missing_ = 0;
  std::int64_t concealed_ = 0;  // frames that came out, with parts guessed
  std::string read_error_;      // why reading ended early
};

}  // namespace agon::media
