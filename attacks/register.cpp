// SPDX-License-Identifier: Apache-2.0
// The attacks that are built in: one line each.
#include "attacks/attack.h"

namespace agon::attacks {

void RegisterApgdCe(Registry& registry);
void RegisterFgsm(Registry& registry);
void RegisterPgd(Registry& registry);

void RegisterAttacks(Registry& registry) {
  RegisterApgdCe(registry);
  RegisterFgsm(registry);
  RegisterPgd(registry);
}

}  // namespace agon::attacks
