// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/arguments.h"

#include <functional>
#include <map>

#include "runtime/base/error.h"
#include "runtime/base/text.h"

namespace agon::viewer {
namespace {

constexpr int kSmallest = 64, kLargest = 8192;  // of a picture or window
constexpr double kLargestScale = 4, kSmallestScale = 0.5;

[[noreturn]] void Refuse(const std::string& what) {
  Fail(ErrorKind::kUsage, "agon view: {}; see agon view --help", what);
}

std::int64_t Integer(const std::string& option, const std::string& value) {
  const auto number = ParseInteger(value);
  if (!number) Refuse(fmt::format("{}: expected a whole number, found \"{}\"", option, value));
  return *number;
}

int Side(const std::string& value) {
  const auto number = ParseInteger(value);
  if (!number || *number < kSmallest || *number > kLargest) {
    Refuse(fmt::format("--size: expected WIDTHxHEIGHT, each from {} to {}, as in 1280x800",
                       kSmallest, kLargest));
  }
  return static_cast<int>(*number);
}

double Scale(const std::string& value) {
  const auto number = ParseReal(value);
  if (!number || *number < kSmallestScale || *number > kLargestScale) {
    Refuse(fmt::format("--scale: expected a number from {} to {}, found \"{}\"", kSmallestScale,
                       kLargestScale, value));
  }
  return *number;
}

std::pair<std::string, std::string> Assignment(const std::string& value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) {
    Refuse(fmt::format("--show: expected KEY=VALUE, found \"{}\"", value));
  }
  return {value.substr(0, equals), value.substr(equals + 1)};
}

using Flags = std::map<std::string, std::function<void()>>;
using Options = std::map<std::string, std::function<void(const std::string&)>>;

void CheckCombination(const ViewArguments& arguments) {
  if (arguments.light && arguments.dark) Refuse("--light and --dark exclude one another");
  if (!arguments.png.empty() && arguments.headless) {
    Refuse("--png and --headless exclude one another");
  }
  if (arguments.frames < 0) Refuse("--frames: expected 0 or more");
}

}  // namespace

ViewArguments ParseArguments(const std::vector<std::string>& words) {
  ViewArguments a;
  const Flags flags{{"--light", [&] { a.light = true; }},
                    {"--dark", [&] { a.dark = true; }},
                    {"--whole", [&] { a.whole = true; }},
                    {"--fixed-fonts", [&] { a.fixed_fonts = true; }},
                    {"--headless", [&] { a.headless = true; }},
                    {"--help", [&] { a.help = true; }},
                    {"-h", [&] { a.help = true; }},
                    {"--version", [&] { a.version = true; }}};
  const Options options{
      {"--panel", [&](const std::string& v) { a.panel = v; }},
      {"--png", [&](const std::string& v) { a.png = v; }},
      {"--step", [&](const std::string& v) { a.step = Integer("--step", v); }},
      {"--frames", [&](const std::string& v) { a.frames = Integer("--frames", v); }},
      {"--scale", [&](const std::string& v) { a.scale = Scale(v); }},
      {"--show", [&](const std::string& v) { a.show.push_back(Assignment(v)); }},
      {"--program", [&](const std::string& v) { a.program = v; }},
      {"--probe", [&](const std::string& v) { a.probe = v; }},
      {"--timings", [&](const std::string& v) { a.timings = v; }},
      {"--size", [&](const std::string& v) {
         const std::size_t cross = v.find('x');
         a.width = Side(v.substr(0, cross));
         a.height = Side(cross == std::string::npos ? "" : v.substr(cross + 1));
       }}};
  bool only_roots = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_roots || !word.starts_with("-") || word == "-") {
      a.roots.emplace_back(word);
      continue;
    }
    if (word == "--") {
      only_roots = true;
      continue;
    }
    if (const auto flag = flags.find(word); flag != flags.end()) {
      flag->second();
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto option = options.find(name);
    if (option == options.end()) {
      std::vector<std::string> names;
      for (const auto& [known, ignored] : flags) names.push_back(known);
      for (const auto& [known, ignored] : options) names.push_back(known);
      Refuse(fmt::format("unknown option \"{}\"{}", name, DidYouMean(name, names)));
    }
    if (equals == std::string::npos && ++i == words.size()) {
      Refuse(fmt::format("{}: a value is missing", name));
    }
    option->second(equals == std::string::npos ? words[i] : word.substr(equals + 1));
  }
  CheckCombination(a);
  return a;
}

std::string HelpText() {
  return "Agon's viewer: watch runs live, look back, compare, play. Started by agon view.\n"
         "Usage: agon-view [RUN...] [OPTIONS]\n\n"
         "  RUN                a run, or a folder of runs; default: runs\n"
         "  --panel NAME       runs, curves, attack, video or game\n"
         "  --step N           the moment that is shown; default: the last\n"
         "  --show KEY=VALUE   a setting of the panel; may be repeated\n"
         "  --png FILE         write a picture of the panel and leave; needs no display\n"
         "  --whole            with --png: the whole interface\n"
         "  --size WxH         of the window or picture\n"
         "  --scale S          of everything, 0.5 to 4\n"
         "  --light, --dark    colours\n"
         "  --headless         draw for nobody; --frames N: leave after N frames;\n"
         "  --timings FILE     write how long frames took (JSON): for measuring\n"
         "  --help, --version\n";
}

}  // namespace agon::viewer
