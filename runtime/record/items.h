// SPDX-License-Identifier: Apache-2.0
// What a run records, as plain structs: no module's class reaches a recording, so the viewer needs
// none of them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "runtime/formats/png.h"

namespace agon::record {

struct Scalar {
  double value = 0;
};

struct Text {
  std::string text;
};

// A picture (clean, adversarial, sample). Values are display values; `low` and `high` say what 0
// and 255 stand for, so a viewer can show numbers in the data's own units.
struct Image {
  formats::Pixels pixels;
  float low = 0;
  float high = 1;
  std::string caption;
};

// One frame of a video, with its time in seconds.
struct Frame {
  formats::Pixels pixels;
  double time = 0;
};

// A board position: `cells` row by row from the top left, short texts ("X", "O", ""), a colour
// index per cell (0 none), overlays such as visit shares per cell in [0,1], and the legal moves as
// text.
struct Board {
  int width = 0;
  int height = 0;
  std::vector<std::string> cells;
  std::vector<std::uint8_t> colours;
  struct Overlay {
    std::string name;
    std::vector<float> values;  // width * height
  };
  std::vector<Overlay> overlays;
  std::vector<std::string> legal_moves;
  std::string to_move;
  std::string last_move;
  double value = 0;  // in [-1,1] from the side to move
};

// A search tree in preorder.
struct Tree {
  struct Node {
    std::int32_t parent = -1;
    std::string move;
    std::int64_t visits = 0;
    double prior = 0;
    double value = 0;
  };
  std::vector<Node> nodes;
};

using Item = std::variant<Scalar, Text, Image, Frame, Board, Tree>;

}  // namespace agon::record
