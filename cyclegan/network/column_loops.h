// SPDX-License-Identifier: Apache-2.0
// Rows of columns.h: pictures of three channels, channels last, float32 or bfloat16 (its bits), and
// the same with the seven columns of a kernel as channels.
//
// Who needs this file: columns.cpp. Raw pointers, no LibTorch, so that the loops have compiler
// flags of their own (CMakeLists.txt).
//
// Thread safety: free functions; they stay on the calling thread.
#pragma once

#include <cstdint>

namespace agon::cyclegan::loops {

inline constexpr std::int64_t kColumns = 7;

// `width`: pixels of the narrower of the two rows. float and std::uint16_t.
// out[w][3 k + c] = x[w + k][c], and its way back.
template <class Number>
void SpreadColumns(const Number* x, std::int64_t width, Number* out);
template <class Number>
void SpreadColumnsBack(const Number* gradient, std::int64_t width, Number* out);
// out[w][c] = sum over k of x[w + k][3 k + c], and its way back.
template <class Number>
void SumColumns(const Number* x, std::int64_t width, float* out);
template <class Number>
void SumColumnsBack(const Number* gradient, std::int64_t width, Number* out);

}  // namespace agon::cyclegan::loops
