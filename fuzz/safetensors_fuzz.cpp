// SPDX-License-Identifier: Apache-2.0
// safetensors files: any bytes either parse or throw agon::Error; memory stays within a multiple of
// the input.
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/base/error.h"
#include "runtime/formats/safetensors.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    (void)agon::formats::ParseSafetensors(std::as_bytes(std::span(data, size)), "fuzz");
  } catch (const agon::Error&) {
    // Refused with a reason: what damaged input deserves.
  }
  return 0;
}
