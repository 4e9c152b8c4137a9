// SPDX-License-Identifier: Apache-2.0
// Does nothing. Linked with LibTorch, it takes the time that loading LibTorch takes: what the
// start-up of `agon check` is compared with.
int main() { return 0; }
