// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "runtime/base/error.h"

namespace agon {
namespace {

template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    static_cast<void>(kFree(object));
  }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using CFile = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

class Sha256Stream {
 public:
  Sha256Stream() : context_(EVP_MD_CTX_new()) {
    AGON_CHECK(context_ != nullptr);
    AGON_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void Add(ByteView bytes) {
    AGON_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  [[nodiscard]] std::string Hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    AGON_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
  }

 private:
  DigestContext context_;
};

// Slicing by 8 (Kounavis & Berry 2005): table[k][b] is the CRC of byte b followed by k zero bytes.
using Crc32cTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Crc32cTables MakeCrc32cTables() {
  constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // Castagnoli, bits reversed
  Crc32cTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr Crc32cTables kCrc32c = MakeCrc32cTables();

}  // namespace

std::string Sha256(ByteView bytes) {
  Sha256Stream stream;
  stream.Add(bytes);
  return stream.Hex();
}

std::string Sha256OfFile(const Path& path) {
  const CFile file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    Fail(ErrorKind::kData, "{}: cannot be read: {}", path.string(), std::strerror(errno));
  }
  Sha256Stream stream;
  Bytes buffer(std::size_t{1} << 20);
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) {
    stream.Add(ByteView(buffer).first(count));
  }
  if (std::ferror(file.get()) != 0) {
    Fail(ErrorKind::kData, "{}: cannot be read: {}", path.string(), std::strerror(errno));
  }
  return stream.Hex();
}

std::uint32_t Crc32(ByteView bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::uint32_t Crc32c(ByteView bytes) {
  const auto byte_at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  std::uint32_t crc = 0xFFFFFFFFU;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    const std::uint32_t low =
        crc ^ (byte_at(i) | byte_at(i + 1) << 8 | byte_at(i + 2) << 16 | byte_at(i + 3) << 24);
    crc = kCrc32c[7][low & 0xFFU] ^ kCrc32c[6][(low >> 8) & 0xFFU] ^
          kCrc32c[5][(low >> 16) & 0xFFU] ^ kCrc32c[4][low >> 24] ^ kCrc32c[3][byte_at(i + 4)] ^
          kCrc32c[2][byte_at(i + 5)] ^ kCrc32c[1][byte_at(i + 6)] ^ kCrc32c[0][byte_at(i + 7)];
  }
  for (; i < bytes.size(); ++i) crc = (crc >> 8) ^ kCrc32c[0][(crc ^ byte_at(i)) & 0xFFU];
  return ~crc;
}

}  // namespace agon
