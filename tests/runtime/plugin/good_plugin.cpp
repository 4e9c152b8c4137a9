// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/library.h"
#include "tests/runtime/plugin/toy.h"

namespace {

class Bell final : public agon::test::Toy {
 public:
  static void Describe(agon::Description<Bell>& d) {
    d.Field(&Bell::tone_, "tone", "what it says");
  }
  [[nodiscard]] std::string Sound() const override { return tone_; }

 private:
  std::string tone_ = "ding";
};

void RegisterBell(agon::Registry& registry) {
  registry.Add<agon::test::Toy, Bell>("bell", "a bell from elsewhere");
}

}  // namespace

AGON_PLUGIN(RegisterBell);
