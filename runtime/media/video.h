// SPDX-License-Identifier: Apache-2.0
// Video in and out: any file FFmpeg reads becomes upright RGB frames with their times; frames
// become a file that keeps the source's times, colours, sound, subtitles and metadata.
//
//   const Video& video = Videos();
//   auto reader = video.Open("horse.mp4", {});
//   auto writer = video.Create("part.mkv", reader->info(), {});
//   for (VideoFrame frame; reader->Next(frame);) writer->Write(frame);
//   writer->Finish();
//   video.Join({"part.mkv"}, "horse.mp4", "out.mp4", {});   // with the sound of horse.mp4
//
// Only local files are read: no URLs, no playlists, no concat scripts.
//
// Who needs this file: cyclegan/translate and the training data from videos. FFmpeg lives in
// libagon_media.so, which is loaded at the first call of Videos().
//
// Thread safety: Videos() and Video from any thread; a reader or a writer from one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/files.h"

namespace agon::media {

// Pixels of one frame: RGB, interleaved, rows top to bottom. Sources of more than 8 bits a channel
// come as 16 (their values scaled so that white is 65535), native byte order, two bytes a sample.
struct Picture {
  int width = 0;
  int height = 0;
  int bits = 8;                    // 8 or 16
  std::vector<std::uint8_t> data;  // width * height * 3 * bits / 8
  [[nodiscard]] std::size_t SampleCount() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  }
};

struct VideoFrame {
  Picture picture;
  std::int64_t pts = 0;       // presentation time in VideoInfo::time_base
  std::int64_t duration = 0;  // the same unit; 0: unknown
};

struct Ratio {
  std::int64_t num = 0, den = 1;
  [[nodiscard]] double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  friend bool operator==(const Ratio&, const Ratio&) = default;
};

// How colours are coded, in FFmpeg's (ITU-T H.273) numbers; 2 is "unspecified". A matrix that is
// not stated is taken for BT.601 in both directions, as FFmpeg does; tags are kept as they are.
struct ColourCoding {
  int matrix = 2, primaries = 2, transfer = 2;
  bool full_range = false;
  int chroma_location = 0;
  friend bool operator==(const ColourCoding&, const ColourCoding&) = default;
};

struct StreamInfo {
  std::string kind;      // "video", "audio", "subtitle", "data", "attachment"
  std::string codec;     // "aac"
  std::string language;  // "eng"; may be empty
  bool kept = true;      // Join copies it; else `reason` says why not
  std::string reason;
};

struct VideoInfo {
  Path file;
  std::string container;                    // "mov,mp4,m4a,3gp,3g2,mj2"
  std::string codec;                        // "h264"
  int width = 0, height = 0;                // of the frames that Next gives: upright and scaled
  int source_width = 0, source_height = 0;  // as coded
  int rotation = 0;           // degrees clockwise that were applied: 0, 90, 180, 270 (mirror
                              // images are turned back too, and noted)
  Ratio sample_aspect{1, 1};  // of a pixel, after rotation
  Ratio frame_rate;           // average
  Ratio time_base{1, 1};
  bool variable_rate = false;  // as far as the container says
  double seconds = 0;          // 0: unknown
  std::int64_t frames = 0;     // as the container says or duration x rate; 0: unknown
  bool frames_exact = false;   // the container counts them, the damaged ones included
  int bits = 8;                // as coded: 8, 10, 12
  std::string pixel_format;    // "yuv420p"
  std::string chroma;          // "420", "422", "444", "rgb", "grey"
  ColourCoding colour;
  // A picture or a folder of pictures: sizes may differ; a frame's pts is its picture's place in
  // `names`, 25 a second.
  bool picture_files = false;
  std::vector<std::string> names;   // of a folder's pictures, in order (without the folder)
  std::vector<StreamInfo> streams;  // besides the one that is read
};

