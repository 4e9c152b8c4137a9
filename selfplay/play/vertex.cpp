// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/vertex.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace agon::selfplay {

std::string VertexText(const AnyGame& game, bool go, Move move) {
  std::string text = game.MoveText(move);
  if (go && text != "pass" && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::optional<int> ParseColour(std::string_view text) {
  const std::string lower = LowerCase(text);
  if (lower == "b" || lower == "black") return 0;
  if (lower == "w" || lower == "white") return 1;
  return std::nullopt;
}

std::optional<double> KomiOf(const Component<AnyGame>& game) {
  const config::Value config = game.ToConfig();
  const config::Value* const komi = config.Find("komi");
  return komi != nullptr && komi->IsScalar() ? ParseReal(komi->text()) : std::nullopt;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace agon::selfplay
