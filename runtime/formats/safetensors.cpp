// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <ios>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/printable.h"

namespace agon::formats {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxTensors = 1'000'000;
constexpr std::string_view kMetadata = "__metadata__";

constexpr std::array kTypes{DType::kBool, DType::kU8,  DType::kI8,   DType::kI16, DType::kI32,
                            DType::kI64,  DType::kF16, DType::kBF16, DType::kF32, DType::kF64};

struct Entry {
  std::string name = {};
  std::optional<DType> dtype = {};
  std::vector<std::int64_t> shape = {};
  bool has_shape = false;
  std::vector<std::uint64_t> offsets = {};
};

// Reads the header event by event: a tree of the JSON would hide duplicate keys, and a header of
// the largest size would cost a hundred times its size.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderReader(std::string_view file) : file_(file) {}

  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;

  bool null() override { return Unexpected("null"); }
  bool boolean(bool /*value*/) override { return Unexpected("true or false"); }
  bool number_integer(number_integer_t /*value*/) override {
    return Unexpected("a negative number");
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return Unexpected("a fraction, or a number of more than 64 bits");
  }
  bool binary(binary_t& /*value*/) override { return Unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::kShape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        Refuse("a size in \"shape\" is too large");
      }
      entries.back().shape.push_back(static_cast<std::int64_t>(value));
      CheckLength(entries.back().shape.size(), kMaxDimensions);
    } else if (state_ == State::kOffsets) {
      entries.back().offsets.push_back(value);
      CheckLength(entries.back().offsets.size(), 2);
    } else {
      return Unexpected("a number");
    }
    return true;
  }

  bool string(string_t& value) override {
    if (state_ == State::kMetadata) {
      metadata[key_] = std::move(value);
      return true;
    }
    if (state_ != State::kTensor || key_ != "dtype") {
      return Unexpected("a text");
    }
    for (const DType type : kTypes) {
      if (NameOf(type) == value) {
        entries.back().dtype = type;
        return true;
      }
    }
    Refuse(
        fmt::format("dtype \"{}\" is not supported (BOOL, U8, I8, I16, I32, I64, F16, BF16, F32 "
                    "and F64 are)",
                    Printable(value)));
  }

  bool start_object(std::size_t /*size*/) override {
    if (state_ == State::kStart) {
      state_ = State::kTop;
    } else if (state_ == State::kTop) {
      keys_.clear();
      if (key_ == kMetadata) {
        state_ = State::kMetadata;
      } else {
        state_ = State::kTensor;
        if (entries.size() >= kMaxTensors) {
          Refuse(fmt::format("more than {} tensors", kMaxTensors));
        }
        entries.push_back({.name = key_});
      }
    } else {
      return Unexpected("an object");
    }
    return true;
  }

  bool key(string_t& value) override {
    // Names of tensors and "__metadata__" share one object.
    auto& seen = state_ == State::kTop ? names_ : keys_;
    if (!seen.insert(value).second) {
      Refuse(fmt::format("key \"{}\" stands there twice", Printable(value)));
    }
    key_ = std::move(value);
    if (state_ == State::kTensor && key_ != "dtype" && key_ != "shape" && key_ != "data_offsets") {
      Refuse(fmt::format("unknown key \"{}\"", Printable(key_)));
    }
    return true;
  }

  bool end_object() override {
    if (state_ == State::kTensor) {
      const Entry& entry = entries.back();
      if (!entry.dtype || !entry.has_shape || entry.offsets.size() != 2) {
        Refuse("\"dtype\", \"shape\" and \"data_offsets\" of two numbers are needed");
      }
    }
    state_ = state_ == State::kTop ? State::kEnd : State::kTop;
    return true;
  }

  bool start_array(std::size_t /*size*/) override {
    if (state_ == State::kTensor && key_ == "shape") {
      entries.back().has_shape = true;
      state_ = State::kShape;
    } else if (state_ == State::kTensor && key_ == "data_offsets") {
      state_ = State::kOffsets;
    } else {
      return Unexpected("a list");
    }
    return true;
  }

  bool end_array() override {
    state_ = State::kTensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    Fail(ErrorKind::kData, "{}: the header is no valid JSON at byte {}", file_,
         kLengthBytes + position);
  }

 private:
  enum class State { kStart, kTop, kTensor, kShape, kOffsets, kMetadata, kEnd };
  static constexpr std::size_t kMaxDimensions = 64;

  [[nodiscard]] std::string Where() const {
    const bool tensor =
        state_ == State::kTensor || state_ == State::kShape || state_ == State::kOffsets;
    return tensor ? fmt::format("tensor \"{}\"", Printable(entries.back().name))
                  : std::string("header");
  }
  [[noreturn]] void Refuse(std::string_view what) const {
    Fail(ErrorKind::kData, "{}: {}: {}", file_, Where(), what);
  }
  // Never returns; the type suits the callers.
  [[noreturn]] bool Unexpected(std::string_view what) const {
    Refuse(fmt::format("{} where none may stand, after key \"{}\"", what, Printable(key_)));
  }
  void CheckLength(std::size_t size, std::size_t limit) const {
    if (size > limit) {
      Refuse(fmt::format("\"{}\" has more than {} numbers", Printable(key_), limit));
    }
  }

  std::string_view file_;
  State state_ = State::kStart;
  std::string key_;
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> keys_;
};

