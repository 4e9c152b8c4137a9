// SPDX-License-Identifier: Apache-2.0
// What was typed on the command line, as plain structs: the thin program fills them, the commands
// in libagon.so read them. Nothing here needs LibTorch or CLI11.
//
// Who needs this file: main.cpp and every command. To add an option: one member here, one line in
// parser.cpp or parser_modules.cpp; help and shell completion follow.
//
// Thread safety: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agon::cli {

// Options of every command that computes.
struct CommonOptions {
  std::vector<std::string> sets;  // --set key=value, in order
  std::string device = "auto";    // auto, cpu, cuda, cuda:N
  std::optional<std::uint64_t> seed;
  std::string run;     // --run DIR; empty: runs/<date-time>-<command>
  std::string resume;  // --resume RUN; empty: a new run
  bool json = false;
  bool quiet = false;
  std::vector<std::string> plugins;  // --plugin FILE
  bool trust_model = false;
  int threads = 0;    // 0: as many as this process may use
  bool view = false;  // --view: the viewer beside it
};

struct ConfigOptions {  // train, attack
  std::string config;   // empty with --resume
};

struct ListOptions {
  std::string kind;  // empty: all
};

struct DescribeOptions {
  std::string name;  // "pgd" or "attack/pgd"
};

struct CheckOptions {
  std::string config;
  bool resolved = false;
  bool schema = false;
  std::string kind;  // attack, train, selfplay or cyclegan; empty: as the file says
};

struct ReportOptions {
  std::vector<std::string> runs;
  std::string output = "report.html";
};

struct BenchOptions {
  std::string name;        // empty: list them
  std::int64_t pairs = 9;  // interleaved pairs a ratio is the median of
};

inline const std::vector<std::string> kPanels{"runs", "curves", "attack", "video", "game"};

// view; all goes to agon-view (viewer/window/arguments.h), which checks it.
struct ViewOptions {
  std::vector<std::string> runs;
  std::string panel, png, size, scale, timings;
  std::optional<std::int64_t> step, frames;
  std::vector<std::string> show;
  bool whole = false, light = false, dark = false;
  bool headless = false, fixed_fonts = false;  // for measuring and for tests
};

// selfplay train|match|evaluate|gtp|play. What is empty or nothing was not given.
struct SelfplayOptions {
  std::string config;                                // train
  std::string game;                                  // a name, or {name: go, size: 9}
  std::vector<std::string> players;                  // match: two PLAYER words; the others: one
  std::optional<std::int64_t> games, opening_moves;  // match
  std::vector<std::string> positions;                // evaluate
  std::optional<std::int64_t> count;                 // evaluate: positions of each file
  std::string record;                                // evaluate: a game to be analysed
  std::string colour = "first";                      // play: of the person
};

inline const std::vector<std::string> kDirections{"a2b", "b2a"};
inline const std::vector<std::string> kSteadiness{"auto", "off", "light", "strong"};
inline const std::vector<std::string> kMetrics{"off", "some", "all"};
inline const std::vector<std::string> kCodecs{"auto", "h264", "hevc", "vp9", "ffv1"};
inline const std::vector<std::string> kPrecisions{"auto", "float32", "bf16"};
inline const std::vector<std::string> kWeightFormats{"pth", "safetensors", "npz"};

// cyclegan train|translate|evaluate|demo. What is empty or nothing was not given.
struct CycleganOptions {
  std::string config;                                                    // train
  std::string weights, direction;                                        // translate
  std::string input, output;                                             // translate, evaluate
  std::optional<std::int64_t> height, crf, batch, segment;               // translate
  std::optional<std::string> steady, metrics, codec, preset, precision;  // translate
  bool side_by_side = false;                                             // translate
  std::string reference, features;                                       // evaluate
};

struct ExportOptions {
  std::string weights, output;
  std::string format;     // pth, safetensors, npz; empty: as the file's name ends
  std::string direction;  // a2b, b2a; empty: a2b, where it matters
};

struct DemoOptions {
  bool all = false;  // of every module
};

struct CommandLine {
  std::string program;     // absolute path of the executable
  std::string command;     // "attack", "selfplay match"
  bool resumable = false;  // it has --resume
  std::string arguments;   // as typed, for the manifest
  CommonOptions common;
  ConfigOptions train, attack;
  ListOptions list;
  DescribeOptions describe;
  CheckOptions check;
  ReportOptions report;
  ViewOptions view;
  BenchOptions bench;
  SelfplayOptions selfplay;
  CycleganOptions cyclegan;
  ExportOptions exporting;
  DemoOptions demo;
};

// Parses argv. Nothing when the program is done: `exit_code` is then 0 (help, version, completion;
// printed on stdout) or 2 (wrong usage; printed on stderr, with the nearest command or option).
[[nodiscard]] std::optional<CommandLine> ParseCommandLine(int argc, char** argv, int& exit_code);

}  // namespace agon::cli

// The one entry of libagon.so. Returns the exit code; never throws.
// NOLINTNEXTLINE(readability-identifier-naming): a C name
extern "C" int agon_main(const agon::cli::CommandLine& line) noexcept;
