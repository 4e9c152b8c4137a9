// SPDX-License-Identifier: Apache-2.0
// Words as exec and posix_spawn take them.
//
// Thread safety: a free function.
#pragma once

#include <string>
#include <vector>

namespace agon {

// Pointers to each word and a null at the end, good as long as `words` lives and stays as it is.
[[nodiscard]] inline std::vector<char*> CStrings(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace agon
