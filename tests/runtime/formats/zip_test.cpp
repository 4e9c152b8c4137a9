// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/zip.h"

#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::HasSubstr;

Bytes TwoMembers() { return WriteZip({{"a.txt", BytesOf("hello")}, {"folder/b", BytesOf("")}}); }

std::string Refusal(const Bytes& bytes) {
  return ErrorOf([&] {
    const ZipReader zip(bytes, "a.zip");
    for (const ZipMember& member : zip.members()) {
      (void)zip.Read(member);
    }
    return 0;
  });
}

TEST(Zip, ReadsWhatItWrites) {
  const Bytes bytes = TwoMembers();
  EXPECT_TRUE(LooksLikeZip(bytes));
  const ZipReader zip(bytes, "a.zip");
  ASSERT_EQ(zip.members().size(), 2U);
  EXPECT_EQ(zip.members()[1].name, "folder/b");
  EXPECT_EQ(zip.Read(*zip.Find("a.txt")), BytesOf("hello"));
  EXPECT_TRUE(zip.Read(zip.members()[1]).empty());
  EXPECT_EQ(zip.Find("c"), nullptr);
}

// Equal members give equal bytes: no time of day inside.
TEST(Zip, IsReproducible) { EXPECT_EQ(TwoMembers(), TwoMembers()); }

TEST(Zip, AnEmptyArchiveHasNoMembers) {
  const Bytes bytes = WriteZip({});
  EXPECT_EQ(bytes.size(), 22U);
  EXPECT_TRUE(ZipReader(bytes, "a.zip").members().empty());
}

TEST(Zip, FindsTheDirectoryBehindAComment) {
  Bytes bytes = TwoMembers();
  bytes[bytes.size() - 2] = std::byte{4};
  const Bytes comment = BytesOf("PK\x05\x06");
  bytes.insert(bytes.end(), comment.begin(), comment.end());
  EXPECT_EQ(ZipReader(bytes, "a.zip").members().size(), 2U);
}

TEST(Zip, NoticesEveryFlippedBitOfTheData) {
  const Bytes good = TwoMembers();
  const std::size_t data = 30 + 5;  // behind the local header and the name
  for (std::size_t bit = 0; bit < 5 * 8; ++bit) {
    Bytes damaged = good;
    damaged[data + bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_THAT(Refusal(damaged), HasSubstr("checksum"));
  }
}

TEST(Zip, RefusesEveryCutWithoutCrashing) {
  const Bytes good = TwoMembers();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(Refusal(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
                HasSubstr("a.zip"));
  }
}

TEST(Zip, RefusesTwoMembersOfOneName) {
  EXPECT_THAT(Refusal(WriteZip({{"a", BytesOf("1")}, {"a", BytesOf("2")}})),
              HasSubstr("two zip members are named \"a\""));
}

TEST(Zip, RefusesEncryptedAndUnknownMembers) {
  const Bytes good = WriteZip({{"a", BytesOf("1")}});
  const std::size_t central = 30 + 1 + 1;
  Bytes encrypted = good;
  encrypted[central + 8] |= std::byte{1};
  EXPECT_THAT(Refusal(encrypted), HasSubstr("encrypted"));
  Bytes unknown = good;
  unknown[central + 10] = std::byte{93};
  EXPECT_THAT(Refusal(unknown), HasSubstr("method 93"));
}

// 100 MB of zeros shrink to 100 kB; the announced size, not the unpacked one, is what is allocated.
TEST(Zip, InflateStopsAtItsLimit) {
  // A zlib stream of 1000 zeros, made by Python's zlib.compress(bytes(1000)).
  const Bytes stream =
      BytesOf(std::string_view("\x78\x9c\x63\x60\x18\x05\xa3\x60\x14\x0c\x77\x00"
                               "\x00\x03\xe8\x00\x01",
                               17));
  EXPECT_EQ(Inflate(stream, Wrapping::kZlib, 1000, "z"), Bytes(1000));
  EXPECT_THAT(ErrorOf([&] { return Inflate(stream, Wrapping::kZlib, 999, "z"); }),
              HasSubstr("more than 999 bytes"));
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_THAT(
        ErrorOf([&] { return Inflate(ByteView(stream).first(size), Wrapping::kZlib, 1000, "z"); }),
        HasSubstr("cut"));
  }
}

}  // namespace
}  // namespace agon::formats
