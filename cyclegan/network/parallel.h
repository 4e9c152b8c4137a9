// SPDX-License-Identifier: Apache-2.0
// Loops of our own on LibTorch's threads: between two of its operators they are awake and hot, and
// a thread of ours would only compete with them.
//
// Who needs this file: fused_norm.cpp, columns.cpp and network_translator.cpp.
//
// Thread safety: from any thread.
#pragma once

#include <cstdint>
#include <functional>

namespace agon::cyclegan {

// Calls work(i) once for every i in [0, count), from as many threads as LibTorch uses for the
// calling one, neighbours on the same thread; returns when all are done. `work` must not throw.
void ForParts(std::int64_t count, const std::function<void(std::int64_t)>& work);

}  // namespace agon::cyclegan
