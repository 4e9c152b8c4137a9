// SPDX-License-Identifier: Apache-2.0
// A plug-in that names another version in its descriptor, or none and then fails to register.
#include "runtime/plugin/library.h"

#ifdef OTHER_AGON_VERSION
#undef AGON_VERSION
#define AGON_VERSION OTHER_AGON_VERSION
#endif
#ifdef OTHER_TORCH_VERSION
#undef TORCH_VERSION
#define TORCH_VERSION OTHER_TORCH_VERSION
#endif

namespace {

// Its message is formatted here and the exception crosses into the program: both libraries have to
// mean the same fmt and the same Error.
void RegisterFailing(agon::Registry&) {
  agon::Fail(agon::ErrorKind::kPlugin, "the licence of {} ran out", "the plug-in");
}

}  // namespace

AGON_PLUGIN(RegisterFailing);
