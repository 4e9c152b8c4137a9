// SPDX-License-Identifier: Apache-2.0
// State dicts for Python: files that torch.load(file, weights_only=True) reads, in the zip format
// that torch.save writes since 1.6. To read such files use torch_file.h.
//
// Layout (docs/formats.md): a zip of stored members that begin at multiples of 64 bytes,
//   archive/data.pkl    an OrderedDict from names to torch._utils._rebuild_tensor_v2(storage, ...)
//   archive/byteorder   "little"
//   archive/data/N      the bytes of tensor N, each a storage of its own
//   archive/version     "3"
//
// Thread safety: free functions.
#pragma once

#include "runtime/formats/array.h"

namespace agon::formats {

// Equal arrays give equal bytes. Error(kIo): 4 GiB or more.
[[nodiscard]] Bytes SerializeTorchFile(const NamedArrays& arrays);
// Atomic. Error(kIo) naming the file.
void WriteTorchFile(const Path& file, const NamedArrays& arrays);

}  // namespace agon::formats
