// SPDX-License-Identifier: Apache-2.0
// Between pictures of bytes and the numbers of a generator: rows of colours, interleaved, that a
// picture and a tensor with channels last share.
//
// Who needs this file: network_translator.cpp. Raw pointers, no LibTorch, so that the loops have
// compiler flags of their own (CMakeLists.txt).
//
// Thread safety: free functions; they stay on the calling thread.
#pragma once

#include <cstdint>

namespace agon::cyclegan::loops {

// `columns` pixels of a row, of which number i is pixel from[i] of `row`: 0 to -1, the largest
// to 1.
void ToUnit(const std::uint8_t* row, const std::int32_t* from, std::int64_t columns, float* out);
void ToUnit(const std::uint16_t* row, const std::int32_t* from, std::int64_t columns, float* out);

// `count` values of [-1,1] to the nearest whole number; beyond the ends: the ends.
void FromUnit(const float* values, std::int64_t count, std::uint8_t* out);
void FromUnit(const float* values, std::int64_t count, std::uint16_t* out);

}  // namespace agon::cyclegan::loops
