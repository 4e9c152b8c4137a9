// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recording_codec.h"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <type_traits>

#include "runtime/base/error.h"

namespace agon::record::codec {
namespace {

// ---- writing ----------------------------------------------------------------------------------

void PutVarint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Small negative numbers stay short: 0, -1, 1, -2 become 0, 1, 2, 3.
void PutSigned(std::string& out, std::int64_t value) {
  PutVarint(out,
            (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

template <std::unsigned_integral T>
void PutLittle(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  }
}

void PutReal(std::string& out, float value) { PutLittle(out, std::bit_cast<std::uint32_t>(value)); }
void PutReal(std::string& out, double value) {
  PutLittle(out, std::bit_cast<std::uint64_t>(value));
}

void PutText(std::string& out, std::string_view text) {
  PutVarint(out, text.size());
  out.append(text);
}

void PutPng(std::string& out, const formats::Pixels& pixels, ByteView png) {
  Bytes made;
  if (png.empty()) {
    made = formats::EncodePng(pixels);
    png = made;
  }
  out.append(reinterpret_cast<const char*>(png.data()), png.size());
}

void Put(std::string& out, const Scalar& scalar, ByteView) {
  // Most scalars were computed in single precision: those take four bytes.
  const auto single = static_cast<float>(scalar.value);
  if (static_cast<double>(single) == scalar.value || std::isnan(scalar.value)) {
    PutReal(out, single);
  } else {
    PutReal(out, scalar.value);
  }
}

void Put(std::string& out, const Text& text, ByteView) { out.append(text.text); }

void Put(std::string& out, const Image& image, ByteView png) {
  PutReal(out, image.low);
  PutReal(out, image.high);
  PutText(out, image.caption);
  PutPng(out, image.pixels, png);
}

void Put(std::string& out, const Frame& frame, ByteView png) {
  PutReal(out, frame.time);
  PutPng(out, frame.pixels, png);
}

void Put(std::string& out, const Board& board, ByteView) {
  AGON_CHECK(board.width >= 0 && board.width <= kMaxBoardSide);
  AGON_CHECK(board.height >= 0 && board.height <= kMaxBoardSide);
  const std::size_t cells = static_cast<std::size_t>(board.width) * board.height;
  AGON_CHECK(board.cells.size() == cells && board.colours.size() == cells);
  AGON_CHECK(board.overlays.size() <= kMaxOverlays && board.legal_moves.size() <= kMaxMoves);
  PutVarint(out, static_cast<std::uint64_t>(board.width));
  PutVarint(out, static_cast<std::uint64_t>(board.height));
  for (const std::string& cell : board.cells) PutText(out, cell);
  for (const std::uint8_t colour : board.colours) out.push_back(static_cast<char>(colour));
  PutVarint(out, board.overlays.size());
  for (const Board::Overlay& overlay : board.overlays) {
    AGON_CHECK(overlay.values.size() == cells);
    PutText(out, overlay.name);
    for (const float value : overlay.values) PutReal(out, value);
  }
  PutVarint(out, board.legal_moves.size());
  for (const std::string& move : board.legal_moves) PutText(out, move);
  PutText(out, board.to_move);
  PutText(out, board.last_move);
  PutReal(out, board.value);
}

void Put(std::string& out, const Tree& tree, ByteView) {
  AGON_CHECK(tree.nodes.size() <= kMaxNodes);
  PutVarint(out, tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const Tree::Node& node = tree.nodes[i];
    AGON_CHECK(node.parent >= -1 && node.parent < static_cast<std::int64_t>(i));
    PutSigned(out, node.parent);
    PutText(out, node.move);
    PutSigned(out, node.visits);
    PutReal(out, node.prior);
    PutReal(out, node.value);
  }
}

Kind KindOf(const Item& item) {
  return std::visit(
      [](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Scalar>) return Kind::kScalar;
        if constexpr (std::is_same_v<T, Text>) return Kind::kText;
        if constexpr (std::is_same_v<T, Image>) return Kind::kImage;
        if constexpr (std::is_same_v<T, Frame>) return Kind::kFrame;
        if constexpr (std::is_same_v<T, Board>) return Kind::kBoard;
        if constexpr (std::is_same_v<T, Tree>) return Kind::kTree;
      },
      item);
}

// ---- reading ----------------------------------------------------------------------------------

[[noreturn]] void Malformed(std::string_view what) {
  Fail(ErrorKind::kData, "record: {}; the recording is damaged", what);
}

ByteView Take(ByteView& rest, std::size_t count) {
  if (count > rest.size()) Malformed("it ends too early");
  const ByteView taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

std::uint64_t GetVarint(ByteView& rest) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(Take(rest, 1)[0]);
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  Malformed("a number has more than 64 bits");
}

std::int64_t GetSigned(ByteView& rest) {
  const std::uint64_t value = GetVarint(rest);
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

template <std::unsigned_integral T>
T GetLittle(ByteView& rest) {
  const ByteView bytes = Take(rest, sizeof(T));
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(std::to_integer<T>(bytes[i]) << (8 * i));
  }
  return value;
}

float GetFloat(ByteView& rest) { return std::bit_cast<float>(GetLittle<std::uint32_t>(rest)); }
double GetDouble(ByteView& rest) { return std::bit_cast<double>(GetLittle<std::uint64_t>(rest)); }

std::string ToText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A count of things that take at least `bytes_each` bytes: never more than what is left can hold.
std::size_t GetCount(ByteView& rest, std::size_t limit, std::size_t bytes_each,
                     std::string_view what) {
  const std::uint64_t count = GetVarint(rest);
  if (count > limit || count > rest.size() / bytes_each) Malformed(what);
  return static_cast<std::size_t>(count);
}

std::string GetText(ByteView& rest) {
  const std::size_t size = GetCount(rest, rest.size(), 1, "a text is longer than its record");
  return ToText(Take(rest, size));
}

// The size stands in the first chunk; looked at first, since a few bytes of PNG can claim
// gigabytes.
formats::Pixels GetPng(ByteView& rest) {
  constexpr std::size_t kSizeAt = 16;  // signature 8, length 4, "IHDR" 4
  if (rest.size() < kSizeAt + 8) Malformed("its picture is cut");
  std::uint64_t side[2] = {0, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    side[i / 4] = (side[i / 4] << 8) | std::to_integer<std::uint64_t>(rest[kSizeAt + i]);
  }
  if (side[0] * side[1] > kMaxPixels) Malformed("its picture is larger than 64 megapixels");
  const ByteView png = Take(rest, rest.size());
  return formats::DecodePng(png, "picture in a recording");
}

Scalar GetScalar(ByteView& rest) {
  if (rest.size() == sizeof(float)) return {GetFloat(rest)};
  return {GetDouble(rest)};
}

Image GetImage(ByteView& rest) {
  Image image;
  image.low = GetFloat(rest);
  image.high = GetFloat(rest);
  image.caption = GetText(rest);
  image.pixels = GetPng(rest);
  return image;
}

Frame GetFrame(ByteView& rest) {
  Frame frame;
  frame.time = GetDouble(rest);
  frame.pixels = GetPng(rest);
  return frame;
}

Board GetBoard(ByteView& rest) {
  const std::uint64_t width = GetVarint(rest);
  const std::uint64_t height = GetVarint(rest);
  if (width > kMaxBoardSide || height > kMaxBoardSide) Malformed("a board is larger than 1024");
  const std::size_t cells = static_cast<std::size_t>(width * height);
  if (cells * 2 > rest.size()) Malformed("a board is larger than its record");
  Board board;
  board.width = static_cast<int>(width);
  board.height = static_cast<int>(height);
  board.cells.resize(cells);
  for (std::string& cell : board.cells) cell = GetText(rest);
  board.colours.resize(cells);
  for (std::uint8_t& colour : board.colours) colour = GetLittle<std::uint8_t>(rest);
  board.overlays.resize(GetCount(rest, kMaxOverlays, 1, "a board has too many overlays"));
  for (Board::Overlay& overlay : board.overlays) {
    overlay.name = GetText(rest);
    if (cells * sizeof(float) > rest.size()) Malformed("an overlay is larger than its record");
    overlay.values.resize(cells);
    for (float& value : overlay.values) value = GetFloat(rest);
  }
  board.legal_moves.resize(GetCount(rest, kMaxMoves, 1, "a board has too many moves"));
  for (std::string& move : board.legal_moves) move = GetText(rest);
  board.to_move = GetText(rest);
  board.last_move = GetText(rest);
  board.value = GetDouble(rest);
  return board;
}

Tree GetTree(ByteView& rest) {
  constexpr std::size_t kSmallestNode = 19;  // parent 1, move 1, visits 1, prior 8, value 8
  Tree tree;
  tree.nodes.resize(GetCount(rest, kMaxNodes, kSmallestNode, "a tree has too many nodes"));
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    Tree::Node& node = tree.nodes[i];
    const std::int64_t parent = GetSigned(rest);
    if (parent < -1 || parent >= static_cast<std::int64_t>(i)) {
      Malformed("a tree node stands before its parent");
    }
    node.parent = static_cast<std::int32_t>(parent);
    node.move = GetText(rest);
    node.visits = GetSigned(rest);
    node.prior = GetDouble(rest);
    node.value = GetDouble(rest);
  }
  return tree;
}

Item GetItem(ByteView& rest, Kind kind) {
  switch (kind) {
    case Kind::kScalar:
      return GetScalar(rest);
    case Kind::kText:
      return Text{ToText(Take(rest, rest.size()))};
    case Kind::kImage:
      return GetImage(rest);
    case Kind::kFrame:
      return GetFrame(rest);
    case Kind::kBoard:
      return GetBoard(rest);
    case Kind::kTree:
      return GetTree(rest);
    case Kind::kTrack:
      break;
  }
  Malformed("it is of an unknown kind");
}

}  // namespace

std::string EncodeTrack(std::uint32_t id, std::string_view name) {
  std::string out;
  out.push_back(static_cast<char>(Kind::kTrack));
  PutVarint(out, id);
  out.append(name);
  return out;
}

std::string EncodeItem(std::uint32_t track, std::int64_t step, double wall_time, const Item& item,
                       ByteView png) {
  std::string out;
  out.push_back(static_cast<char>(KindOf(item)));
  PutVarint(out, track);
  PutSigned(out, step);
  PutReal(out, wall_time);
  std::visit([&](const auto& value) { Put(out, value, png); }, item);
  return out;
}

bool IsKnown(Kind kind) { return kind >= Kind::kTrack && kind <= Kind::kTree; }

Prefix PayloadReader::ReadPrefix() {
  Prefix prefix;
  prefix.kind = static_cast<Kind>(GetLittle<std::uint8_t>(rest_));
  const std::uint64_t track = GetVarint(rest_);
  if (track > kMaxTrackId) Malformed("its track number is too large");
  prefix.track = static_cast<std::uint32_t>(track);
  if (prefix.kind != Kind::kTrack) {
    prefix.step = GetSigned(rest_);
    prefix.wall_time = GetDouble(rest_);
  }
  return prefix;
}

std::string PayloadReader::ReadTrackName() {
  if (rest_.size() > kMaxTrackNameBytes) Malformed("a track name is longer than 4096 bytes");
  return ToText(Take(rest_, rest_.size()));
}

Item PayloadReader::ReadItem(Kind kind) {
  Item item = GetItem(rest_, kind);
  if (!rest_.empty()) Malformed("it is longer than what it holds");
  return item;
}

}  // namespace agon::record::codec
