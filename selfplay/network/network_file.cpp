// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/formats/safetensors.h"
#include "runtime/nn/weights.h"
#include "runtime/tensor/convert.h"
#include "selfplay/network/network.h"

namespace agon::selfplay {
namespace {

constexpr const char* kFormat = "agon-selfplay";

nlohmann::json ToJson(const config::Value& value) {
  nlohmann::json json;
  if (value.IsMapping()) {
    json = nlohmann::json::object();
    for (const auto& entry : value.entries()) json[entry.key] = ToJson(entry.value);
  } else if (value.IsSequence()) {
    json = nlohmann::json::array();
    for (const auto& item : value.items()) json.push_back(ToJson(item));
  } else if (value.IsScalar()) {
    const std::string& text = value.text();
    const bool plain = !value.quoted();
    if (plain && (text == "true" || text == "false")) {
      json = text == "true";
    } else if (const auto integer = ParseInteger(text); plain && integer) {
      json = *integer;
    } else if (const auto real = ParseReal(text); plain && real) {
      json = *real;
    } else {
      json = text;
    }
  }
  return json;
}

// JSON is YAML: read with the one reader of configurations.
config::Value FromJson(const std::string& text, const std::string& what) {
  config::Problems problems;
  config::Value value = config::ParseYaml(text, what, {}, problems);
  problems.ThrowIfAny();
  return value;
}

const std::string& Entry(const std::map<std::string, std::string>& metadata, const char* key,
                         const std::string& file) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    Fail(ErrorKind::kModel, "{}: its metadata has no \"{}\"", file, key);
  }
  return found->second;
}

void RequireOurs(const std::map<std::string, std::string>& metadata, const std::string& file) {
  const auto format = metadata.find("format");
  if (format != metadata.end() && format->second == kFormat) return;
  Fail(ErrorKind::kModel,
       "{}: is no network of self-play ({}); `agon selfplay train` writes them as "
       "weights.safetensors",
       file,
       format == metadata.end() ? "it says no format"
                                : fmt::format("its format is \"{}\"", format->second));
}

std::string GameText(const std::string& name, const GameShape& shape) {
  return fmt::format("{} {}x{}", name, shape.width, shape.height);
}

bool SameForNetwork(const GameShape& a, const GameShape& b) {
  return a.width == b.width && a.height == b.height && a.actions == b.actions &&
         a.planes == b.planes && a.scalars == b.scalars;
}

void RequireExpected(const Component<AnyGame>& game, const Component<AnyGame>& expected,
                     const std::string& file) {
  const GameShape has = game->Shape();
  const GameShape wanted = expected->Shape();
  if (game.name() == expected.name() && SameForNetwork(has, wanted)) return;
  Fail(ErrorKind::kModel, "{}: is a network for {}, not for {}{}; name another file or game", file,
       GameText(game.name(), has), GameText(expected.name(), wanted),
       game.name() == expected.name() && has.cells() == wanted.cells()
           ? fmt::format(" ({} planes and {} moves, not {} and {})", has.planes + has.scalars,
                         has.actions, wanted.planes + wanted.scalars, wanted.actions)
           : "");
}

// Settings that promise more than the file holds are refused before memory is taken for them.
void RequireRoom(const NetworkSettings& settings, const GameShape& shape,
                 const formats::NamedArrays& arrays, const std::string& file) {
  std::int64_t held = 0;
  for (const auto& [name, array] : arrays) held += array.ElementCount();
  const std::int64_t tower = settings.blocks * 2 * 9 * settings.channels * settings.channels;
  const std::int64_t heads =
      settings.outcome_channels * shape.cells() * settings.outcome_hidden +
      (settings.policy_channels + settings.outcome_channels) * settings.channels;
  if (tower + heads > held) {
    Fail(ErrorKind::kModel,
         "{}: holds {} numbers, its network of {} blocks of {} channels has more", file, held,
         settings.blocks, settings.channels);
  }
}

// The file's tensors in the network's order, as float32.
NamedTensors StateFor(const PolicyValueNetwork& network, const formats::NamedArrays& arrays,
                      const std::string& file) {
  std::map<std::string, const formats::Array*> by_name;
  for (const auto& [name, array] : arrays) by_name[name] = &array;
  NamedTensors state;
  for (const nn::Slot& slot : network.slots()) {
    const auto found = by_name.find(slot.name);
    const Shape wanted(slot.tensor->sizes().begin(), slot.tensor->sizes().end());
    if (found == by_name.end()) {
      Fail(ErrorKind::kModel, "{}: no tensor {} {}", file, slot.name, formats::ShapeText(wanted));
    }
    if (found->second->shape != wanted) {
      Fail(ErrorKind::kModel, "{}: tensor {} is {}, the network needs {}", file, slot.name,
           formats::ShapeText(found->second->shape), formats::ShapeText(wanted));
    }
    Tensor tensor = ToTensor(*found->second).to(at::kFloat);
    if (!at::isfinite(tensor).all().item<bool>()) {
      Fail(ErrorKind::kModel, "{}: tensor {} holds a NaN or an infinity", file, slot.name);
    }
    state.emplace_back(slot.name, std::move(tensor));
    by_name.erase(found);
  }
  if (!by_name.empty()) {
    Fail(ErrorKind::kModel, "{}: tensor {} has no place in the network", file,
         by_name.begin()->first);
  }
  return state;
}

}  // namespace

void SaveSelfplayNetwork(const Path& file, const PolicyValueNetwork& network,
                         const Component<AnyGame>& game, const NamedTensors& state,
                         const std::map<std::string, std::string>& metadata) {
  std::map<std::string, std::string> all = metadata;
  all["format"] = kFormat;
  all["game"] = ToJson(game.ToConfig()).dump();
  all["network"] = ToJson(config::Dump(network.settings())).dump();
  formats::WriteSafetensors(file, ToArrays(state), all);
}

void SaveSelfplayNetwork(const Path& file, const PolicyValueNetwork& network,
                         const Component<AnyGame>& game,
                         const std::map<std::string, std::string>& metadata) {
  SaveSelfplayNetwork(file, network, game, network.State(), metadata);
}

LoadedNetwork LoadSelfplayNetwork(const Path& path, const Component<AnyGame>* expected) {
  const std::string file = path.string();
  nn::CheckTraining(path);
  formats::Safetensors read = formats::ReadSafetensors(path);
  RequireOurs(read.metadata, file);
  LoadedNetwork loaded;
  NetworkSettings settings;
  try {
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    loaded.game = Component<AnyGame>::FromConfig(FromJson(Entry(read.metadata, "game", file), file),
                                                 reader, "game");
    settings = config::Read<NetworkSettings>(FromJson(Entry(read.metadata, "network", file), file),
                                             reader, "network");
    problems.ThrowIfAny();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kConfig) throw;
    Fail(ErrorKind::kModel, "{}: its metadata cannot be used: {}", file, error.what());
  }
  if (expected != nullptr) RequireExpected(loaded.game, *expected, file);
  const GameShape shape = loaded.game->Shape();
  RequireRoom(settings, shape, read.tensors, file);
  loaded.network = std::make_unique<PolicyValueNetwork>(shape, settings, /*seed=*/0);
  loaded.network->LoadState(StateFor(*loaded.network, read.tensors, file));
  loaded.metadata = std::move(read.metadata);
  return loaded;
}

}  // namespace agon::selfplay
