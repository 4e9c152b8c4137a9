// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/texture.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace agon::viewer {
namespace {

bool IsWhole(const formats::Pixels& pixels) {
  if (pixels.width <= 0 || pixels.height <= 0) return false;
  if (pixels.channels != 1 && pixels.channels != 3 && pixels.channels != 4) return false;
  return pixels.data.size() == static_cast<std::size_t>(pixels.width) *
                                   static_cast<std::size_t>(pixels.height) *
                                   static_cast<std::size_t>(pixels.channels);
}

void Widen(const std::uint8_t* from, int channels, std::size_t count, std::uint8_t* to) {
  switch (channels) {
    case 1:
      for (std::size_t i = 0; i < count; ++i, to += 4) {
        to[0] = to[1] = to[2] = from[i];
        to[3] = 255;
      }
      break;
    case 3:
      for (std::size_t i = 0; i < count; ++i, from += 3, to += 4) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = 255;
      }
      break;
    default:
      std::copy_n(from, count * 4, to);
  }
}

// Means of squares of `factor` pixels.
std::vector<std::uint8_t> Reduced(const std::uint8_t* rgba, int width, int height, int factor,
                                  int new_width, int new_height) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(new_width) *
                                static_cast<std::size_t>(new_height) * 4);
  for (int y = 0; y < new_height; ++y) {
    for (int x = 0; x < new_width; ++x) {
      const int last_x = std::min(width, (x + 1) * factor);
      const int last_y = std::min(height, (y + 1) * factor);
      std::array<std::uint32_t, 4> sum{};
      std::uint32_t count = 0;
      for (int source_y = y * factor; source_y < last_y; ++source_y) {
        for (int source_x = x * factor; source_x < last_x; ++source_x, ++count) {
          const std::size_t at = (static_cast<std::size_t>(source_y) * width + source_x) * 4;
          for (std::size_t c = 0; c < 4; ++c) sum[c] += rgba[at + c];
        }
      }
      const std::size_t at = (static_cast<std::size_t>(y) * new_width + x) * 4;
      for (std::size_t c = 0; c < 4; ++c) {
        out[at + c] = static_cast<std::uint8_t>((sum[c] + count / 2) / count);
      }
    }
  }
  return out;
}

}  // namespace

Textures::Textures(TextureBackend& backend) : backend_(backend) {}

Textures::~Textures() {
  for (const auto& [name, entry] : entries_) {
    if (entry.texture.id != nullptr) backend_.Delete(entry.texture.id);
  }
}

Textures::Texture Textures::Get(const std::string& name, const formats::Pixels& pixels,
                                std::uint64_t version) {
  if (!IsWhole(pixels)) return {};
  const auto [place, is_new] = entries_.try_emplace(name);
  Entry& entry = place->second;
  entry.used = true;
  // What could not be uploaded is not tried again in each frame, only when the pixels change.
  if (!is_new && entry.version == version && entry.texture.width == pixels.width &&
      entry.texture.height == pixels.height) {
    return entry.texture.id == nullptr ? Texture{} : entry.texture;
  }
  entry.owner.reset();
  const int longest = std::max(pixels.width, pixels.height);
  const int most = std::max(1, backend_.MaxSide());
  const int factor = (longest + most - 1) / most;
  const int width = (pixels.width + factor - 1) / factor;
  const int height = (pixels.height + factor - 1) / factor;
  const std::size_t count =
      static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height);
  const std::uint8_t* rgba = pixels.data.data();
  if (pixels.channels != 4) {
    scratch_.resize(count * 4);
    Widen(pixels.data.data(), pixels.channels, count, scratch_.data());
    rgba = scratch_.data();
  }
  std::vector<std::uint8_t> reduced;
  if (factor > 1) {
    reduced = Reduced(rgba, pixels.width, pixels.height, factor, width, height);
    rgba = reduced.data();
  }
  if (entry.texture.id != nullptr &&
      (entry.uploaded_width != width || entry.uploaded_height != height)) {
    backend_.Delete(entry.texture.id);
    entry.texture.id = nullptr;
  }
  const ImTextureID old = entry.texture.id;
  entry.texture.id = backend_.Upload(old, width, height, rgba);
  if (entry.texture.id == nullptr && old != nullptr) backend_.Delete(old);
  entry.texture.width = pixels.width;
  entry.texture.height = pixels.height;
  entry.uploaded_width = width;
  entry.uploaded_height = height;
  entry.version = version;
  return entry.texture.id == nullptr ? Texture{} : entry.texture;
}

Textures::Texture Textures::Get(const std::string& name,
                                const std::shared_ptr<const formats::Pixels>& pixels) {
  if (pixels == nullptr) return {};
  const Texture texture = Get(name, *pixels, reinterpret_cast<std::uintptr_t>(pixels.get()));
  if (const auto found = entries_.find(name); found != entries_.end()) {
    found->second.owner = pixels;
  }
  return texture;
}

void Textures::EndFrame() {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (!std::exchange(entry->second.used, false)) {
      if (entry->second.texture.id != nullptr) backend_.Delete(entry->second.texture.id);
      entry = entries_.erase(entry);
    } else {
      ++entry;
    }
  }
  if (scratch_.capacity() > kMostScratch) scratch_ = {};
}

}  // namespace agon::viewer