// The tensors must cover the data from its first byte to its last, without holes or overlaps:
// otherwise two readers could see different files.
void CheckLayout(std::vector<Entry>& entries, std::size_t data_size, std::string_view file) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    const std::string what = fmt::format("{}: tensor \"{}\"", file, Printable(entry.name));
    const std::uint64_t begin = entry.offsets[0];
    const std::uint64_t end = entry.offsets[1];
    if (begin > end || end > data_size) {
      Fail(ErrorKind::kData, "{}: offsets {} to {} lie outside the {} bytes of data", what, begin,
           end, data_size);
    }
    if (begin != expected) {
      Fail(ErrorKind::kData, "{}: starts at byte {} of the data, {} expected ({})", what, begin,
           expected, begin < expected ? "tensors overlap" : "a hole before it");
    }
    if (const std::size_t size = CheckedByteCount(*entry.dtype, entry.shape, what);
        size != end - begin) {
      Fail(ErrorKind::kData, "{}: {} of shape {} needs {} bytes, {} are given", what,
           NameOf(*entry.dtype), ShapeText(entry.shape), size, end - begin);
    }
    expected = end;
  }
  if (expected != data_size) {
    Fail(ErrorKind::kData, "{}: {} bytes of data belong to no tensor", file, data_size - expected);
  }
}

// Of a file of `file_size` bytes that begins with `start`.
std::size_t HeaderSize(ByteView start, std::uint64_t file_size, std::string_view name) {
  if (file_size < kLengthBytes || start.size() < kLengthBytes) {
    Fail(ErrorKind::kData, "{}: {} bytes are no safetensors file", name, file_size);
  }
  const auto header_size = LoadLe<std::uint64_t>(start, 0);
  if (header_size > kMaxSafetensorsHeader) {
    Fail(ErrorKind::kData,
         "{}: a header of {} bytes, at most {} are read; is this a safetensors file?", name,
         header_size, kMaxSafetensorsHeader);
  }
  if (header_size > file_size - kLengthBytes) {
    Fail(ErrorKind::kData, "{}: cut short: a header of {} bytes in a file of {}", name, header_size,
         file_size);
  }
  return static_cast<std::size_t>(header_size);
}

SafetensorsLayout ParseHeader(ByteView bytes, std::uint64_t data_size, std::string_view name) {
  const std::string_view header = AsText(bytes);
  if (!header.starts_with('{')) {
    Fail(ErrorKind::kData, "{}: the header does not start with '{{'", name);
  }
  HeaderReader reader(name);
  Json::sax_parse(header, &reader);
  CheckLayout(reader.entries, data_size, name);
  SafetensorsLayout layout;
  layout.metadata = std::move(reader.metadata);
  layout.tensors.reserve(reader.entries.size());
  for (Entry& entry : reader.entries) {
    layout.tensors.push_back({.name = std::move(entry.name),
                              .dtype = *entry.dtype,
                              .shape = std::move(entry.shape),
                              .offset = kLengthBytes + bytes.size() + entry.offsets[0],
                              .bytes = entry.offsets[1] - entry.offsets[0]});
  }
  return layout;
}

void CheckValues(const Array& array, std::string_view tensor, std::string_view file) {
  if (array.dtype == DType::kBool &&
      std::ranges::any_of(array.data, [](std::byte b) { return b > std::byte{1}; })) {
    Fail(ErrorKind::kData, "{}: tensor \"{}\": a BOOL is neither 0 nor 1", file, Printable(tensor));
  }
}

void ReadAt(std::ifstream& stream, std::uint64_t offset, Bytes& into, const Path& file) {
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(offset));
  stream.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  if (static_cast<std::size_t>(stream.gcount()) != into.size()) {
    Fail(ErrorKind::kData, "{}: cannot read {} bytes at {}; was it cut short?", file.string(),
         into.size(), offset);
  }
}

}  // namespace

const SafetensorsLayout::Tensor* SafetensorsLayout::Find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &Tensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

