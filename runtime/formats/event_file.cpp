// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/event_file.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/protobuf.h"

namespace agon::formats {
namespace {

// Field numbers of tensorboard/compat/proto: event.proto, summary.proto, tensor.proto.
namespace event {
constexpr int kWallTime = 1;
constexpr int kStep = 2;
constexpr int kFileVersion = 3;
constexpr int kSummary = 5;
}  // namespace event
namespace summary {
constexpr int kValue = 1;
constexpr int kTag = 1;
constexpr int kSimpleValue = 2;
constexpr int kImage = 4;
constexpr int kTensor = 8;
constexpr int kMetadata = 9;
}  // namespace summary
namespace image {
constexpr int kHeight = 1;
constexpr int kWidth = 2;
constexpr int kColorspace = 3;  // the number of channels
constexpr int kEncoded = 4;
}  // namespace image
namespace tensor {
constexpr int kDtype = 1;
constexpr int kShape = 2;
constexpr int kShapeDimension = 2;
constexpr int kDimensionSize = 1;
constexpr int kStrings = 8;
constexpr int kStringType = 7;  // DT_STRING
}  // namespace tensor
namespace metadata {
constexpr int kPlugin = 1;
constexpr int kPluginName = 1;
constexpr int kDataClass = 4;
constexpr int kTensorClass = 2;  // DATA_CLASS_TENSOR
}  // namespace metadata

constexpr std::string_view kVersion = "brain.Event:2";
constexpr std::string_view kVersionFamily = "brain.Event:";
constexpr std::size_t kRecordHead = 12;  // length, checksum of the length
constexpr std::size_t kRecordTail = 4;   // checksum of the data

// TFRecord stores checksums rotated and shifted, since a checksum of data that holds its own
// checksum is weak.
std::uint32_t MaskedCrc(ByteView bytes) { return std::rotr(Crc32c(bytes), 15) + 0xa282ead8U; }

// Protocol buffers refuse a whole message for one text that is no UTF-8: bytes that are none become
// '?'. Overlong forms and surrogates count as none.
std::string CleanUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80                     ? 1
                             : first >= 0xc2 && first <= 0xdf ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
    bool valid = size > 0;
    for (std::size_t i = 1; i < size; ++i) {
      valid = valid && (byte(i) & 0xc0U) == 0x80;
    }
    valid = valid && !(first == 0xe0 && byte(1) < 0xa0) && !(first == 0xed && byte(1) > 0x9f) &&
            !(first == 0xf0 && byte(1) < 0x90) && !(first == 0xf4 && byte(1) > 0x8f);
    out += valid ? text.substr(at, size) : std::string_view("?");
    at += valid ? size : 1;
  }
  return out;
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
    return "localhost";
  }
  return name.data();
}

// An event with one value, given without its tag.
std::string SummaryEvent(std::string_view tag, std::int64_t step, double wall_time,
                         const ProtoWriter& value) {
  const std::string tagged =
      ProtoWriter().Bytes(summary::kTag, CleanUtf8(tag)).message() + value.message();
  const std::string inner = ProtoWriter().Bytes(summary::kValue, tagged).message();
  return ProtoWriter()
      .Double(event::kWallTime, wall_time)
      .Varint(event::kStep, step)
      .Bytes(event::kSummary, inner)
      .message();
}

// The data of the next record, or nothing where the file ends or is damaged.
std::optional<ByteView> NextRecord(ByteView& left) {
  if (left.size() < kRecordHead + kRecordTail) {
    return std::nullopt;
  }
  const auto length = LoadLe<std::uint64_t>(left, 0);
  if (LoadLe<std::uint32_t>(left, 8) != MaskedCrc(left.first(8)) ||
      length > left.size() - kRecordHead - kRecordTail) {
    return std::nullopt;
  }
  const ByteView data = left.subspan(kRecordHead, static_cast<std::size_t>(length));
  if (LoadLe<std::uint32_t>(left, kRecordHead + data.size()) != MaskedCrc(data)) {
    return std::nullopt;
  }
  left = left.subspan(kRecordHead + data.size() + kRecordTail);
  return data;
}

void ReadSummary(ByteView message, const ScalarEvent& common, std::vector<ScalarEvent>& events) {
  ProtoReader fields(message);
  while (const std::optional<ProtoField> field = fields.Next()) {
    if (field->number != summary::kValue || field->type != WireType::kBytes) {
      continue;
    }
    ScalarEvent scalar = common;
    bool has_value = false;
    ProtoReader value(field->bytes);
    while (const std::optional<ProtoField> part = value.Next()) {
      if (part->number == summary::kTag && part->type == WireType::kBytes) {
        scalar.tag = AsText(part->bytes);
      } else if (part->number == summary::kSimpleValue && part->type == WireType::kFixed32) {
        scalar.value = std::bit_cast<float>(static_cast<std::uint32_t>(part->value));
        has_value = true;
      }
    }
    if (has_value) {
      events.push_back(std::move(scalar));
    }
  }
}

}  // namespace

