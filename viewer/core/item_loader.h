// SPDX-License-Identifier: Apache-2.0
// Items of recordings, read and decoded in the background and kept as long as memory allows.
//
// Thread safety: the thread that draws.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "viewer/core/background.h"
#include "viewer/core/run_tracks.h"

namespace agon::viewer {

class ItemLoader {
 public:
  explicit ItemLoader(Background& background, std::size_t limit_bytes = std::size_t{256} << 20);
  ~ItemLoader();

  // Null while it is on its way, and when it cannot be read (Problem says why). Ask every frame:
  // what is asked for stays in memory.
  [[nodiscard]] std::shared_ptr<const record::Item> Get(const std::shared_ptr<RunTracks>& tracks,
                                                        const ItemRef& item);
  template <class T>
  [[nodiscard]] std::shared_ptr<const T> GetAs(const std::shared_ptr<RunTracks>& tracks,
                                               const ItemRef& item) {
    const auto found = Get(tracks, item);
    const T* const as = found ? std::get_if<T>(found.get()) : nullptr;
    return as == nullptr ? nullptr : std::shared_ptr<const T>(found, as);
  }
  [[nodiscard]] std::string Problem(const std::shared_ptr<RunTracks>& tracks,
                                    const ItemRef& item) const;
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::viewer