struct ReadOptions {
  // Scales so that frames are this high, keeping the aspect ratio, to a width that is even where
  // the chroma asks for it; 0: as they are.
  int height = 0;
  // Of the decoder; 0: as many as there are cores. What is guessed of damaged frames depends on it,
  // nothing else does.
  int threads = 0;
};

class VideoReader {
 public:
  virtual ~VideoReader() = default;
  [[nodiscard]] virtual const VideoInfo& info() const = 0;
  // The next frame in order of presentation; reuses its memory. False at the end. One of a video is
  // shown until the next one is: pts + duration is the next pts. A frame that cannot be decoded is
  // left out and counted; a stream whose size changes goes on, scaled to the first size (noted in
  // `notes`).
  [[nodiscard]] virtual bool Next(VideoFrame& frame) = 0;
  // The same, without making the pixels: `frame` gets its times only, its picture is left alone.
  [[nodiscard]] virtual bool Skip(VideoFrame& frame) = 0;
  // Frames lost so far; those that a file which stops in the middle lacks, where its container
  // counts them, included.
  [[nodiscard]] virtual std::int64_t damaged() const = 0;
  // What a report should say, a sentence each: damage, files left out, interlacing and the like.
  // Complete at the end.
  [[nodiscard]] virtual std::vector<std::string> notes() const = 0;
};

struct WriteOptions {
  std::string codec;      // "", h264, hevc, vp9, ffv1; "": what goes with `container`
  std::string container;  // the final file's extension: "mp4"; "" : that of the file
  int crf = 20;           // quality of h264 and hevc
  std::string preset = "medium";
  int threads = 0;  // of the encoder; 0: as many as there are cores
};

class VideoWriter {
 public:
  virtual ~VideoWriter() = default;
  // Frames of one size, in order of presentation. A thread of the writer's own encodes them, so an
  // Error(kIo), disk full and the like, may come with a later call.
  virtual void Write(const VideoFrame& frame) = 0;
  // Writes what the encoder still holds and closes the file, synced. Without it the file is not
  // valid.
  virtual void Finish() = 0;
};

struct JoinOptions {
  bool sound = true;              // copy audio, subtitles, chapters and metadata of the source
  std::optional<double> seconds;  // copy no more than so much of them (an interrupted job)
};

class Video {
 public:
  // A video file, a picture, or a folder of pictures (sorted by name, numbers by their value; what
  // is none is skipped and noted). Error(kData), one line: missing, empty, no video stream, no
  // frames that can be decoded, a playlist or URL, a size beyond the limits. Error(kUsage): a
  // height that leads beyond them.
  [[nodiscard]] virtual std::unique_ptr<VideoReader> Open(const Path& file,
                                                          const ReadOptions& options) const = 0;
  // A file of frames alone, coded as the source's colours, depth, chroma and times ask. The frames'
  // size is that of the first one written. `info` is the source's; chroma that does not go with an
  // odd size becomes 4:4:4.
  [[nodiscard]] virtual std::unique_ptr<VideoWriter> Create(const Path& file, const VideoInfo& info,
                                                            const WriteOptions& options) const = 0;
  // One file of the segments' pictures, packet for packet, and the other streams of `source`. The
  // file appears whole or not at all.
  virtual void Join(std::span<const Path> segments, const Path& source, const Path& output,
                    const JoinOptions& options) const = 0;
  // Before work: Error(kUsage) when `output`'s container is unknown or cannot hold a stream of the
  // source (naming one that can), or is the input itself. Returns the streams with `kept` filled.
  [[nodiscard]] virtual std::vector<StreamInfo> CheckOutput(const VideoInfo& source,
                                                            const Path& output,
                                                            const WriteOptions& options) const = 0;

 protected:
  ~Video() = default;  // lives as long as the process
};

// Error(kData) with the cure when libagon_media.so is missing or cannot be loaded.
[[nodiscard]] const Video& Videos();

inline constexpr const char* kVideosSymbol = "agon_media_videos";
using VideosFunction = const Video* (*)(unsigned abi);

}  // namespace agon::media
