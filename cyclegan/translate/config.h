// SPDX-License-Identifier: Apache-2.0
// What a translation is: the configuration of `agon cyclegan translate`, made of its options.
//
// Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/config/fields.h"

namespace agon::cyclegan {

inline constexpr const char* kIdentity = "identity";

struct TranslateConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  std::string weights;  // a file, or kIdentity
  std::string direction = "a2b";
  Path input, output;
  std::int64_t height = 0;
  std::string steady = "auto";
  bool side_by_side = false;
  std::string metrics = "some";
  std::string codec = "auto";
  std::int64_t crf = 20;
  std::string preset = "medium";
  std::int64_t batch = 0;
  std::int64_t segment = 100;
  std::string precision = "auto";

  [[nodiscard]] bool IsIdentity() const { return weights == kIdentity; }
  static void Describe(config::Fields<TranslateConfig>& f);
};

}  // namespace agon::cyclegan
