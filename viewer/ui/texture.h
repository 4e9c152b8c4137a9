// SPDX-License-Identifier: Apache-2.0
// Pictures for the screen. Panels upload through Textures; behind it the window has the OpenGL
// backend (host path: glTexSubImage2D, which works everywhere), tests have one that only counts.
// A backend draws enlarged pictures by the nearest pixel and reduced ones smoothly.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/formats/png.h"

namespace agon::viewer {

class TextureBackend {
 public:
  virtual ~TextureBackend() = default;
  // RGBA, 8 bits. Reuses `texture` (0: a new one) when the size is the same. 0 when it failed.
  [[nodiscard]] virtual ImTextureID Upload(ImTextureID texture, int width, int height,
                                           const std::uint8_t* rgba) = 0;
  virtual void Delete(ImTextureID texture) = 0;
  [[nodiscard]] virtual int MaxSide() const = 0;
};

// The textures of a panel, by name; uploaded again only when `version` changes. Grey and RGB
// pictures are widened to RGBA; what is larger than the backend takes is reduced.
class Textures {
 public:
  explicit Textures(TextureBackend& backend);
  ~Textures();
  Textures(const Textures&) = delete;
  Textures& operator=(const Textures&) = delete;

  struct Texture {
    ImTextureID id = nullptr;
    int width = 0, height = 0;  // of the picture, not of what was uploaded
  };
  // `version`: anything that differs when the pixels do, as the address of an immutable picture.
  // An empty Texture when the pixels contradict themselves or the backend could not take them.
  [[nodiscard]] Texture Get(const std::string& name, const formats::Pixels& pixels,
                            std::uint64_t version);
  // The same, known by its address: kept alive as long as its texture, so that no other picture can
  // come to lie where it lay. Null: nothing.
  [[nodiscard]] Texture Get(const std::string& name,
                            const std::shared_ptr<const formats::Pixels>& pixels);
  // Forgets those that were not asked for since the last call; once a frame.
  void EndFrame();

 private:
  struct Entry {
    Texture texture;
    int uploaded_width = 0, uploaded_height = 0;
    std::uint64_t version = 0;
    bool used = false;
    std::shared_ptr<const formats::Pixels> owner;
  };
  static constexpr std::size_t kMostScratch = std::size_t{16} << 20;  // kept between frames
  TextureBackend& backend_;
  std::unordered_map<std::string, Entry> entries_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace agon::viewer
