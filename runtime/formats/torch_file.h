// SPDX-License-Identifier: Apache-2.0
// State dicts written by Python's torch.save, zip and legacy format. The pickle is interpreted by a
// reader that knows dictionaries, tuples, numbers, strings, storages and tensors
// (_rebuild_tensor, _rebuild_tensor_v2, _rebuild_parameter, OrderedDict) and nothing else: any
// other instruction or name is refused, nothing is ever executed.
#pragma once

#include "runtime/formats/array.h"

namespace agon::formats {

// The tensors of a state dict in its order, nested dicts flattened with '.': {"net": {"w": T}}
// gives "net.w"; values that are not tensors are skipped. Strided tensors are made contiguous.
// Error(kData) names the file, the tensor or the forbidden name ("posix.system").
// A TorchScript archive (constants.pkl, code/) is refused with a hint at --trust-model.
[[nodiscard]] NamedArrays ReadTorchFile(const Path& file);
[[nodiscard]] NamedArrays ParseTorchFile(ByteView bytes, std::string_view name);
// True for an archive made by torch.jit.save.
[[nodiscard]] bool IsTorchScript(const Path& file);

}  // namespace agon::formats
