// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/frame_translator.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

class Identity final : public FrameTranslator {
 public:
  void Translate(std::span<const media::Picture* const> input,
                 std::span<media::Picture> output) override {
    AGON_CHECK(input.size() == output.size());
    for (std::size_t i = 0; i < input.size(); ++i) output[i] = *input[i];
  }
  [[nodiscard]] std::string Summary() const override { return "identity"; }
};

}  // namespace

std::future<void> FrameTranslator::Begin(std::span<const media::Picture* const> input,
                                         std::span<media::Picture> output) {
  Translate(input, output);
  return Done();
}

std::future<void> FrameTranslator::Done() {
  std::promise<void> done;
  done.set_value();
  return done.get_future();
}

std::unique_ptr<FrameTranslator> IdentityTranslator() { return std::make_unique<Identity>(); }

}  // namespace agon::cyclegan
