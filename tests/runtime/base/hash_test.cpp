// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/base/error.h"

namespace agon {
namespace {

// FIPS 180-2, appendix B.
TEST(Hash, Sha256IsTheStandardOne) {
  EXPECT_EQ(Sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256(AsBytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, Sha256OfAFileIsThatOfItsBytes) {
  const Path path =
      std::filesystem::temp_directory_path() / ("agon-hash-test-" + std::to_string(::getpid()));
  const std::string content(3'000'000, 'a');  // more than one buffer
  WriteFileAtomic(path, content);
  EXPECT_EQ(Sha256OfFile(path), Sha256(AsBytes(content)));
  std::filesystem::remove(path);
  EXPECT_THROW(static_cast<void>(Sha256OfFile(path)), Error);
  EXPECT_THROW(static_cast<void>(Sha256OfFile("/tmp")), Error);
}

// The check value of the catalogue of CRCs: the nine digits.
TEST(Hash, CrcsHaveTheirCheckValues) {
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926U);
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xE3069283U);
  EXPECT_EQ(Crc32c({}), 0U);
}

// RFC 3720, appendix B.4.
TEST(Hash, Crc32cOfLongerTexts) {
  EXPECT_EQ(Crc32c(AsBytes(std::string(32, '\0'))), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(AsBytes(std::string(32, '\xff'))), 0x62A8AB43U);
}

// TensorBoard's own example, masked as its records are.
TEST(Hash, Crc32cMatchesTensorBoard) {
  const std::uint32_t crc =
      Crc32c(AsBytes("\x1a\x11"
                     "CRC test, one two"));
  EXPECT_EQ(((crc >> 15) | (crc << 17)) + 0xA282EAD8U, 0x5794D08AU);
}

// The vectors of the FNV reference code.
TEST(Hash, Fnv1a) {
  EXPECT_EQ(Fnv1a(""), 0xcbf29ce484222325U);
  EXPECT_EQ(Fnv1a("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(Fnv1a("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace agon
