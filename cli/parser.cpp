// SPDX-License-Identifier: Apache-2.0
#include "cli/parser.h"

#include <limits>
#include <map>

#include "runtime/base/version.h"

namespace agon::cli {
namespace {

const std::vector<std::string> kConfigKinds{"attack", "train", "selfplay", "cyclegan"};

constexpr const char* kFooter =
    "\nagon COMMAND --help shows a command's options.\n"
    "Exit codes: 0 done, 1 a fault during work (the run can be resumed), 2 wrong usage or input,\n"
    "3 a `require` of the configuration was not met, 130 interrupted, 143 terminated.";

// Values that shells complete.
const std::map<std::string, std::vector<std::string>>& FixedChoices() {
  static const std::map<std::string, std::vector<std::string>> choices{
      {"--device", {"auto", "cpu", "cuda"}},
      {"--kind", kConfigKinds},
      {"--colour", {"first", "second"}},
      {"--direction", kDirections},
      {"--steady", kSteadiness},
      {"--metrics", kMetrics},
      {"--codec", kCodecs},
      {"--precision", kPrecisions},
      {"--format", kWeightFormats},
      {"--panel", kPanels},
  };
  return choices;
}

}  // namespace

Parser::Parser()
    : app_("Agon: attacks, defences and robustness reports for neural networks", "agon") {
  app_.set_version_flag("--version", "agon " AGON_VERSION);
  app_.require_subcommand(1);
  app_.get_formatter()->column_width(28);
  app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
  AddWork();
  AddCyclegan();
  AddSelfplay();
  AddView();
  AddFiles();
  AddInspection();
  app_.footer(kFooter);  // after the commands, which would inherit it
}

CLI::App& Parser::Command(const std::string& name, const std::string& help) {
  CLI::App& command = *app_.add_subcommand(name, help)->group("Commands");
  command.get_formatter()->column_width(34);
  return command;
}

CLI::App& Parser::Group(const std::string& name, const std::string& help) {
  CLI::App& group = Command(name, help);
  group.require_subcommand(1);
  group.get_formatter()->label("SUBCOMMAND", "COMMAND");
  return group;
}

CLI::App& Parser::Member(CLI::App& group, const std::string& name, const std::string& help) {
  CLI::App& command = *group.add_subcommand(name, help)->group("Commands");
  command.get_formatter()->column_width(34);
  return command;
}

void Parser::AddJson(CLI::App& command, const std::string& help) {
  command.add_flag("--json", line_.common.json, help);
}
void Parser::AddQuiet(CLI::App& command) {
  command.add_flag("--quiet", line_.common.quiet, "no progress and no messages but warnings");
}
void Parser::AddPlugin(CLI::App& command) {
  command.add_option("--plugin", line_.common.plugins, "load a plug-in library; may be repeated")
      ->type_name(kPathType)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}
void Parser::AddSet(CLI::App& command) {
  command
      .add_option("--set", line_.common.sets,
                  "override a key of the configuration, as in --set threat.epsilon=8/255; may "
                  "be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  command.add_option("--seed", line_.common.seed, "seed of all random numbers")
      ->type_name("N")
      ->take_last()
      ->check(
          CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""));
}
void Parser::AddDevice(CLI::App& command) {
  command.add_option("--device", line_.common.device, "auto, cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->take_last();
  command.add_option("--threads", line_.common.threads, "CPU threads; 0: as many as there are")
      ->type_name("N")
      ->take_last()
      ->check(CLI::Range(0, 4096).description(""));
}
void Parser::AddRun(CLI::App& command) {
  command
      .add_option("--run", line_.common.run,
                  "folder of the run; without it runs/<date-time>-<command>, for demos runs/demo "
                  "and runs/cyclegan-demo")
      ->type_name(kPathType);
  command.add_flag("--view", line_.common.view, "open the viewer beside it (agon view)");
}
void Parser::AddCommon(CLI::App& command) {
  AddSet(command);
  AddDevice(command);
  AddRun(command);
  command.add_option("--resume", line_.common.resume, "continue this run where it stopped")
      ->type_name(kPathType);
  AddJson(command, "print the result as JSON on standard output");
  AddQuiet(command);
  AddPlugin(command);
  command.add_flag("--trust-model", line_.common.trust_model,
                   "load TorchScript files, which are programs");
}
void Parser::AddConfig(CLI::App& command, std::string& config) {
  command.add_option("config", config, "configuration file (YAML)")->type_name(kPathType);
  AddCommon(command);
}

void Parser::AddWork() {
  AddConfig(Command("train", "train a network, with or without a defence"), line_.train.config);
  AddConfig(Command("attack", "attack a model and write a robustness report"), line_.attack.config);
  CLI::App& demo = Command("demo", "train two networks on real data, attack both, open a report");
  demo.add_flag("--all", line_.demo.all,
                "every module's: then also translate a video (agon cyclegan demo)");
  AddCommon(demo);
}

void Parser::AddInspection() {
  CLI::App& list = Command("list", "list attacks, models, datasets and other components");
  list.add_option("kind", line_.list.kind, "only this kind: attack, model, dataset, ...")
      ->type_name("KIND");
  AddJson(list, "print as JSON");
  AddPlugin(list);

  CLI::App& describe = Command("describe", "describe one component and its settings");
  describe.add_option("name", line_.describe.name, "its name, as in pgd or attack/pgd")
      ->type_name("NAME")
      ->required();
  AddJson(describe, "print as JSON, with the JSON schema of its settings");
  AddPlugin(describe);

  CLI::App& check = Command("check", "check a configuration without running it");
  check.add_option("config", line_.check.config, "configuration file (YAML)")->type_name(kPathType);
  check.add_flag("--resolved", line_.check.resolved, "print it with every default written out");
  check.add_flag("--schema", line_.check.schema, "print the JSON schema of such configurations");
  check
      .add_option("--kind", line_.check.kind,
                  "what it is for; without it the file's own keys decide")
      ->type_name("attack|train|selfplay|cyclegan")
      ->check(CLI::IsMember(kConfigKinds).description(""));
  AddSet(check);
  AddPlugin(check);

  CLI::App& doctor = Command("doctor", "show what was found on this machine, and what is missing");
  AddDevice(doctor);
  AddJson(doctor, "print as JSON");

  CLI::App& report = Command("report", "compare runs of `agon attack` on one page");
  report.add_option("runs", line_.report.runs, "folders of runs")->type_name(kPathType)->required();
  report.add_option("-o,--output", line_.report.output, "page to write; default report.html")
      ->type_name(kPathType);
  AddJson(report, "print the compared results as JSON");

  CLI::App& bench = Command("bench", "measure speed and memory against bare LibTorch");
  bench.add_option("name", line_.bench.name, "which benchmark; without it: list them")
      ->type_name("NAME");
  bench
      .add_option("--pairs", line_.bench.pairs,
                  "interleaved pairs that a ratio is the median of; default 9")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}).description(""));
  AddDevice(bench);
  AddJson(bench, "print as JSON");
  AddQuiet(bench);

  CLI::App& completion = Command("completion", "print a completion script for a shell");
  completion.add_option("shell", shell_, "bash, zsh or fish")
      ->type_name("SHELL")
      ->required()
      ->check(CLI::IsMember(kShells).description(""));
}

