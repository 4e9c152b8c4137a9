// SPDX-License-Identifier: Apache-2.0
// What the thin program answers alone: help, wrong usage, completion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "runtime/base/text.h"
#include "tests/cli/run_program.h"

namespace agon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kCommands{"train",  "attack", "demo",  "cyclegan",  "selfplay",
                                         "view",   "export", "list",  "describe",  "check",
                                         "doctor", "report", "bench", "completion"};
const std::vector<std::string> kCyclegan{"train", "translate", "evaluate", "demo"};
const std::vector<std::string> kSelfplay{"train", "match", "evaluate", "gtp", "play"};

// One line that names the cure, nothing on stdout, exit code 2.
void ExpectUsageError(const std::vector<std::string>& arguments, const std::string& text) {
  const Workplace place;
  const Outcome outcome = place.Run(arguments);
  EXPECT_EQ(outcome.code, 2) << text;
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.errors, HasSubstr(text));
  EXPECT_EQ(Split(outcome.errors, '\n').size(), 2U) << outcome.errors;  // one line and its end
}

TEST(Usage, HelpListsExactlyTheCommandsThatWork) {
  const Workplace place;
  const Outcome outcome = place.Run({"--help"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.errors, "");
  std::istringstream lines(outcome.output.substr(outcome.output.find("Commands:")));
  std::string line;
  std::getline(lines, line);
  std::vector<std::string> listed;
  while (std::getline(lines, line) && line.starts_with("  ")) {
    listed.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  EXPECT_EQ(listed, kCommands);
}

TEST(Usage, EveryCommandExplainsItself) {
  const Workplace place;
  for (const std::string& command : kCommands) {
    const Outcome outcome = place.Run({command, "--help"});
    EXPECT_EQ(outcome.code, 0) << command;
    EXPECT_THAT(outcome.output, HasSubstr("agon " + command));
  }
}

TEST(Usage, AGroupOfCommandsExplainsItselfAndEachOfThem) {
  const Workplace place;
  for (const auto& [name, commands] :
       {std::pair("selfplay", kSelfplay), std::pair("cyclegan", kCyclegan)}) {
    const std::string group = place.Run({name, "--help"}).output;
    for (const std::string& command : commands) {
      EXPECT_THAT(group, HasSubstr("\n  " + command + " "));
      const Outcome outcome = place.Run({name, command, "--help"});
      EXPECT_EQ(outcome.code, 0) << command;
      EXPECT_THAT(outcome.output, HasSubstr(std::string("agon ") + name + " " + command));
      EXPECT_THAT(outcome.output, HasSubstr("--set"));
    }
  }
  ExpectUsageError({"selfplay"}, "agon selfplay: a command is missing: train, match");
  ExpectUsageError({"selfplay", "mach"}, "unknown command \"mach\" (did you mean \"match\"?)");
  ExpectUsageError({"selfplay", "match", "--gmae", "go"}, "(did you mean \"--game\"?)");
}

TEST(Usage, CommandsThatRunTakeTheCommonOptions) {
  const Workplace place;
  for (const char* command : {"train", "attack", "demo"}) {
    const std::string help = place.Run({command, "--help"}).output;
    for (const char* option :
         {"--set", "--device", "--seed", "--run", "--resume", "--json", "--quiet"}) {
      EXPECT_THAT(help, HasSubstr(option)) << command;
    }
  }
}

TEST(Usage, TheVersionIsPrinted) {
  const Workplace place;
  const Outcome outcome = place.Run({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, ::testing::StartsWith("agon 0."));
}

TEST(Usage, AnUnknownCommandSuggestsTheNearest) {
  ExpectUsageError({"atack", "x.yaml"}, "unknown command \"atack\" (did you mean \"attack\"?)");
  ExpectUsageError({"xyzzy"}, "unknown command \"xyzzy\"; agon --help lists them");
}

TEST(Usage, AnUnknownOptionSuggestsTheNearest) {
  ExpectUsageError({"attack", "x.yaml", "--devise", "cpu"}, "(did you mean \"--device\"?)");
  ExpectUsageError({"attack", "x.yaml", "--devise=cpu"}, "(did you mean \"--device\"?)");
}

TEST(Usage, MissingAndSpareArgumentsAreNamed) {
  ExpectUsageError({"attack"}, "agon attack CONFIG");
  ExpectUsageError({"describe"}, "name");
  ExpectUsageError({"attack", "a.yaml", "b.yaml"}, "unexpected argument \"b.yaml\"");
  ExpectUsageError({"attack", "a.yaml", "--seed", "many"}, "--seed");
  ExpectUsageError({"doctor", "--threads", "-2"}, "--threads");
}

TEST(Usage, ASeedIsAWholeNumberThatIsNotNegative) {
  for (const char* seed : {"-1", "abc", "1.5"}) {
    ExpectUsageError({"attack", "x.yaml", "--seed", seed}, std::string("--seed: Value ") + seed);
  }
}

TEST(Usage, AResumedRunKeepsItsConfiguration) {
  ExpectUsageError({"attack", "--resume", "r", "--set", "seed=1"}, "--set cannot be used");
  ExpectUsageError({"attack", "--resume", "r", "--seed", "1"}, "--seed cannot be used");
  ExpectUsageError({"attack", "--resume", "r", "--run", "s"}, "--run cannot be used");
  ExpectUsageError({"attack", "a.yaml", "--resume", "r"}, "configuration file cannot be used");
}

TEST(Usage, NoArgumentsShowTheHelpOnStderr) {
  const Workplace place;
  const Outcome outcome = place.Run({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.errors, HasSubstr("attack"));
}

TEST(Completion, KnowsEveryCommandAndOptionInEveryShell) {
  const Workplace place;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = place.Run({"completion", shell});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.errors, "");
    for (const std::string& command : kCommands) EXPECT_THAT(outcome.output, HasSubstr(command));
    for (const char* option : {"set", "device", "resume", "trust-model", "schema", "output"}) {
      EXPECT_THAT(outcome.output, HasSubstr(option)) << shell;
    }
  }
  EXPECT_EQ(place.Run({"completion", "tcsh"}).code, 2);
}

// The script is not only text: bash itself completes with it.
TEST(Completion, WorksInBash) {
  const Workplace place;
  place.Write("completion.bash", place.Run({"completion", "bash"}).output);
  place.Write("try.sh",
              "source ./completion.bash\n"
              "ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _agon; "
              "echo \"${COMPREPLY[@]}\"; }\n"
              "ask agon att\nask agon attack --dev\nask agon attack --device c\n"
              "ask agon completion z\nask agon selfplay ma\nask agon selfplay match --open\n"
              "ask agon cyclegan tran\nask agon cyclegan translate --steady st\n");
  const std::string command =
      "cd '" + place.path().string() + "' && bash --norc try.sh > answers 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(ReadFileText(place.path() / "answers"),
            "attack\n--device\ncpu cuda\nzsh\nmatch\n--opening-moves\ntranslate\nstrong\n");
}

// What start-up costs is decided by what is linked: nothing of LibTorch, OpenCV or CUDA.
TEST(Program, LinksNothingHeavy) {
  const Workplace place;
  const std::string command =
      "ldd '" AGON_BINARY_DIR "/agon' > '" + (place.path() / "libraries").string() + "' 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string libraries = ReadFileText(place.path() / "libraries");
  ASSERT_THAT(libraries, HasSubstr("libc.so"));
  for (const char* heavy : {"libtorch", "libc10", "libagon.so", "opencv", "avcodec", "cuda"}) {
    EXPECT_THAT(libraries, Not(HasSubstr(heavy)));
  }
}

}  // namespace
}  // namespace agon::cli
