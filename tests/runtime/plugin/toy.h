// SPDX-License-Identifier: Apache-2.0
// A kind of component for the tests: toys make a sound.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "runtime/plugin/registry.h"

namespace agon::test {

class Toy {
 public:
  static constexpr std::string_view kKind = "toy";
  struct Capabilities {
    bool loud = false;
    Capabilities& Loud() {
      loud = true;
      return *this;
    }
    [[nodiscard]] nlohmann::json ToJson() const { return {{"loud", loud}}; }
  };
  virtual ~Toy() = default;
  [[nodiscard]] virtual std::string Sound() const = 0;
};

class Drum final : public Toy {
 public:
  static void Describe(Description<Drum>& d) {
    d.Loud();
    d.Paper("Tin 1954");
    d.Field(&Drum::beats_, "beats", "strokes in a row").Min(1);
    d.Field(&Drum::name_of_stick_, "stick", "what it is struck with").Choices({"wood", "felt"});
  }
  [[nodiscard]] std::string Sound() const override {
    std::string sound;
    for (std::int64_t i = 0; i < beats_; ++i) sound += "bum";
    return sound;
  }

 private:
  std::int64_t beats_ = 1;
  std::string name_of_stick_ = "wood";
};

class Flute final : public Toy {
 public:
  static void Describe(Description<Flute>& d) { d.Paper("Pan"); }
  [[nodiscard]] std::string Sound() const override { return "fiu"; }
};

}  // namespace agon::test