void Parser::AddFiles() {
  CLI::App& command = Command("export", "convert weights for other programs");
  command
      .add_option("weights", line_.exporting.weights, "weights: .safetensors, .npz, .pth or .pt")
      ->type_name(kPathType)
      ->required();
  command.add_option("output", line_.exporting.output, "file to write")
      ->type_name(kPathType)
      ->required();
  command
      .add_option("--format", line_.exporting.format,
                  "pth (a state dict for PyTorch), safetensors or npz; default: as the file's name "
                  "ends")
      ->type_name("FORMAT")
      ->take_last()
      ->check(CLI::IsMember(kWeightFormats).description(""));
  command
      .add_option("--direction", line_.exporting.direction,
                  "which generator of a CycleGAN: a2b or b2a; default a2b")
      ->type_name("DIRECTION")
      ->take_last()
      ->check(CLI::IsMember(kDirections).description(""));
  AddQuiet(command);
}

CommandInfo Parser::InfoOf(const CLI::App& command) {
  CommandInfo info;
  info.name = command.get_name();
  info.help = command.get_description();
  for (const CLI::Option* const option : command.get_options()) {
    const bool is_path = option->get_type_name().find(kPathType) != std::string::npos;
    if (option->get_positional()) {
      info.takes_paths = info.takes_paths || is_path;
      continue;
    }
    if (option->get_group().empty()) continue;  // hidden
    OptionInfo entry;
    entry.help = option->get_description();
    entry.takes_value = option->get_items_expected_max() > 0;
    entry.value_is_path = is_path;
    for (const std::string& name : option->get_lnames()) entry.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) entry.names.push_back("-" + name);
    const auto fixed = FixedChoices().find(entry.names.front());
    if (fixed != FixedChoices().end()) entry.choices = fixed->second;
    info.options.push_back(std::move(entry));
  }
  if (info.name == "completion") info.argument_choices = kShells;
  return info;
}

// A command of a group has both names: "selfplay match".
std::vector<CommandInfo> Parser::Commands() {
  const auto all = [](CLI::App*) { return true; };
  std::vector<CommandInfo> commands;
  for (CLI::App* const command : app_.get_subcommands(all)) {
    CommandInfo group = InfoOf(*command);
    std::vector<CommandInfo> members;
    for (CLI::App* const member : command->get_subcommands(all)) {
      group.argument_choices.push_back(member->get_name());
      members.push_back(InfoOf(*member));
      members.back().name = group.name + " " + members.back().name;
    }
    group.is_group = !members.empty();
    commands.push_back(std::move(group));
    for (CommandInfo& member : members) commands.push_back(std::move(member));
  }
  return commands;
}

}  // namespace agon::cli