Safetensors ParseSafetensors(ByteView bytes, std::string_view name) {
  const std::size_t header_size = HeaderSize(bytes, bytes.size(), name);
  SafetensorsLayout layout = ParseHeader(bytes.subspan(kLengthBytes, header_size),
                                         bytes.size() - kLengthBytes - header_size, name);
  Safetensors result;
  result.metadata = std::move(layout.metadata);
  result.tensors.reserve(layout.tensors.size());
  for (SafetensorsLayout::Tensor& tensor : layout.tensors) {
    const ByteView part = bytes.subspan(static_cast<std::size_t>(tensor.offset),
                                        static_cast<std::size_t>(tensor.bytes));
    Array array{.dtype = tensor.dtype, .shape = std::move(tensor.shape), .data = {}};
    array.data.assign(part.begin(), part.end());
    CheckValues(array, tensor.name, name);
    result.tensors.emplace_back(std::move(tensor.name), std::move(array));
  }
  return result;
}

SafetensorsFile::SafetensorsFile(const Path& file) : file_(file), stream_(file, std::ios::binary) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error || !stream_) {
    Fail(ErrorKind::kData, "{}: cannot be read; is it there?", file.string());
  }
  Bytes start(std::min<std::size_t>(kLengthBytes, static_cast<std::size_t>(size)));
  ReadAt(stream_, 0, start, file);
  Bytes header(HeaderSize(start, size, file.string()));
  ReadAt(stream_, kLengthBytes, header, file);
  layout_ = ParseHeader(header, size - kLengthBytes - header.size(), file.string());
}

Array SafetensorsFile::Rows(std::string_view name, std::int64_t first, std::int64_t count) {
  const SafetensorsLayout::Tensor* const tensor = layout_.Find(name);
  if (tensor == nullptr) {
    Fail(ErrorKind::kData, "{}: has no tensor \"{}\"", file_.string(), Printable(name));
  }
  const std::int64_t rows = tensor->shape.empty() ? 0 : tensor->shape[0];
  if (first < 0 || count < 0 || first > rows || count > rows - first) {
    Fail(ErrorKind::kData, "{}: tensor \"{}\" has {} rows, none of number {}", file_.string(),
         Printable(name), rows, first + count - 1);
  }
  const std::uint64_t row_bytes = rows == 0 ? 0 : tensor->bytes / static_cast<std::uint64_t>(rows);
  Array array{.dtype = tensor->dtype, .shape = tensor->shape, .data = {}};
  array.shape[0] = count;
  array.data.resize(static_cast<std::size_t>(row_bytes) * static_cast<std::size_t>(count));
  ReadAt(stream_, tensor->offset + row_bytes * static_cast<std::uint64_t>(first), array.data,
         file_);
  CheckValues(array, name, file_.string());
  return array;
}

Safetensors ReadSafetensors(const Path& file) {
  return ParseSafetensors(ReadFileBytes(file), file.string());
}

Bytes SerializeSafetensors(const NamedArrays& tensors,
                           const std::map<std::string, std::string>& metadata,
                           std::string_view name) {
  std::vector<const std::pair<std::string, Array>*> order;
  std::unordered_set<std::string_view> names{kMetadata};
  std::size_t total = 0;
  for (const auto& entry : tensors) {
    const std::string what = fmt::format("{}: tensor \"{}\"", name, Printable(entry.first));
    if (!names.insert(entry.first).second) {
      Fail(ErrorKind::kData, "{}: the name is taken", what);
    }
    if (CheckedByteCount(entry.second.dtype, entry.second.shape, what) !=
        entry.second.data.size()) {
      Fail(ErrorKind::kData, "{}: {} bytes do not fit {} of shape {}", what,
           entry.second.data.size(), NameOf(entry.second.dtype), ShapeText(entry.second.shape));
    }
    total += entry.second.data.size();
    order.push_back(&entry);
  }
  // The widest types first: every tensor is then aligned to its own type.
  std::ranges::sort(order, [](const auto* a, const auto* b) {
    return std::pair(SizeOf(b->second.dtype), std::string_view(a->first)) <
           std::pair(SizeOf(a->second.dtype), std::string_view(b->first));
  });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) {
    header[std::string(kMetadata)] = metadata;
  }
  std::size_t offset = 0;
  for (const auto* entry : order) {
    const Array& array = entry->second;
    header[entry->first] = {{"dtype", NameOf(array.dtype)},
                            {"shape", array.shape},
                            {"data_offsets", {offset, offset + array.data.size()}}};
    offset += array.data.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::type_error&) {
    Fail(ErrorKind::kData, "{}: a tensor name or metadata text is not valid UTF-8", name);
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxSafetensorsHeader) {
    Fail(ErrorKind::kData, "{}: a header of {} bytes, at most {} are read back", name, text.size(),
         kMaxSafetensorsHeader);
  }
  Bytes out;
  out.reserve(kLengthBytes + text.size() + total);
  AppendLe<std::uint64_t>(out, text.size());
  Append(out, AsBytes(text));
  for (const auto* entry : order) {
    Append(out, entry->second.data);
  }
  return out;
}

void WriteSafetensors(const Path& file, const NamedArrays& tensors,
                      const std::map<std::string, std::string>& metadata) {
  WriteFileAtomic(file, SerializeSafetensors(tensors, metadata, file.string()));
}

}  // namespace agon::formats
