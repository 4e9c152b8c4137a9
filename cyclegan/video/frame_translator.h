// SPDX-License-Identifier: Apache-2.0
// What the video pipeline asks of a translator: pictures in, pictures of the same size out, in
// order. The network's side of it is cyclegan/translate/network_translator.h.
//
// Thread safety: one thread.
#pragma once

#include <future>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/files.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

class FrameTranslator {
 public:
  virtual ~FrameTranslator() = default;
  // `input`: consecutive frames of one size and depth. `output` has as many; sets every field of
  // every picture. What it remembers of earlier frames (statistics smoothed over time) it updates.
  virtual void Translate(std::span<const media::Picture* const> input,
                         std::span<media::Picture> output) = 0;
  // Translate, but the frames may still be on their way when it returns, so that the next call's
  // join them and no thread waits at the end of a batch. Both spans' elements stay where they are
  // until the result was waited for, which throws what went wrong. All frames have arrived before
  // any other member is called.
  [[nodiscard]] virtual std::future<void> Begin(std::span<const media::Picture* const> input,
                                                std::span<media::Picture> output);
  // Forgets earlier frames: a cut, another video.
  virtual void Reset() {}
  // What it remembers, for a border between segments; LoadState(State()) goes on with the same
  // bits.
  [[nodiscard]] virtual Bytes State() const { return {}; }
  virtual void LoadState(const Bytes& state) { static_cast<void>(state); }
  [[nodiscard]] virtual std::string Summary() const = 0;  // "identity", "resnet 9 blocks of 64"

 protected:
  [[nodiscard]] static std::future<void> Done();  // what Begin gives when all have arrived
};

// Copies the frames: --weights identity.
[[nodiscard]] std::unique_ptr<FrameTranslator> IdentityTranslator();

}  // namespace agon::cyclegan
