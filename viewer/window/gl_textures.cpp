// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/gl_textures.h"

#define GL_GLEXT_PROTOTYPES
#include <GL/gl.h>
#include <GL/glext.h>

#include <algorithm>
#include <cstring>

namespace agon::viewer {
namespace {

constexpr int kSmallestLimit = 1024;  // what every OpenGL 3 driver takes
constexpr int kMipmapSide = 512;      // larger pictures are shown reduced

GLuint NameOf(ImTextureID texture) {
  return static_cast<GLuint>(reinterpret_cast<std::uintptr_t>(texture));
}

}  // namespace

GlTextures::GlTextures() {
  GLint side = 0;
  ::glGetIntegerv(GL_MAX_TEXTURE_SIZE, &side);
  max_side_ = std::max<int>(side, kSmallestLimit);
}

ImTextureID GlTextures::Upload(ImTextureID texture, int width, int height,
                               const std::uint8_t* rgba) {
  GLuint name = NameOf(texture);
  GLint before = 0;
  ::glGetIntegerv(GL_TEXTURE_BINDING_2D, &before);
  while (::glGetError() != GL_NO_ERROR) {
  }
  if (name == 0) ::glGenTextures(1, &name);
  ::glBindTexture(GL_TEXTURE_2D, name);
  ::glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  ::glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  const bool mipmaps = std::max(width, height) > kMipmapSide;
  if (texture == nullptr) {
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER,
                      mipmaps ? GL_LINEAR_MIPMAP_LINEAR : GL_LINEAR);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    ::glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
  } else {
    ::glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
  }
  if (mipmaps) ::glGenerateMipmap(GL_TEXTURE_2D);
  const bool good = ::glGetError() == GL_NO_ERROR;
  ::glBindTexture(GL_TEXTURE_2D, static_cast<GLuint>(before));
  if (!good) {
    ::glDeleteTextures(1, &name);
    return nullptr;
  }
  return reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(name));
}

void GlTextures::Delete(ImTextureID texture) {
  const GLuint name = NameOf(texture);
  ::glDeleteTextures(1, &name);
}

formats::Pixels ReadFrame(int width, int height) {
  constexpr int kChannels = 3;
  formats::Pixels pixels{.width = width, .height = height, .channels = kChannels, .data = {}};
  const std::size_t row = static_cast<std::size_t>(width) * kChannels;
  std::vector<std::uint8_t> read(row * static_cast<std::size_t>(height));
  ::glPixelStorei(GL_PACK_ALIGNMENT, 1);
  ::glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, read.data());
  pixels.data.resize(read.size());
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    std::memcpy(&pixels.data[y * row], &read[(static_cast<std::size_t>(height) - 1 - y) * row],
                row);
  }
  return pixels;
}

}  // namespace agon::viewer
