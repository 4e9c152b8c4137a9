// SPDX-License-Identifier: Apache-2.0
// What the fused operators of oneDNN do not do for a network in evaluation mode, in one pass each
// over activations [rows, cells, channels] (channels last), float32 or bfloat16 (its bits).
//
// Who needs this file: inference.cpp. Raw pointers, no LibTorch, so that the loops have compiler
// flags of their own (CMakeLists.txt) and a version for each generation of vector registers.
//
// Thread safety: free functions; they stay on the calling thread.
#pragma once

#include <cstdint>

namespace agon::selfplay::loops {

struct Board {
  std::int64_t rows, cells, channels;
};

// out [rows, 2 channels]: mean, then maximum over the cells.
void Pool(const float* x, const Board& board, float* out);
void Pool(const std::uint16_t* x, const Board& board, std::uint16_t* out);

// x <- relu(x + bias), bias [rows, channels] the same for every cell.
void AddRelu(float* x, const float* bias, const Board& board);
void AddRelu(std::uint16_t* x, const std::uint16_t* bias, const Board& board);

}  // namespace agon::selfplay::loops
