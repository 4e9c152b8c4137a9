// SPDX-License-Identifier: Apache-2.0
// `agon cyclegan translate` and `evaluate` as a user or a script types them. Videos are made, and
// what is in them is told, by the program ffmpeg.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"
#include "tests/cli/run_program.h"

namespace agon::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Cyclegan : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("ffmpeg -version >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "the program ffmpeg is missing (./scripts/setup)";
    }
  }
  void Shell(const std::string& command) const {
    const std::string all = "cd '" + place_.path().string() + "' && " + command;
    ASSERT_EQ(std::system(all.c_str()), 0) << all;
  }
  void Make(const std::string& name, const std::string& arguments) const {
    Shell("ffmpeg -v error -nostdin -y " + arguments + " " + name);
  }
  void MakeVideo(const std::string& name, int seconds, const std::string& more = "") const {
    Make(name, "-f lavfi -i testsrc=size=160x120:rate=25:duration=" + std::to_string(seconds) +
                   " " + more + " -pix_fmt yuv420p");
  }
  // A digest of the frames as they are decoded, and their number.
  [[nodiscard]] std::string FramesOf(const std::string& name) const {
    Shell("ffmpeg -v error -nostdin -i " + name +
          " -map 0:v -f framehash - | grep -v '^#' > frames");
    return ReadFileText(place_.path() / "frames");
  }
  [[nodiscard]] static std::size_t LinesOf(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  [[nodiscard]] bool Exists(const std::string& name) const {
    return std::filesystem::exists(place_.path() / name);
  }
  // The command line of a translation by the identity; later options win.
  [[nodiscard]] static std::vector<std::string> Translate(
      const std::string& input, const std::string& output, const std::string& run,
      const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"cyclegan", "translate", "--weights", "identity", "--input",
                                   input,      "--output",  output,      "--run",    run,
                                   "--device", "cpu",       "--threads", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void Refuse(const std::vector<std::string>& arguments, const std::string& text) const {
    const Outcome outcome = place_.Run(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.errors, HasSubstr(text));
    EXPECT_FALSE(Exists("r")) << text;
    EXPECT_FALSE(Exists("out.mp4")) << text;
  }

  const Workplace place_;
};

TEST_F(Cyclegan, TranslatesAVideo) {
  MakeVideo("in.mp4", 2, "-f lavfi -i sine=duration=2 -c:a aac");
  const Outcome outcome = place_.Run(Translate("in.mp4", "out.mp4", "r", {"--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const json report = json::parse(outcome.output);
  EXPECT_EQ(report.at("command"), "cyclegan translate");
  EXPECT_EQ(report.at("frames"), 50);
  EXPECT_EQ(json::parse(ReadFileText(place_.path() / "r/report.json")), report);
  EXPECT_THAT(outcome.errors, HasSubstr("will take about"));  // before it starts
  EXPECT_LT(outcome.errors.find("will take about"), outcome.errors.find("50/50"));
  EXPECT_EQ(LinesOf(FramesOf("out.mp4")), 50U);
  const json manifest = json::parse(ReadFileText(place_.path() / "r/manifest.json"));
  EXPECT_EQ(manifest.at("status"), "done");
  EXPECT_THAT(manifest.at("inputs").dump(), HasSubstr("in.mp4"));
}

// Killed without warning, continued: the frames of a job that nobody disturbed.
TEST_F(Cyclegan, AKilledTranslationGoesOn) {
  MakeVideo("in.mp4", 16);
  const std::vector<std::string> slow{"--segment", "20", "--preset", "veryslow", "--quiet"};
  ASSERT_EQ(place_.Run(Translate("in.mp4", "whole.mp4", "w", slow)).code, 0);
  const Outcome killed = place_.RunAndSignal(Translate("in.mp4", "out.mp4", "r", slow), SIGKILL,
                                             "r/checkpoints/000000000060/manifest.json", "step");
  ASSERT_EQ(killed.code, 128 + SIGKILL);
  EXPECT_FALSE(Exists("out.mp4"));
  const Outcome resumed = place_.Run({"cyclegan", "translate", "--resume", "r", "--json"});
  ASSERT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_EQ(json::parse(resumed.output).at("frames"), 400);
  EXPECT_EQ(FramesOf("out.mp4"), FramesOf("whole.mp4"));
  EXPECT_FALSE(Exists("r/segments"));
}

TEST_F(Cyclegan, CtrlCLeavesAPlayableFile) {
  MakeVideo("in.mp4", 16, "-f lavfi -i sine=duration=16 -c:a aac");
  const std::vector<std::string> slow{"--segment", "20", "--preset", "veryslow"};
  const Outcome stopped = place_.RunAndSignal(Translate("in.mp4", "out.mp4", "r", slow), SIGINT,
                                              "r/checkpoints/000000000060/manifest.json", "step");
  ASSERT_EQ(stopped.code, 130) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("continue with: agon cyclegan translate --resume"));
  const std::size_t there = LinesOf(FramesOf("out.mp4"));
  EXPECT_GE(there, 60U);
  EXPECT_LT(there, 400U);
  EXPECT_THAT(stopped.errors, HasSubstr("holds the first " + std::to_string(there) + " frames"));
  // Sound to the last frame's end, no further.
  Shell("ffprobe -v error -show_entries format=duration -of csv=p=0 out.mp4 > duration");
  EXPECT_NEAR(std::stod(ReadFileText(place_.path() / "duration")), static_cast<double>(there) / 25,
              0.1);
  const Outcome resumed = place_.Run({"cyclegan", "translate", "--resume", "r", "--quiet"});
  ASSERT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_EQ(LinesOf(FramesOf("out.mp4")), 400U);
}

TEST_F(Cyclegan, MistakesAreFoundBeforeAnythingIsWritten) {
  MakeVideo("in.mp4", 1, "-f lavfi -i sine=duration=1 -c:a aac");
  place_.Write("empty.mp4", "");
  place_.Write("list.m3u8", "#EXTM3U\n#EXTINF:1,\nin.mp4\n");
  Make("sound.m4a", "-f lavfi -i sine=duration=1");
  Refuse({"cyclegan", "translate", "--input", "in.mp4", "--output", "out.mp4"},
         "--weights FILE, or --weights identity");
  Refuse(Translate("none.mp4", "out.mp4", "r"), "none.mp4");
  Refuse(Translate("empty.mp4", "out.mp4", "r"), "empty.mp4");
  Refuse(Translate("list.m3u8", "out.mp4", "r"), "list.m3u8");
  Refuse(Translate("http://localhost/in.mp4", "out.mp4", "r"),
         "error: http://localhost/in.mp4: only local files are read");
  Refuse(Translate("concat:in.mp4|in.mp4", "out.mp4", "r"), "concat:in.mp4|in.mp4: only local");
  Refuse(Translate("sound.m4a", "out.mp4", "r"), "sound.m4a");
  Refuse(Translate("in.mp4", "in.mp4", "r"), "in.mp4");
  Refuse(Translate("in.mp4", "out.xyz", "r"), "out.xyz");
  Refuse(Translate("in.mp4", "out.webm", "r"), "name the output .mp4");  // no AAC in WebM
  Refuse(Translate("in.mp4", "out.mp4", "r", {"--weights", "none.pth"}), "none.pth");
  Refuse(Translate("in.mp4", "out.mp4", "r", {"--set", "stedy=off"}), "(did you mean \"steady\"?)");
  Refuse(Translate("in.mp4", "out.mp4", "r", {"--steady", "very"}), "--steady");
  Refuse({"cyclegan", "translate", "--resume", "r", "--input", "in.mp4"},
         "--input cannot be used with --resume");
  EXPECT_EQ(LinesOf(FramesOf("in.mp4")), 25U);  // as it was
}

// What was lost is said without a look into the report.
TEST_F(Cyclegan, AFileThatStopsInTheMiddleIsToldOf) {
  MakeVideo("in.mkv", 4, "-c:v mjpeg");
  Shell("head -c $(($(stat -c %s in.mkv) / 2)) in.mkv > half.mkv");
  const Outcome outcome = place_.Run(Translate("half.mkv", "out.mkv", "r", {"--quiet"}));
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("noted: the pictures end after"));
}

TEST_F(Cyclegan, EvaluateMeasuresWhatTranslateLeft) {
  MakeVideo("in.mp4", 1);
  ASSERT_EQ(place_.Run(Translate("in.mp4", "out.mkv", "r", {"--codec", "ffv1", "--quiet"})).code,
            0);
  const std::vector<std::string> evaluate{"cyclegan", "evaluate", "--input", "in.mp4", "--output",
                                          "out.mkv",  "--quiet",  "--json",  "--run",  "e"};
  const Outcome outcome = place_.Run(evaluate);
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const json metrics = json::parse(outcome.output).at("metrics");
  EXPECT_EQ(metrics.at("pairs"), 24);
  // Nearly the same frames: lossless but for the way to RGB and back.
  EXPECT_NEAR(metrics.at("warp_output").get<double>() / metrics.at("warp_input").get<double>(), 1,
              0.2);
  EXPECT_NEAR(
      metrics.at("flicker_output").get<double>() / metrics.at("flicker_input").get<double>(), 1,
      0.1);
  EXPECT_LT(metrics.at("tof").get<double>(), 0.05);
  EXPECT_TRUE(Exists("e/report.html"));
  EXPECT_TRUE(json::parse(outcome.output).at("distance").is_null());
  MakeVideo("other.mp4", 1, "-vf crop=100:120");
  const Outcome other = place_.Run(
      {"cyclegan", "evaluate", "--input", "in.mp4", "--output", "other.mp4", "--run", "o"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.errors, HasSubstr("not the frames of one another"));
  EXPECT_FALSE(Exists("o"));
  Make("one.png", "-f lavfi -i testsrc=size=160x120 -frames:v 1");
  const Outcome one = place_.Run(
      {"cyclegan", "evaluate", "--input", "one.png", "--output", "one.png", "--run", "o"});
  EXPECT_EQ(one.code, 2);
  EXPECT_THAT(one.errors, HasSubstr("one.png: holds one picture"));
}

}  // namespace
}  // namespace agon::cli
