// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/library.h"
#include "tests/runtime/plugin/toy.h"

namespace {

// Succeeds once and then meets a name that is taken.
void RegisterTwice(agon::Registry& registry) {
  registry.Add<agon::test::Toy, agon::test::Flute>("half_done", "must not stay");
  registry.Add<agon::test::Toy, agon::test::Flute>("drum", "is there already");
}

}  // namespace

AGON_PLUGIN(RegisterTwice);
