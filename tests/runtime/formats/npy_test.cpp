// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/npy.h"

#include "runtime/formats/zip.h"
#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Bytes Npy(std::string_view header, const Bytes& data) {
  Bytes bytes = BytesOf("\x93NUMPY");
  bytes.push_back(std::byte{1});
  bytes.push_back(std::byte{0});
  bytes.push_back(static_cast<std::byte>(header.size() & 0xff));
  bytes.push_back(static_cast<std::byte>(header.size() >> 8));
  const Bytes text = BytesOf(header);
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string Refusal(std::string_view header, const Bytes& data = {}) {
  const Bytes bytes = Npy(header, data);
  return ErrorOf([&] { return ParseNpy(bytes, "a.npy"); });
}

TEST(Npy, ReadsRowMajorAndColumnMajor) {
  const Bytes data = BytesOf(std::vector<std::int16_t>{1, 2, 3, 4, 5, 6});
  const Bytes c = Npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", data);
  EXPECT_EQ(ValuesOf<std::int16_t>(ParseNpy(c, "c")),
            (std::vector<std::int16_t>{1, 2, 3, 4, 5, 6}));
  // Column-major: the first index runs fastest.
  const Bytes f = Npy("{\"shape\":(2,3),'descr':'<i2','fortran_order':True}", data);
  EXPECT_EQ(ValuesOf<std::int16_t>(ParseNpy(f, "f")),
            (std::vector<std::int16_t>{1, 3, 5, 2, 4, 6}));
}

TEST(Npy, ConvertsBigEndian) {
  const Bytes bytes = Npy("{'descr': '>u1', 'fortran_order': False, 'shape': (1,), }", Bytes(1));
  EXPECT_EQ(ParseNpy(bytes, "a").dtype, DType::kU8);
  const Bytes wide = Npy("{'descr': '>i4', 'fortran_order': False, 'shape': (), }",
                         {std::byte{0}, std::byte{0}, std::byte{1}, std::byte{2}});
  EXPECT_EQ(ValuesOf<std::int32_t>(ParseNpy(wide, "a")), std::vector<std::int32_t>{258});
}

TEST(Npy, RefusesDamage) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  EXPECT_THAT(Refusal(good, Bytes(7)), AllOf(HasSubstr("a.npy"), HasSubstr("needs 8 bytes")));
  EXPECT_THAT(Refusal(good, Bytes(9)), HasSubstr("9 are there"));
  EXPECT_THAT(Refusal("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("type \"|O\" is not supported"));
  EXPECT_THAT(Refusal("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("records"));
  EXPECT_THAT(Refusal("{'descr': '<f4', 'fortran_order': False, }"), HasSubstr("are needed"));
  EXPECT_THAT(Refusal("{'descr': '<f4', 'descr': '<f4'}"), HasSubstr("twice"));
  EXPECT_THAT(Refusal("{'shape': (-1,)}"), HasSubstr("a size expected"));
  EXPECT_THAT(Refusal("{'shape': (9999999999999999999,)}"), HasSubstr("too large"));
  EXPECT_THAT(
      Refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
      HasSubstr("too large"));
}

TEST(Npy, SurvivesEveryFlippedBitOfTheHeader) {
  const Bytes good = Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", Bytes(8));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    try {
      EXPECT_EQ(ParseNpy(damaged, "a").data.size(), 8U);
    } catch (const Error&) {
    }
  }
}

TEST(Npz, KeepsNamesTypesAndBytes) {
  const TemporaryFolder folder;
  const NamedArrays arrays{{"b", MakeArray<float>(DType::kF32, {1, 2}, {0.5F, -1.0F})},
                           {"a.weight", MakeArray<std::uint8_t>(DType::kBool, {2}, {1, 0})},
                           {"scalar", MakeArray<std::int64_t>(DType::kI64, {}, {-1})}};
  WriteNpz(folder / "x.npz", arrays);
  const NamedArrays read = ReadNpz(folder / "x.npz");
  ASSERT_EQ(read.size(), arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(read[i].first, arrays[i].first);
    ExpectSame(read[i].second, arrays[i].second);
  }
}

// Deflated by NumPy, the matrix big-endian and in Fortran order.
TEST(Npz, ReadsWhatNumPyWrites) {
  const NamedArrays read = ReadNpz(Golden("reference.npz"));
  ASSERT_EQ(read.size(), 5U);
  ExpectSame(Find(read, "matrix"), MakeArray<float>(DType::kF32, {2, 3}, {0, 1, 2, 3, 4, 5}));
  ExpectSame(Find(read, "scalar"), MakeArray<std::int64_t>(DType::kI64, {}, {-7}));
  ExpectSame(Find(read, "half"), MakeArray<std::uint16_t>(DType::kF16, {1}, {0x3800}));
  ExpectSame(Find(read, "mask"), MakeArray<std::uint8_t>(DType::kBool, {2}, {1, 0}));
  ExpectSame(Find(read, "empty"), MakeArray<double>(DType::kF64, {0, 3}, {}));
}

TEST(Npz, NamesTheFileAndTheMember) {
  const Bytes bytes = WriteZip({{"w.npy", BytesOf("no array")}});
  EXPECT_THAT(ErrorOf([&] { return ParseNpz(bytes, "x.npz"); }),
              AllOf(HasSubstr("x.npz"), HasSubstr("\"w\"")));
  const Bytes other = WriteZip({{"readme.txt", {}}});
  EXPECT_THAT(ErrorOf([&] { return ParseNpz(other, "x.npz"); }), HasSubstr("readme.txt"));
}

TEST(Npz, RefusesTypesNumPyLacks) {
  const TemporaryFolder folder;
  const NamedArrays arrays{{"h", MakeArray<std::uint16_t>(DType::kBF16, {1}, {1})}};
  EXPECT_THAT(ErrorOf([&] {
                WriteNpz(folder / "x.npz", arrays);
                return 0;
              }),
              HasSubstr("BF16"));
}

}  // namespace
}  // namespace agon::formats
