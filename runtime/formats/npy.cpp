// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/npy.h"

#include <array>
#include <cstring>
#include <optional>
#include <unordered_set>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/printable.h"
#include "runtime/formats/zip.h"

namespace agon::formats {
namespace {

// numpy/lib/format.py, "Format Version 1.0" and later: magic, version, length of the header, a
// Python dict literal padded with spaces to 64 bytes and ended by a newline, the elements.
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kPrefix1 = 10;  // magic, 2 bytes of version, u16 length
constexpr std::size_t kPrefix2 = 12;  // the same with a u32 length
constexpr std::size_t kMaxHeader = 65'536;
constexpr std::string_view kExtension = ".npy";

constexpr std::array<std::pair<std::string_view, DType>, 9> kTypes{{
    {"b1", DType::kBool},
    {"u1", DType::kU8},
    {"i1", DType::kI8},
    {"i2", DType::kI16},
    {"i4", DType::kI32},
    {"i8", DType::kI64},
    {"f2", DType::kF16},
    {"f4", DType::kF32},
    {"f8", DType::kF64},
}};

struct Header {
  DType dtype = DType::kF32;
  bool big_endian = false;
  bool fortran = false;
  std::vector<std::int64_t> shape;
};

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  Header Read() {
    bool descr = false;
    bool order = false;
    bool shape = false;
    const auto once = [&](bool& seen) {
      if (std::exchange(seen, true)) {
        Refuse("a key stands there twice");
      }
    };
    Expect('{');
    while (!Accept('}')) {
      const std::string_view key = Quoted();
      Expect(':');
      if (key == "descr") {
        once(descr);
        ReadType();
      } else if (key == "fortran_order") {
        once(order);
        header_.fortran = ReadBool();
      } else if (key == "shape") {
        once(shape);
        ReadShape();
      } else {
        Refuse(fmt::format("unknown key \"{}\"", Printable(key)));
      }
      if (!Accept(',')) {
        Expect('}');
        break;
      }
    }
    SkipSpace();
    if (at_ != text_.size() || !descr || !order || !shape) {
      Refuse("'descr', 'fortran_order' and 'shape' are needed, and nothing else");
    }
    return std::move(header_);
  }

 private:
  [[noreturn]] void Refuse(std::string_view what) const {
    Fail(ErrorKind::kData, "{}: NumPy header: {} (at character {})", file_, what, at_);
  }
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) {
      ++at_;
    }
  }
  bool Accept(char c) {
    SkipSpace();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  void Expect(char c) {
    if (!Accept(c)) {
      Refuse(fmt::format("'{}' expected", c));
    }
  }
  std::string_view Quoted() {
    const char quote = Accept('"') ? '"' : '\'';
    if (quote == '\'') {
      Expect('\'');
    }
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) {
      Refuse("a text without an end");
    }
    const std::string_view value = text_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }

  void ReadType() {
    SkipSpace();
    if (at_ < text_.size() && text_[at_] == '[') {
      Refuse("records of several fields are not supported");
    }
    const std::string_view descr = Quoted();
    const std::string_view type = descr.empty() ? descr : descr.substr(1);
    const char order = descr.empty() ? '?' : descr[0];
    for (const auto& [code, dtype] : kTypes) {
      if (code == type && (order == '<' || order == '>' || order == '|')) {
        header_.dtype = dtype;
        header_.big_endian = order == '>';
        return;
      }
    }
    Refuse(fmt::format("type \"{}\" is not supported (b1, u1, i1, i2, i4, i8, f2, f4, f8 are)",
                       Printable(descr)));
  }

  bool ReadBool() {
    SkipSpace();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += std::strlen(word);
        return value;
      }
    }
    Refuse("True or False expected");
  }

  void ReadShape() {
    constexpr std::size_t kMaxDimensions = 64;
    Expect('(');
    while (!Accept(')')) {
      SkipSpace();
      std::int64_t size = 0;
      const std::size_t first = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
        if (at_ - first >= 18) {
          Refuse("a size is too large");
        }
        size = size * 10 + (text_[at_++] - '0');
      }
      if (at_ == first) {
        Refuse("a size expected");
      }
      Accept('L');  // Python 2 wrote long numbers so.
      header_.shape.push_back(size);
      if (header_.shape.size() > kMaxDimensions) {
        Refuse("too many dimensions");
      }
      if (!Accept(',')) {
        Expect(')');
        break;
      }
    }
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  Header header_;
};

// Column-major to row-major.
Bytes FromFortran(const Bytes& data, const std::vector<std::int64_t>& shape, std::size_t element) {
  Bytes out(data.size());
  std::vector<std::size_t> strides(shape.size());
  std::size_t stride = element;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    strides[d] = stride;
    stride *= static_cast<std::size_t>(shape[d]);
  }
  std::vector<std::int64_t> index(shape.size(), 0);
  std::size_t source = 0;
  for (std::size_t at = 0; at < out.size(); at += element) {
    std::memcpy(out.data() + at, data.data() + source, element);
    for (std::size_t d = shape.size(); d-- > 0;) {
      source += strides[d];
      if (++index[d] < shape[d]) {
        break;
      }
      source -= strides[d] * static_cast<std::size_t>(shape[d]);
      index[d] = 0;
    }
  }
  return out;
}

