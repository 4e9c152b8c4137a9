// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/toasts.h"

#include <algorithm>
#include <utility>

namespace agon::viewer {
namespace {

constexpr double kInfoSeconds = 4, kErrorSeconds = 10;

double Duration(Toast::Tone tone) {
  return tone == Toast::Tone::kError ? kErrorSeconds : kInfoSeconds;
}

}  // namespace

void Toasts::Info(std::string text) { Add(Toast::Tone::kInfo, std::move(text)); }
void Toasts::Error(std::string text) { Add(Toast::Tone::kError, std::move(text)); }

// `until` stays 0 until the thread that draws, which knows the time, first sees the message.
void Toasts::Add(Toast::Tone tone, std::string text) {
  const std::lock_guard lock(mutex_);
  const auto same = std::find_if(toasts_.begin(), toasts_.end(), [&](const Toast& toast) {
    return toast.tone == tone && toast.text == text;
  });
  if (same != toasts_.end()) {
    ++same->count;
    same->until = 0;
    return;
  }
  if (toasts_.size() >= kMost) toasts_.erase(toasts_.begin());
  toasts_.push_back({.tone = tone, .text = std::move(text)});
}

std::vector<Toast> Toasts::Current(double now) {
  const std::lock_guard lock(mutex_);
  for (Toast& toast : toasts_) {
    if (toast.until == 0) toast.until = now + Duration(toast.tone);
  }
  std::erase_if(toasts_, [&](const Toast& toast) { return toast.until <= now; });
  return toasts_;
}

void Toasts::Dismiss(std::size_t place) {
  const std::lock_guard lock(mutex_);
  if (place < toasts_.size()) toasts_.erase(toasts_.begin() + static_cast<std::ptrdiff_t>(place));
}

}  // namespace agon::viewer
