// SPDX-License-Identifier: Apache-2.0
// What the tests of CycleGAN learning share: small configurations, domains of made-up pictures,
// trainings in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "cyclegan/learn/trainer.h"
#include "runtime/base/error.h"
#include "runtime/base/temporary_folder.h"

namespace agon::cyclegan {

// All components, once.
void RegisterEverything();

// A tiny training, `lines` of YAML (flow style) added to it or replacing its keys.
[[nodiscard]] CycleganConfig SmallConfig(const std::string& lines = {});

// The message of what `action` throws; fails when it is of another kind or nothing is thrown.
[[nodiscard]] std::string MessageOf(const std::function<void()>& action, ErrorKind kind);

// A picture of one colour with some noise of its own; the same for the same seed.
[[nodiscard]] formats::Pixels MadeUp(int width, int height, int colour, std::uint32_t seed);
// Domain A is dark, B bright: `a` and `b` pictures of side x side.
[[nodiscard]] DomainPair MadeUpDomains(std::int64_t a, std::int64_t b, int side = 20);

[[nodiscard]] DevicePolicy OneThread();

// A folder of the test's own, removed with it; runs inside.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  [[nodiscard]] Path Folder(const std::string& name) const { return folder_ / name; }
  void Write(const std::string& name, const formats::Pixels& picture) const;  // PNG
  void Write(const std::string& name, std::string_view text) const;

  // A new run there, or the one there continued.
  [[nodiscard]] CycleganResult Train(const CycleganConfig& config, const DomainPair& domains,
                                     const std::string& name) const;
  [[nodiscard]] CycleganResult Resume(const CycleganConfig& config, const DomainPair& domains,
                                      const std::string& name) const;

 private:
  TemporaryFolder folder_;
};

// Every bit of every tensor of two weights files.
[[nodiscard]] bool SameWeights(const Path& a, const Path& b);

}  // namespace agon::cyclegan