std::string_view CodeOf(DType type, std::string_view name) {
  for (const auto& [code, dtype] : kTypes) {
    if (dtype == type) {
      return code;
    }
  }
  Fail(ErrorKind::kData, "array \"{}\": NumPy has no type {}; convert it to F32", Printable(name),
       NameOf(type));
}

Bytes WriteNpy(const std::string& name, const Array& array) {
  if (CheckedByteCount(array.dtype, array.shape, name) != array.data.size()) {
    Fail(ErrorKind::kData, "array \"{}\": {} bytes do not fit {} of shape {}", Printable(name),
         array.data.size(), NameOf(array.dtype), ShapeText(array.shape));
  }
  const std::string_view comma = array.shape.size() == 1 ? "," : "";
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                   SizeOf(array.dtype) == 1 ? '|' : '<', CodeOf(array.dtype, name),
                                   fmt::join(array.shape, ", "), comma);
  header.resize((kPrefix1 + header.size() + 1 + 63) / 64 * 64 - kPrefix1 - 1, ' ');
  header.push_back('\n');
  Bytes out;
  out.reserve(kPrefix1 + header.size() + array.data.size());
  Append(out, AsBytes(kMagic));
  AppendLe<std::uint16_t>(out, 1);  // version 1.0
  AppendLe<std::uint16_t>(out, static_cast<std::uint16_t>(header.size()));
  Append(out, AsBytes(header));
  Append(out, array.data);
  return out;
}

}  // namespace

Array ParseNpy(ByteView bytes, std::string_view name) {
  if (bytes.size() < kPrefix1 || AsText(bytes.first(kMagic.size())) != kMagic) {
    Fail(ErrorKind::kData, "{}: no NumPy array", name);
  }
  const int version = std::to_integer<int>(bytes[kMagic.size()]);
  if (version < 1 || version > 3) {
    Fail(ErrorKind::kData, "{}: NumPy format {} is not supported (1 to 3 are)", name, version);
  }
  const std::size_t prefix = version == 1 ? kPrefix1 : kPrefix2;
  if (bytes.size() < prefix) {
    Fail(ErrorKind::kData, "{}: cut short in the NumPy header", name);
  }
  const std::size_t length =
      version == 1 ? LoadLe<std::uint16_t>(bytes, 8) : LoadLe<std::uint32_t>(bytes, 8);
  if (length > kMaxHeader || length > bytes.size() - prefix) {
    Fail(ErrorKind::kData, "{}: cut short, or a NumPy header of {} bytes (at most {} are read)",
         name, length, kMaxHeader);
  }
  Header header = HeaderReader(AsText(bytes.subspan(prefix, length)), name).Read();
  const std::size_t expected = CheckedByteCount(header.dtype, header.shape, name);
  const ByteView data = bytes.subspan(prefix + length);
  if (data.size() != expected) {
    Fail(ErrorKind::kData, "{}: shape {} needs {} bytes of data, {} are there", name,
         ShapeText(header.shape), expected, data.size());
  }
  Array array{.dtype = header.dtype, .shape = std::move(header.shape), .data = {}};
  array.data.assign(data.begin(), data.end());
  if (header.big_endian) {
    SwapElements(array.data, SizeOf(array.dtype));
  }
  if (header.fortran && array.shape.size() > 1) {
    array.data = FromFortran(array.data, array.shape, SizeOf(array.dtype));
  }
  if (array.dtype == DType::kBool) {
    for (std::byte& value : array.data) {
      value = value == std::byte{0} ? value : std::byte{1};
    }
  }
  return array;
}

NamedArrays ParseNpz(ByteView bytes, std::string_view name) {
  const ZipReader zip(bytes, std::string(name));
  NamedArrays arrays;
  std::uint64_t total = 0;
  for (const ZipMember& member : zip.members()) {
    std::string_view array_name = member.name;
    if (!array_name.ends_with(kExtension)) {
      Fail(ErrorKind::kData, "{}: member \"{}\" is no .npy array", name, Printable(member.name));
    }
    array_name.remove_suffix(kExtension.size());
    total += std::min<std::uint64_t>(member.size, kMaxInflatedBytes);
    if (total > kMaxInflatedBytes) {
      Fail(ErrorKind::kData, "{}: unpacks to more than {} bytes", name, kMaxInflatedBytes);
    }
    arrays.emplace_back(array_name, ParseNpy(zip.Read(member), fmt::format("{}: array \"{}\"", name,
                                                                           Printable(array_name))));
  }
  return arrays;
}

NamedArrays ReadNpz(const Path& file) { return ParseNpz(ReadFileBytes(file), file.string()); }

void WriteNpz(const Path& file, const NamedArrays& arrays) {
  std::vector<std::pair<std::string, Bytes>> members;
  std::unordered_set<std::string_view> names;
  for (const auto& [name, array] : arrays) {
    if (!names.insert(name).second) {
      Fail(ErrorKind::kData, "{}: two arrays are named \"{}\"", file.string(), Printable(name));
    }
    members.emplace_back(name + std::string(kExtension), WriteNpy(name, array));
  }
  WriteFileAtomic(file, WriteZip(members));
}

}  // namespace agon::formats
