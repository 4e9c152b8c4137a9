// SPDX-License-Identifier: Apache-2.0
// A library, but no plug-in.
extern "C" __attribute__((visibility("default"))) int Answer() { return 42; }
