// SPDX-License-Identifier: Apache-2.0
// Pictures as OpenGL textures, by the host path: it works with every driver, software ones too.
//
// Thread safety: the thread whose context is current.
#pragma once

#include <vector>

#include "runtime/formats/png.h"
#include "viewer/ui/texture.h"

namespace agon::viewer {

class GlTextures final : public TextureBackend {
 public:
  // A context must be current, now and when textures are made or deleted.
  GlTextures();
  [[nodiscard]] ImTextureID Upload(ImTextureID texture, int width, int height,
                                   const std::uint8_t* rgba) override;
  void Delete(ImTextureID texture) override;
  [[nodiscard]] int MaxSide() const override { return max_side_; }

 private:
  int max_side_ = 0;
};

// The frame that was drawn last, RGB, from the top.
[[nodiscard]] formats::Pixels ReadFrame(int width, int height);

}  // namespace agon::viewer
