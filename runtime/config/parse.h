// SPDX-License-Identifier: Apache-2.0
// One text in, one tree out, with the source given by the caller: shared by files and overrides.
//
// Who needs this file: this folder only; everybody else uses value.h.
//
// Thread safety: a free function on its arguments.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/config/value.h"

namespace agon::config {

// `source->lines` are the lines of the carets; they have the columns of `text`.
[[nodiscard]] Value ParseSource(std::string_view text, const std::shared_ptr<const Source>& source,
                                Problems& problems);
[[nodiscard]] std::vector<std::string> SplitLines(std::string_view text);

}  // namespace agon::config