EventWriter::EventWriter(const Path& folder, std::string_view suffix) {
  MakeFolder(folder);
  const double now = UnixTime();
  const std::string stem =
      fmt::format("events.out.tfevents.{}.{}", static_cast<std::int64_t>(now), HostName());
  file_ = folder / fmt::format("{}.{}", stem, suffix);
  // A run resumed within the same second must not overwrite what it wrote before.
  for (int i = 1; std::filesystem::exists(file_); ++i) {
    file_ = folder / fmt::format("{}.{}.{}", stem, i, suffix);
  }
  stream_.open(file_, std::ios::binary);
  if (!stream_) {
    Fail(ErrorKind::kIo, "{}: cannot be created: {}", file_.string(), std::strerror(errno));
  }
  Record(
      ProtoWriter().Double(event::kWallTime, now).Bytes(event::kFileVersion, kVersion).message());
}

void EventWriter::Scalar(std::string_view tag, std::int64_t step, double value, double wall_time) {
  Record(SummaryEvent(tag, step, wall_time,
                      ProtoWriter().Float(summary::kSimpleValue, static_cast<float>(value))));
}

void EventWriter::Image(std::string_view tag, std::int64_t step, int width, int height,
                        int channels, ByteView png, double wall_time) {
  const std::string picture = ProtoWriter()
                                  .Varint(image::kHeight, height)
                                  .Varint(image::kWidth, width)
                                  .Varint(image::kColorspace, channels)
                                  .Bytes(image::kEncoded, AsText(png))
                                  .message();
  Record(SummaryEvent(tag, step, wall_time, ProtoWriter().Bytes(summary::kImage, picture)));
}

void EventWriter::Text(std::string_view tag, std::int64_t step, std::string_view text,
                       double wall_time) {
  const std::string dimension = ProtoWriter().Varint(tensor::kDimensionSize, 1).message();
  const std::string shape = ProtoWriter().Bytes(tensor::kShapeDimension, dimension).message();
  const std::string value = ProtoWriter()
                                .Varint(tensor::kDtype, tensor::kStringType)
                                .Bytes(tensor::kShape, shape)
                                .Bytes(tensor::kStrings, CleanUtf8(text))
                                .message();
  const std::string plugin = ProtoWriter().Bytes(metadata::kPluginName, "text").message();
  const std::string about = ProtoWriter()
                                .Bytes(metadata::kPlugin, plugin)
                                .Varint(metadata::kDataClass, metadata::kTensorClass)
                                .message();
  Record(
      SummaryEvent(tag, step, wall_time,
                   ProtoWriter().Bytes(summary::kTensor, value).Bytes(summary::kMetadata, about)));
}

void EventWriter::Record(std::string_view event) {
  agon::Bytes record;
  record.reserve(kRecordHead + event.size() + kRecordTail);
  AppendLe<std::uint64_t>(record, event.size());
  AppendLe<std::uint32_t>(record, MaskedCrc(record));
  Append(record, AsBytes(event));
  AppendLe<std::uint32_t>(record, MaskedCrc(AsBytes(event)));
  stream_.write(reinterpret_cast<const char*>(record.data()),
                static_cast<std::streamsize>(record.size()));
  stream_.flush();
  if (!stream_) {
    const int error = errno;
    // Readers stop at half a record: it goes, and the next one may find room again.
    stream_.close();
    std::error_code ignored;
    std::filesystem::resize_file(file_, size_, ignored);
    stream_.clear();
    stream_.open(file_, std::ios::binary | std::ios::app);
    Fail(ErrorKind::kIo, "{}: cannot be written: {}", file_.string(), std::strerror(error));
  }
  size_ += record.size();
}

std::vector<ScalarEvent> ParseScalarEvents(ByteView bytes, std::string_view name) {
  std::vector<ScalarEvent> events;
  ByteView left = bytes;
  bool first = true;
  while (const std::optional<ByteView> record = NextRecord(left)) {
    ScalarEvent common;
    ByteView summary;
    bool versioned = false;
    ProtoReader fields(*record);
    while (const std::optional<ProtoField> field = fields.Next()) {
      if (field->number == event::kWallTime && field->type == WireType::kFixed64) {
        common.wall_time = std::bit_cast<double>(field->value);
      } else if (field->number == event::kStep && field->type == WireType::kVarint) {
        common.step = static_cast<std::int64_t>(field->value);
      } else if (field->number == event::kFileVersion && field->type == WireType::kBytes) {
        versioned = AsText(field->bytes).starts_with(kVersionFamily);
      } else if (field->number == event::kSummary && field->type == WireType::kBytes) {
        summary = field->bytes;
      }
    }
    if (first && !versioned) {
      break;
    }
    first = false;
    ReadSummary(summary, common, events);
  }
  if (first) {
    Fail(ErrorKind::kData, "{}: no TensorBoard event file (its first record must be \"{}\")", name,
         kVersion);
  }
  return events;
}

std::vector<ScalarEvent> ReadScalarEvents(const Path& file) {
  return ParseScalarEvents(ReadFileBytes(file), file.string());
}

}  // namespace agon::formats
