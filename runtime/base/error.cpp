// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/error.h"

namespace agon {

Error::~Error() = default;

}  // namespace agon
