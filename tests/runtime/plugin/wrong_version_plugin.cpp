// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/library.h"

namespace {

void RegisterNothing(agon::Registry&) {}

}  // namespace

extern "C" __attribute__((visibility("default"))) const agon::AgonPluginDescriptor*
agon_plugin_descriptor() {
  static const agon::AgonPluginDescriptor descriptor{sizeof(agon::AgonPluginDescriptor),
                                                     agon::kPluginAbi,
                                                     "99.7.0",
                                                     "",
                                                     AGON_COMPILER_ID,
                                                     &RegisterNothing};
  return &descriptor;
}
