// SPDX-License-Identifier: Apache-2.0
// A run in a folder that goes away: manifest, recording, log, artefacts, as commands write them,
// with times that the test chooses.
//
//   RunFixture run("attack");
//   run.Scalar("attack/net_a/robust_accuracy", 0, 0.9);
//   run.Flush();
//
// Thread safety: one thread.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/temporary_folder.h"
#include "runtime/record/items.h"
#include "runtime/record/manifest.h"
#include "runtime/record/recording.h"

namespace agon::viewer {

// A folder of runs.
class RunsFixture {
 public:
  [[nodiscard]] const Path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

class RunFixture {
 public:
  static constexpr double kStart = 1'700'000'000;  // of the run: 2023-11-14 22:13:20 UTC

  // In a folder of its own.
  explicit RunFixture(std::string command = "train", const std::string& name = "run")
      : own_(std::make_unique<RunsFixture>()), folder_(own_->folder() / name) {
    Begin(std::move(command));
  }
  // One of several.
  RunFixture(const RunsFixture& runs, const std::string& name, std::string command = "train")
      : folder_(runs.folder() / name) {
    Begin(std::move(command));
  }

  [[nodiscard]] const Path& folder() const { return folder_; }
  [[nodiscard]] Path operator/(std::string_view name) const { return folder_ / name; }

  // Each item is recorded a second after the one before; At() sets the time of the next.
  void At(double seconds_since_start) { time_ = kStart + seconds_since_start; }
  void Add(std::string_view track, std::int64_t step, const record::Item& item) {
    recording().Append(track, step, time_, item);
    time_ += 1;
  }
  void Scalar(std::string_view track, std::int64_t step, double value) {
    Add(track, step, record::Scalar{value});
  }
  void Text(std::string_view track, std::int64_t step, std::string text) {
    Add(track, step, record::Text{std::move(text)});
  }
  void Image(std::string_view track, std::int64_t step, formats::Pixels pixels,
             std::string caption = {}, float low = 0, float high = 1) {
    Add(track, step, record::Image{std::move(pixels), low, high, std::move(caption)});
  }
  void Frame(std::string_view track, std::int64_t step, formats::Pixels pixels, double time) {
    Add(track, step, record::Frame{std::move(pixels), time});
  }
  // What was added can be read from here on.
  void Flush() { recording().Flush(); }

  // What is changed is written by WriteManifest; the run is done unless it says otherwise.
  [[nodiscard]] record::Manifest& manifest() { return manifest_; }
  void WriteManifest() { record::WriteManifest(folder_, manifest_); }
  void WriteConfig(std::string_view yaml) { WriteFile("config.yaml", yaml); }
  void WriteLog(std::string_view text) { WriteFile("log.txt", text); }
  void WriteFile(std::string_view name, std::string_view content) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    WriteFileAtomic(folder_ / name, content);
  }
  void Remove() { std::filesystem::remove_all(folder_); }

 private:
  void Begin(std::string command) {
    std::filesystem::create_directories(folder_);
    manifest_.command = std::move(command);
    manifest_.arguments = "agon " + manifest_.command;
    manifest_.version = "0.0.0";
    manifest_.device = "cpu (test)";
    manifest_.status = record::RunStatus::kDone;
    manifest_.started = "2023-11-14T22:13:20Z";
    manifest_.updated = manifest_.finished = "2023-11-14T22:23:20Z";
    manifest_.heartbeat = kStart + 600;
    manifest_.process = getpid();
    manifest_.boot = record::BootId();
    WriteManifest();
  }
  record::RecordingWriter& recording() {
    if (!recording_) recording_ = std::make_unique<record::RecordingWriter>(folder_ / "recording");
    return *recording_;
  }

  std::unique_ptr<RunsFixture> own_;
  Path folder_;
  record::Manifest manifest_;
  std::unique_ptr<record::RecordingWriter> recording_;
  double time_ = kStart;
};

// width x height pixels, `value(x, y, channel)` each.
template <class Value>
[[nodiscard]] formats::Pixels MakePixels(int width, int height, int channels, Value value) {
  formats::Pixels pixels{.width = width, .height = height, .channels = channels, .data = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels.data.push_back(static_cast<std::uint8_t>(value(x, y, c)));
      }
    }
  }
  return pixels;
}

}  // namespace agon::viewer
