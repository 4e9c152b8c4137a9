// SPDX-License-Identifier: Apache-2.0
// `agon export`: weights for other programs. A generator of a CycleGAN becomes the state dict that
// the reference loads; any other weights change their format.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cyclegan/network/network_file.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/torch_file_write.h"
#include "runtime/nn/weights.h"
#include "runtime/tensor/convert.h"

namespace agon::cli {
namespace {

// What is written, and the line that says so.
struct Export {
  NamedTensors tensors;
  std::map<std::string, std::string> metadata;
  std::string what;
};

std::string FormatOf(const ExportOptions& options) {
  if (!options.format.empty()) return options.format;
  const std::string end = Path(options.output).extension().string();
  if (end == ".pth" || end == ".pt") return "pth";
  if (end == ".safetensors" || end == ".npz") return end.substr(1);
  Fail(ErrorKind::kUsage,
       "{}: its name does not end in .pth, .pt, .safetensors or .npz; choose with --format",
       options.output);
}

// Before anything is read: a file that is its own source would be lost half-way.
void RequireOtherFile(const Path& weights, const Path& output) {
  std::error_code error;
  if (std::filesystem::is_directory(output, error)) {
    Fail(ErrorKind::kUsage, "{}: is a folder; name the file to write", output.string());
  }
  if (std::filesystem::equivalent(weights, output, error) && !error) {
    Fail(ErrorKind::kUsage, "{}: is the input; name another file to write", output.string());
  }
  const Path folder = output.has_parent_path() ? output.parent_path() : Path(".");
  if (!std::filesystem::is_directory(folder, error)) {
    Fail(ErrorKind::kUsage, "{}: no such folder", folder.string());
  }
}

bool HoldsDirections(const NamedTensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const auto& item) {
    return item.first.starts_with("a2b.model.") || item.first.starts_with("b2a.model.");
  });
}

bool LooksLikeGenerator(const NamedTensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const auto& item) {
    return item.first.find(".conv_block.") != std::string::npos;
  });
}

Export OneGenerator(const ExportOptions& options, const std::string& format) {
  const std::string direction = options.direction.empty() ? "a2b" : options.direction;
  const cyclegan::LoadedGenerator loaded = cyclegan::LoadGenerator(options.weights, direction);
  Export made;
  made.tensors =
      format == "pth" ? cyclegan::ReferenceState(*loaded.generator) : loaded.generator->State();
  made.metadata = loaded.metadata;
  made.what = loaded.generator->Summary();
  if (!loaded.direction.empty()) made.what = "generator " + loaded.direction + ", " + made.what;
  return made;
}

Export Everything(const ExportOptions& options) {
  Export made;
  made.tensors = nn::ReadWeights(options.weights);
  if (Path(options.weights).extension() == ".safetensors") {
    made.metadata = formats::ReadSafetensors(options.weights).metadata;
  }
  made.what = fmt::format("{} tensors", made.tensors.size());
  return made;
}

Export Collect(const ExportOptions& options, const std::string& format) {
  Export all = Everything(options);
  const bool generators = HoldsDirections(all.tensors);
  if (!options.direction.empty() && !generators) {
    Fail(ErrorKind::kUsage, "{}: does not hold two generators; leave out --direction",
         options.weights);
  }
  // One generator for the reference; both stay together in our own formats unless one is asked for.
  const bool one =
      format == "pth" ? generators || LooksLikeGenerator(all.tensors) : !options.direction.empty();
  return one ? OneGenerator(options, format) : std::move(all);
}

}  // namespace

int RunExport(const CommandLine& line, Session& /*session*/) {
  const ExportOptions& options = line.exporting;
  const std::string format = FormatOf(options);
  RequireOtherFile(options.weights, options.output);
  const Export made = Collect(options, format);
  const formats::NamedArrays arrays = ToArrays(made.tensors);
  if (format == "pth") {
    formats::WriteTorchFile(options.output, arrays);
  } else if (format == "npz") {
    formats::WriteNpz(options.output, arrays);
  } else {
    formats::WriteSafetensors(options.output, arrays, made.metadata);
  }
  log::Info("{}: {}", options.output, made.what);
  return kExitDone;
}

}  // namespace agon::cli
