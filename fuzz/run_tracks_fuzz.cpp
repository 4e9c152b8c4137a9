// SPDX-License-Identifier: Apache-2.0
// The viewer's tracks over any bytes that come in two parts under the name of a recording: nothing
// but a line of text is ever thrown at the user, and what panels ask for is answered. The bytes are
// taken as a file, and as the payloads of records with checksums that hold.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/record/recording_scan.h"
#include "viewer/core/run_tracks.h"

namespace {

using agon::viewer::ItemRef;
using agon::viewer::Moment;
using agon::viewer::PlotColumn;
using agon::viewer::RunTracks;
using agon::viewer::ScalarSeries;
using agon::viewer::TimelineMode;
using agon::viewer::TrackInfo;
using agon::viewer::TrackKind;
using agon::viewer::XAxis;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kColumns = 50;

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

void LookAtSeries(const ScalarSeries& series, std::size_t count) {
  Require(series.size() == count);
  std::vector<PlotColumn> columns;
  for (const XAxis axis : {XAxis::kStep, XAxis::kWallTime}) {
    for (const double smoothing : {0.0, 0.6}) {
      series.Columns(-kInfinity, kInfinity, kColumns, axis, smoothing, columns);
      Require(columns.size() <= kColumns + 2 && columns.empty() == series.empty());
      for (std::size_t i = 1; i < columns.size(); ++i) {
        Require(columns[i - 1].x <= columns[i].x);
      }
    }
  }
}

void LookAtItems(const RunTracks& tracks, const TrackInfo& track) {
  const std::vector<ItemRef> items = tracks.Items(track.name, track.kind);
  Require(items.size() == track.count);
  for (const ItemRef& item : items) {
    const auto at = tracks.At(track.name, track.kind, {TimelineMode::kStep, item.step, 0}, false);
    Require(at && at->step == item.step && at->offset == item.offset);
    try {
      (void)tracks.Load(item);
    } catch (const agon::Error&) {
      continue;
    }
  }
}

void LookAtAll(const RunTracks& tracks) {
  const std::vector<TrackInfo> all = tracks.Tracks();
  Require(tracks.Range().has_value() == !all.empty());
  for (const TrackInfo& track : all) {
    Require(track.count > 0 && track.first_step <= track.last_step);
    Require(track.first_time <= track.last_time);
    if (track.kind != TrackKind::kScalar) {
      LookAtItems(tracks, track);
      continue;
    }
    tracks.WithSeries(track.name, [&](const ScalarSeries* series) {
      Require(series != nullptr);
      LookAtSeries(*series, track.count);
    });
  }
  Require(tracks.problem().find('\n') == std::string::npos);
}

void CheckFile(const uint8_t* data, size_t size) {
  const int descriptor = memfd_create("recording", 0);
  if (descriptor < 0) return;
  RunTracks tracks("/proc/self/fd/" + std::to_string(descriptor));
  const auto append = [&](const uint8_t* bytes, size_t count) {
    return write(descriptor, bytes, count) == static_cast<ssize_t>(count);
  };
  const auto look = [&] {
    while (tracks.Poll(1)) continue;
    LookAtAll(tracks);
  };
  const size_t first = size == 0 ? 0 : data[size - 1] * size / 256;
  if (append(data, first)) look();
  if (append(data + first, size - first)) look();
  if (ftruncate(descriptor, 0) == 0) look();  // written anew
  close(descriptor);
}

// Payloads stand behind a byte that is their length.
std::string AsRecords(const uint8_t* data, size_t size) {
  std::string file = agon::record::RecordingHeader();
  for (size_t at = 0; at < size;) {
    const size_t length = std::min<size_t>(data[at], size - at - 1);
    ++at;
    if (length > 0) {
      file += agon::record::FrameRecord({reinterpret_cast<const char*>(data) + at, length});
    }
    at += length;
  }
  return file;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckFile(data, size);
  const std::string records = AsRecords(data, size);
  CheckFile(reinterpret_cast<const uint8_t*>(records.data()), records.size());
  return 0;
}
