// SPDX-License-Identifier: Apache-2.0
// Every command of the program, one function each: the exit code is returned, failures are thrown
// as agon::Error and turned into a message and an exit code by entry.cpp.
//
// Who needs this file: entry.cpp (dispatch), check.cpp, and the file of each command.
#pragma once

#include <vector>

#include "cli/commands/session.h"
#include "cli/options.h"
#include "runtime/config/fields.h"

namespace agon::cli {

[[nodiscard]] int RunTrain(const CommandLine& line, Session& session);          // train.cpp
[[nodiscard]] int RunAttack(const CommandLine& line, Session& session);         // attack.cpp
[[nodiscard]] int RunDemo(const CommandLine& line, Session& session);           // demo.cpp
[[nodiscard]] int RunSelfplayTrain(const CommandLine& line, Session& session);  // selfplay.cpp
[[nodiscard]] int RunSelfplayMatch(const CommandLine& line,
                                   Session& session);  // selfplay_match.cpp
[[nodiscard]] int RunSelfplayEvaluate(const CommandLine& line,
                                      Session& session);  // selfplay_evaluate.cpp
[[nodiscard]] int RunSelfplayGtp(const CommandLine& line, Session& session);   // selfplay_play.cpp
[[nodiscard]] int RunSelfplayPlay(const CommandLine& line, Session& session);  // selfplay_play.cpp
[[nodiscard]] int RunCycleganTrain(const CommandLine& line,
                                   Session& session);  // cyclegan_train.cpp
[[nodiscard]] int RunCycleganTranslate(const CommandLine& line,
                                       Session& session);  // cyclegan_translate.cpp
[[nodiscard]] int RunCycleganEvaluate(const CommandLine& line,
                                      Session& session);  // cyclegan_evaluate.cpp
[[nodiscard]] int RunCycleganDemo(const CommandLine& line, Session& session);  // cyclegan_demo.cpp
[[nodiscard]] int RunExport(const CommandLine& line, Session& session);        // export.cpp
[[nodiscard]] int RunList(const CommandLine& line, Session& session);          // list_describe.cpp
[[nodiscard]] int RunDescribe(const CommandLine& line, Session& session);      // list_describe.cpp
[[nodiscard]] int RunCheck(const CommandLine& line, Session& session);         // check.cpp
[[nodiscard]] int RunDoctor(const CommandLine& line, Session& session);        // doctor.cpp
[[nodiscard]] int RunReport(const CommandLine& line, Session& session);        // report.cpp
[[nodiscard]] int RunBench(const CommandLine& line, Session& session);         // bench.cpp

// What `agon check` needs of a command with a configuration file. Resolve reads the whole
// configuration, as the command would before it starts, and returns it with every default written
// out; Error(kConfig) with all problems.
[[nodiscard]] config::Value ResolveAttackConfig(const config::Value& value);    // attack.cpp
[[nodiscard]] std::vector<config::FieldInfo> AttackConfigFields();              // attack.cpp
[[nodiscard]] config::Value ResolveTrainConfig(const config::Value& value);     // train.cpp
[[nodiscard]] std::vector<config::FieldInfo> TrainConfigFields();               // train.cpp
[[nodiscard]] config::Value ResolveSelfplayConfig(const config::Value& value);  // selfplay.cpp
[[nodiscard]] std::vector<config::FieldInfo> SelfplayConfigFields();            // selfplay.cpp
[[nodiscard]] config::Value ResolveCycleganConfig(
    const config::Value& value);                                            // cyclegan_train.cpp
[[nodiscard]] std::vector<config::FieldInfo> CycleganConfigFields();        // cyclegan_train.cpp
[[nodiscard]] config::Value ResolveDemoConfig(const config::Value& value);  // demo.cpp

}  // namespace agon::cli
