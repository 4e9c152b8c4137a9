// SPDX-License-Identifier: Apache-2.0
// What the tests of the file formats share: arrays from numbers, errors as texts, real data.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/files.h"
#include "runtime/base/temporary_folder.h"
#include "runtime/formats/array.h"

namespace agon::formats {

template <class T>
[[nodiscard]] Bytes BytesOf(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }
  return bytes;
}

[[nodiscard]] inline Bytes BytesOf(std::string_view text) {
  const ByteView view = AsBytes(text);
  return {view.begin(), view.end()};
}

template <class T>
[[nodiscard]] std::vector<T> ValuesOf(const Array& array) {
  std::vector<T> values(array.data.size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), array.data.data(), array.data.size());
  }
  return values;
}

template <class T>
[[nodiscard]] Array MakeArray(DType dtype, const std::vector<std::int64_t>& shape,
                              const std::vector<T>& values) {
  return {.dtype = dtype, .shape = shape, .data = BytesOf(values)};
}

// The array of that name; a test failure and an empty one when there is none.
[[nodiscard]] inline Array Find(const NamedArrays& arrays, std::string_view name) {
  for (const auto& [key, array] : arrays) {
    if (key == name) {
      return array;
    }
  }
  ADD_FAILURE() << "no array \"" << name << '"';
  return {};
}

inline void ExpectSame(const Array& actual, const Array& expected) {
  EXPECT_EQ(actual.dtype, expected.dtype);
  EXPECT_EQ(actual.shape, expected.shape);
  EXPECT_EQ(actual.data, expected.data);
}

// The message of the Error that `call` throws; a test failure when it throws none, or one of more
// than one line.
template <class Call>
[[nodiscard]] std::string ErrorOf(Call&& call, ErrorKind kind = ErrorKind::kData) {
  try {
    (void)call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

// Where the real data lies; see the README there. The test skips when the file is missing.
[[nodiscard]] inline Path TestData(std::string_view name) {
  const char* folder = std::getenv("AGON_TEST_DATA");
  const Path root = folder != nullptr ? Path(folder) : Path(AGON_SOURCE_DIR) / "../shared/data";
  return root / name;
}

#define AGON_SKIP_WITHOUT(path)                       \
  if (!std::filesystem::exists(path)) {               \
    GTEST_SKIP() << (path).string() << " is missing"; \
  }

[[nodiscard]] inline Path Golden(std::string_view name) {
  return Path(AGON_SOURCE_DIR) / "tests/golden" / name;
}

}  // namespace agon::formats
