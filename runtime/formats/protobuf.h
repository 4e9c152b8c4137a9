// SPDX-License-Identifier: Apache-2.0
// The wire format of protocol buffers, as much as TensorBoard's events need. Messages are built
// from the inside out; the library itself would clash with the copy inside LibTorch.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/formats/byte_order.h"

namespace agon::formats {

// https://protobuf.dev/programming-guides/encoding
enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

class ProtoWriter {
 public:
  ProtoWriter& Varint(int field, std::int64_t value) {
    Key(field, WireType::kVarint);
    PutVarint(static_cast<std::uint64_t>(value));
    return *this;
  }
  ProtoWriter& Double(int field, double value) {
    Key(field, WireType::kFixed64);
    PutFixed(std::bit_cast<std::uint64_t>(value), 8);
    return *this;
  }
  ProtoWriter& Float(int field, float value) {
    Key(field, WireType::kFixed32);
    PutFixed(std::bit_cast<std::uint32_t>(value), 4);
    return *this;
  }
  // Texts, bytes and inner messages.
  ProtoWriter& Bytes(int field, std::string_view value) {
    Key(field, WireType::kBytes);
    PutVarint(value.size());
    out_ += value;
    return *this;
  }
  [[nodiscard]] const std::string& message() const { return out_; }

 private:
  void Key(int field, WireType type) {
    PutVarint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(type));
  }
  void PutVarint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      out_.push_back(static_cast<char>(value | 0x80));
    }
    out_.push_back(static_cast<char>(value));
  }
  void PutFixed(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      out_.push_back(static_cast<char>(value >> (8 * i)));
    }
  }

  std::string out_;
};

struct ProtoField {
  std::uint64_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t value = 0;  // varint and fixed
  ByteView bytes = {};      // texts, bytes, inner messages
};

// Walks over the fields of one message; views into it, nothing is copied.
class ProtoReader {
 public:
  explicit ProtoReader(ByteView message) : left_(message) {}

  // Nothing at the end of the message, and where it is damaged.
  [[nodiscard]] std::optional<ProtoField> Next() {
    const std::optional<std::uint64_t> key = Varint();
    if (!key) {
      return std::nullopt;
    }
    ProtoField field{.number = *key >> 3, .type = static_cast<WireType>(*key & 7)};
    std::optional<std::uint64_t> value;
    switch (field.type) {
      case WireType::kVarint:
        value = Varint();
        break;
      case WireType::kFixed64:
        value = Fixed<std::uint64_t>();
        break;
      case WireType::kFixed32:
        value = Fixed<std::uint32_t>();
        break;
      case WireType::kBytes:
        value = Varint();
        if (!value || *value > left_.size()) {
          return std::nullopt;
        }
        field.bytes = left_.first(static_cast<std::size_t>(*value));
        left_ = left_.subspan(field.bytes.size());
        break;
    }
    if (!value) {
      return std::nullopt;
    }
    field.value = *value;
    return field;
  }

 private:
  std::optional<std::uint64_t> Varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 10 && i < left_.size(); ++i) {
      const auto byte = std::to_integer<std::uint64_t>(left_[i]);
      value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        left_ = left_.subspan(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }
  template <std::unsigned_integral T>
  std::optional<std::uint64_t> Fixed() {
    if (left_.size() < sizeof(T)) {
      return std::nullopt;
    }
    const T value = LoadLe<T>(left_, 0);
    left_ = left_.subspan(sizeof(T));
    return value;
  }

  ByteView left_;
};

}  // namespace agon::formats
