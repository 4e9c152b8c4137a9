// SPDX-License-Identifier: Apache-2.0
// Two videos, a source and its translation, frame by frame: decoded on a thread of its own, kept
// around the frame that is looked at as long as memory allows. A frame is counted in the order of
// decoding, from 0: the same number is the same frame in both.
//
//   VideoPair pair({.input = "walk.mp4", .output = "zebras.mp4"});
//   pair.LookAt(120);
//   ...each frame of the screen: if (const auto picture = pair.Get(VideoSide::kOutput, 120))
//   Show();
//
// Video files are read forwards only: going back opens the file again and skips, and then fills the
// memory from well before the frame, so that steps backwards are not paid one by one.
//
// Thread safety: all members from one thread (the one that draws); none waits for decoding but the
// destructor, which waits for the frame that is being decoded.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/formats/png.h"
#include "runtime/media/video.h"

namespace agon::viewer {

enum class VideoSide { kInput, kOutput };

struct VideoPairFiles {
  Path input, output;
  bool side_by_side = false;  // `output` holds both beside one another: its right half is shown
  friend bool operator==(const VideoPairFiles&, const VideoPairFiles&) = default;
};

// Opens a video; height as in media::ReadOptions.
using VideoOpener =
    std::function<std::unique_ptr<media::VideoReader>(const Path& file, int height)>;

struct VideoPairOptions {
  std::size_t limit_bytes = std::size_t{384} << 20;  // of the pictures of both together
  VideoOpener open;                                  // empty: media::Videos().Open
};

struct VideoPicture {
  formats::Pixels pixels;  // RGB
  double seconds = 0;      // after the first frame
};

struct VideoPairStatus {
  bool opened = false;         // it is known whether both can be read
  std::int64_t frames = 0;     // that both have, as far as is known; 0: unknown
  bool frames_exact = false;   // the end of both was reached
  double frame_rate = 0;       // 0: unknown
  bool reduced = false;        // too large for the memory: shown at a lower height
  std::int64_t seeking = -1;   // the frame that is skipped at present on the way to another
  std::int64_t decoded = 0;    // pictures made so far, of both together
  std::string problem_input;   // one line why there is no such video; empty: there is
  std::string problem_output;  // the same
};

class VideoPair {
 public:
  // Frames kept of each video, whatever their size: the one looked at and its neighbours.
  static constexpr std::int64_t kLeastFrames = 3;

  explicit VideoPair(VideoPairFiles files, VideoPairOptions options = {});
  ~VideoPair();
  VideoPair(const VideoPair&) = delete;
  VideoPair& operator=(const VideoPair&) = delete;

  // This frame and the one before are wanted first, then those around. Beyond the end: the last.
  void LookAt(std::int64_t frame);
  // Null: not decoded yet, beyond the end, or there is no such video.
  [[nodiscard]] std::shared_ptr<const VideoPicture> Get(VideoSide side, std::int64_t frame) const;
  [[nodiscard]] VideoPairStatus status() const;
  // What LookAt asked for is there, or never will be.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] std::size_t bytes() const;  // of pictures that are kept
  [[nodiscard]] const VideoPairFiles& files() const { return files_; }

 private:
  struct Side {
    // Of the decoding thread.
    Path file;
    int height = 0;  // that it is read at; 0: as it is
    std::unique_ptr<media::VideoReader> reader;
    std::int64_t first_pts = 0;
    media::VideoFrame frame;
    // Guarded by mutex_.
    std::int64_t position = 0;  // the frame that the reader gives next
    std::map<std::int64_t, std::shared_ptr<const VideoPicture>> kept;
    std::int64_t capacity = kLeastFrames;
    std::int64_t claimed = 0;  // frames, as the container says
    std::optional<std::int64_t> end;
    std::string problem;
    [[nodiscard]] std::int64_t behind() const { return capacity / 2; }
    [[nodiscard]] std::int64_t ahead() const { return capacity - 1 - behind(); }
  };
  // What a side is to do next: read on until `from`, and keep frames from there on.
  struct Need {
    int urgency = 0;  // 0 looked at, 1 ahead, 2 behind
    std::int64_t from = 0;
    bool reopen = false;
  };

  void Work();
  void OpenBoth();
  void OpenSide(Side& side, int height);
  void Fail(Side& side, const char* what);
  [[nodiscard]] std::optional<Need> NeedOf(const Side& side) const;  // under mutex_
  void Advance(Side& side, const Need& need);
  void Keep(Side& side, std::int64_t index, VideoPicture&& picture);
  [[nodiscard]] VideoPicture PictureOf(const Side& side) const;
  [[nodiscard]] std::int64_t CursorOf(const Side& side) const;  // under mutex_
  [[nodiscard]] Side& At(VideoSide side) { return sides_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Side& At(VideoSide side) const {
    return sides_[static_cast<std::size_t>(side)];
  }

  const VideoPairFiles files_;
  const VideoPairOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::array<Side, 2> sides_;
  std::int64_t cursor_ = 0;
  bool backwards_ = false;  // the last move was
  bool opened_ = false, stopping_ = false, reduced_ = false;
  double frame_rate_ = 0;
  std::int64_t seeking_ = -1;
  std::int64_t decoded_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace agon::viewer
