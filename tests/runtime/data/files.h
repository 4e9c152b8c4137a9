// SPDX-License-Identifier: Apache-2.0
// Small dataset files for tests, in a folder that goes away.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/base/temporary_folder.h"

namespace agon {

class TestFolder {
 public:
  [[nodiscard]] const Path& path() const { return folder_.path(); }
  Path Write(const std::string& name, const std::vector<unsigned char>& bytes) const {
    const Path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    return file;
  }

 private:
  TemporaryFolder folder_;
};

// An IDX file of bytes: 0 0 8 dimensions, sizes big-endian, data.
inline std::vector<unsigned char> IdxBytes(const std::vector<int>& shape,
                                           const std::vector<unsigned char>& data) {
  std::vector<unsigned char> bytes = {0, 0, 8, static_cast<unsigned char>(shape.size())};
  for (const int size : shape) {
    for (const int shift : {24, 16, 8, 0})
      bytes.push_back(static_cast<unsigned char>(size >> shift));
  }
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

// 0, 1, 2, ... modulo 256
inline std::vector<unsigned char> Counting(std::size_t count) {
  std::vector<unsigned char> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>(i);
  return bytes;
}

// The folder of real test data.
inline Path TestData() {
  const char* const given = std::getenv("AGON_TEST_DATA");
  return given != nullptr ? Path(given) : Path(AGON_SOURCE_DIR) / ".." / "shared" / "data";
}

}  // namespace agon
