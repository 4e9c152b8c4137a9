// SPDX-License-Identifier: Apache-2.0
// The bytes inside a record of a recording, docs/formats.md, "Recording": items to payloads and
// back.
//
// Who needs this file: recording.cpp and recording_scan.cpp only. Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/record/items.h"

namespace agon::record::codec {

// Limits a reader holds to, so that no file makes it use memory out of proportion.
inline constexpr std::size_t kMaxTrackNameBytes = 4096;
inline constexpr std::uint32_t kMaxTrackId = (1U << 24) - 1;
inline constexpr int kMaxBoardSide = 1024;
inline constexpr std::size_t kMaxOverlays = 64;
inline constexpr std::size_t kMaxMoves = 65'536;
inline constexpr std::size_t kMaxNodes = std::size_t{1} << 20;
inline constexpr std::uint64_t kMaxPixels = std::uint64_t{1} << 26;

enum class Kind : std::uint8_t {
  kTrack = 1,
  kScalar = 2,
  kText = 3,
  kImage = 4,
  kFrame = 5,
  kBoard = 6,
  kTree = 7,
};

// What every payload starts with; of a track definition only `track`.
struct Prefix {
  Kind kind = Kind::kTrack;
  std::uint32_t track = 0;
  std::int64_t step = 0;
  double wall_time = 0;
};

[[nodiscard]] std::string EncodeTrack(std::uint32_t id, std::string_view name);
// `png` is the picture of an image or frame when the caller has it already; empty: made here.
// Error(kInternal) when the item contradicts itself (a board with a cell too few).
[[nodiscard]] std::string EncodeItem(std::uint32_t track, std::int64_t step, double wall_time,
                                     const Item& item, ByteView png);

// Reads a payload from the front. Every function throws Error(kData) when the bytes do not add up.
class PayloadReader {
 public:
  explicit PayloadReader(ByteView payload) : rest_(payload) {}
  [[nodiscard]] Prefix ReadPrefix();
  // After the prefix of a track definition.
  [[nodiscard]] std::string ReadTrackName();
  // After the prefix of anything else. A kind of a later revision of this version throws too.
  [[nodiscard]] Item ReadItem(Kind kind);

 private:
  ByteView rest_;
};

// Whether this reader knows what such a payload holds.
[[nodiscard]] bool IsKnown(Kind kind);

}  // namespace agon::record::codec
