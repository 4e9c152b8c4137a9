// SPDX-License-Identifier: Apache-2.0
// A generator as the video pipeline's translator: pictures to [-1,1], padded by reflection to
// multiples of 4, through the network in batches, cropped back, rounded to the picture's depth.
//
// Thread safety: one thread.
#pragma once

#include <memory>
#include <string>

#include "cyclegan/network/generator.h"
#include "cyclegan/video/frame_translator.h"
#include "runtime/tensor/device.h"

namespace agon::cyclegan {

struct NetworkTranslatorSettings {
  std::string precision = "auto";  // float32, bf16; auto: bf16 where the device is made for it
  double statistics_decay = 0;     // of InstanceNorm's statistics over frames; 0: each frame's own
};

[[nodiscard]] std::unique_ptr<FrameTranslator> NetworkTranslator(
    std::unique_ptr<Generator> generator, const NetworkTranslatorSettings& settings,
    const DevicePolicy& device);

}  // namespace agon::cyclegan
