// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/idx.h"

#include <zlib.h>

#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Bytes Idx(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

Bytes Gzip(const Bytes& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes out(bytes.size() + 100);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const Bytes kSmall = Idx({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6});

TEST(Idx, ReadsBytes) {
  ExpectSame(ParseIdx(kSmall, "i"),
             MakeArray<std::uint8_t>(DType::kU8, {2, 3}, {1, 2, 3, 4, 5, 6}));
}

TEST(Idx, ConvertsBigEndianNumbers) {
  ExpectSame(ParseIdx(Idx({0, 0, 0x0b, 1, 0, 0, 0, 1, 0x01, 0x02}), "i"),
             MakeArray<std::int16_t>(DType::kI16, {1}, {0x0102}));
  // 1.0f is 3f800000.
  ExpectSame(ParseIdx(Idx({0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0x80, 0, 0}), "i"),
             MakeArray<float>(DType::kF32, {1}, {1.0F}));
}

TEST(Idx, GzipIsToldByContent) {
  ExpectSame(ParseIdx(Gzip(kSmall), "no-extension"), ParseIdx(kSmall, "i"));
  // Several gzip streams one after the other are one file.
  Bytes two = Gzip(Bytes(kSmall.begin(), kSmall.begin() + 5));
  const Bytes rest = Gzip(Bytes(kSmall.begin() + 5, kSmall.end()));
  two.insert(two.end(), rest.begin(), rest.end());
  ExpectSame(ParseIdx(two, "i"), ParseIdx(kSmall, "i"));
}

TEST(Idx, RefusesEveryCutAndWhatIsTooLong) {
  for (std::size_t size = 0; size < kSmall.size(); ++size) {
    EXPECT_THAT(ErrorOf([&] { return ParseIdx(ByteView(kSmall).first(size), "i.idx"); }),
                HasSubstr("i.idx"));
  }
  Bytes longer = kSmall;
  longer.push_back(std::byte{0});
  EXPECT_THAT(ErrorOf([&] { return ParseIdx(longer, "i"); }),
              AllOf(HasSubstr("needs 6 bytes"), HasSubstr("7 are there")));
  const Bytes zipped = Gzip(kSmall);
  EXPECT_THAT(ErrorOf([&] { return ParseIdx(ByteView(zipped).first(zipped.size() - 1), "i"); }),
              HasSubstr("cut"));
}

TEST(Idx, RefusesUnknownTypesAndAbsurdShapes) {
  EXPECT_THAT(ErrorOf([] {
                return ParseIdx(Idx({0, 0, 7, 1, 0, 0, 0, 0}), "i");
              }),
              HasSubstr("type 0x07"));
  EXPECT_THAT(ErrorOf([] {
                return ParseIdx(
                    Idx({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}),
                    "i");
              }),
              HasSubstr("too large"));
}

TEST(Idx, ReadsMnist) {
  const Path file = TestData("mnist/t10k-labels-idx1-ubyte.gz");
  AGON_SKIP_WITHOUT(file);
  const Array labels = ReadIdx(file);
  EXPECT_EQ(labels.shape, std::vector<std::int64_t>{10'000});
  EXPECT_EQ(ValuesOf<std::uint8_t>(labels)[0], 7);  // the first test digit is a seven
}

}  // namespace
}  // namespace agon::formats
