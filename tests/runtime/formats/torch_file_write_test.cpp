// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/torch_file_write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/formats/byte_order.h"
#include "runtime/formats/torch_file.h"
#include "runtime/formats/zip.h"
#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Array Counting(DType type, std::vector<std::int64_t> shape) {
  Array array{.dtype = type, .shape = std::move(shape), .data = {}};
  array.data.resize(CheckedByteCount(type, array.shape, "test"));
  for (std::size_t i = 0; i < array.data.size(); ++i) {
    array.data[i] = static_cast<std::byte>(type == DType::kBool ? i % 2 : i * 7);
  }
  return array;
}

NamedArrays EveryType() {
  NamedArrays arrays;
  for (const DType type : {DType::kBool, DType::kU8, DType::kI8, DType::kI16, DType::kI32,
                           DType::kI64, DType::kF16, DType::kBF16, DType::kF32, DType::kF64}) {
    arrays.emplace_back("of." + std::string(NameOf(type)), Counting(type, {2, 3}));
  }
  arrays.emplace_back("scalar", Counting(DType::kF32, {}));
  arrays.emplace_back("empty", Counting(DType::kF32, {0, 3}));
  arrays.emplace_back("five", Counting(DType::kF32, {2, 1, 3, 1, 2}));
  arrays.emplace_back("long", Counting(DType::kU8, {70'000}));   // a four-byte number
  arrays.emplace_back("wide", Counting(DType::kF32, {300, 2}));  // a two-byte one
  return arrays;
}

TEST(TorchFileWrite, IsReadBack) {
  const NamedArrays arrays = EveryType();
  const NamedArrays read = ParseTorchFile(SerializeTorchFile(arrays), "w.pth");
  ASSERT_EQ(read.size(), arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(read[i].first, arrays[i].first);
    ExpectSame(read[i].second, arrays[i].second);
  }
}

// PyTorch's reader wants data.pkl and version below one folder; its files begin each member at a
// multiple of 64 bytes, so that a storage can be mapped.
TEST(TorchFileWrite, HasTheMembersAndTheirPlaces) {
  const Bytes bytes =
      SerializeTorchFile({{"a", Counting(DType::kF32, {3})}, {"b", Counting(DType::kI64, {1})}});
  const ZipReader zip(bytes, "w.pth");
  std::vector<std::string> names;
  for (const ZipMember& member : zip.members()) {
    names.push_back(member.name);
    EXPECT_EQ(member.method, 0);
    const auto header = static_cast<std::size_t>(member.header_offset);
    const std::size_t data = header + 30 + LoadLe<std::uint16_t>(bytes, header + 26) +
                             LoadLe<std::uint16_t>(bytes, header + 28);
    EXPECT_EQ(data % 64, 0U) << member.name;
  }
  EXPECT_THAT(names, ElementsAre("archive/data.pkl", "archive/byteorder", "archive/data/0",
                                 "archive/data/1", "archive/version"));
  const auto text = [&](const char* name) {
    const Bytes read = zip.Read(*zip.Find(name));
    return std::string(AsText(read));
  };
  EXPECT_EQ(text("archive/version"), "3\n");
  EXPECT_EQ(text("archive/byteorder"), "little");
}

// What weights_only=True allows: these globals, none else.
TEST(TorchFileWrite, NamesOnlyWhatEveryReaderAllows) {
  const Bytes bytes = SerializeTorchFile({{"a", Counting(DType::kF32, {3})}});
  const ZipReader zip(bytes, "w.pth");
  const Bytes pickle = zip.Read(*zip.Find("archive/data.pkl"));
  const std::string text(AsText(pickle));
  EXPECT_EQ(text.substr(0, 2), "\x80\x02");
  EXPECT_EQ(text.back(), '.');
  EXPECT_THAT(text, HasSubstr("ccollections\nOrderedDict\n)R(X\x01"));
  EXPECT_THAT(text, HasSubstr("ctorch._utils\n_rebuild_tensor_v2\n((X\x07"));
  EXPECT_THAT(text, HasSubstr("ctorch\nFloatStorage\nX\x01"));
}

TEST(TorchFileWrite, AnEmptyStateIsADictWithoutTensors) {
  const Bytes bytes = SerializeTorchFile({});
  EXPECT_THAT(ErrorOf([&] { return ParseTorchFile(bytes, "w.pth"); }), HasSubstr("no tensors"));
}

TEST(TorchFileWrite, EqualArraysGiveEqualFiles) {
  TemporaryFolder folder;
  WriteTorchFile(folder / "a.pth", EveryType());
  WriteTorchFile(folder / "b.pth", EveryType());
  EXPECT_EQ(ReadFileBytes(folder / "a.pth"), ReadFileBytes(folder / "b.pth"));
  EXPECT_FALSE(IsTorchScript(folder / "a.pth"));
}

}  // namespace
}  // namespace agon::formats
