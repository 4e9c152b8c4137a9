// SPDX-License-Identifier: Apache-2.0
// The one precompiled header, shared by everything that knows LibTorch.
#pragma once

#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
