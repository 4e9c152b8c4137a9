// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/translation.h"

#include <csignal>
#include <fstream>
#include <thread>

#include "cyclegan/network/network_file.h"
#include "runtime/base/stop.h"
#include "runtime/formats/png.h"
#include "tests/runtime/media/make_video.h"

namespace agon::cyclegan {
namespace {

using formats::ErrorOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TranslationTest : public media::MediaTest {
 protected:
  void SetUp() override {
    MediaTest::SetUp();
    ClearStop();
    device_.threads = 2;
    device_.description = "cpu";
  }
  void TearDown() override { ClearStop(); }

  [[nodiscard]] TranslateConfig Config(const Path& input, const std::string& output) const {
    TranslateConfig config;
    config.weights = kIdentity;
    config.input = input;
    config.output = Place(output);
    config.segment = 10;
    return config;
  }
  // A small generator with weights that are no identity.
  [[nodiscard]] std::string Weights() const {
    const Path file = Place("weights.safetensors");
    const GeneratorSettings settings{.width = 4, .blocks = 1, .resampling = "transposed"};
    const Generator a(settings, 1), b(settings, 2);
    SaveGenerators(file, settings, a.State(), b.State(), {});
    return file.string();
  }
  TranslateResult Run(const TranslateConfig& config, const std::string& folder) const {
    Translation translation(config, device_);
    run::Run run = run::Run::Create({.folder = Place(folder),
                                     .command = "cyclegan translate",
                                     .arguments = {},
                                     .config = config::Dump(translation.config()),
                                     .device = {},
                                     .inputs = translation.InputFiles()});
    TranslateResult result = translation.Run(run);
    run.Finish();
    return result;
  }
  TranslateResult Resume(const TranslateConfig& config, const std::string& folder) const {
    Translation translation(config, device_);
    run::Run run = run::Run::Resume(Place(folder), "cyclegan translate");
    TranslateResult result = translation.Run(run, {.folder = {}, .resume = true});
    run.Finish();
    return result;
  }
  [[nodiscard]] std::string Report(const std::string& name) const {
    return ReadFileText(Place(name));
  }

  DevicePolicy device_;
};

TEST_F(TranslationTest, AVideoKeepsItsFramesTimesAndSound) {
  const Path input = Make("in.mp4", Moving("64x48", "2.5") +
                                        " -f lavfi -i sine=duration=2.5 -pix_fmt yuv420p "
                                        "-c:a aac -metadata:s:a:0 language=eng");
  const TranslateResult result = Run(Config(input, "out.mp4"), "run");
  EXPECT_EQ(FrameEntries(Place("out.mp4"), "pts"), FrameEntries(input, "pts"));
  const std::string audio = "-map 0:a -c copy -f md5 -";
  const auto packets = [&](const Path& file) {
    return media::OutputOf("ffmpeg -v quiet -nostdin -i '" + file.string() + "' " + audio);
  };
  EXPECT_EQ(packets(Place("out.mp4")), packets(input));
  EXPECT_THAT(packets(input), HasSubstr("MD5="));
  EXPECT_LE(media::MeanDifference(Decoded(input, "rgb24"), Decoded(Place("out.mp4"), "rgb24")), 3);

  EXPECT_EQ(result.report.at("frames"), 25);
  EXPECT_EQ(result.report.at("network"), "identity");
  EXPECT_EQ(result.report.at("steady"), "off");
  EXPECT_EQ(result.report.at("streams").at(0).at("kind"), "audio");
  EXPECT_EQ(result.report.at("damaged"), 0);
  EXPECT_GT(result.report.at("estimated_seconds").get<double>(), 0);
  // The output is the input: what is measured of them is equal.
  const nlohmann::json& metrics = result.report.at("metrics");
  EXPECT_EQ(metrics.at("warp_output"), metrics.at("warp_input"));
  EXPECT_EQ(metrics.at("flicker_output"), metrics.at("flicker_input"));
  EXPECT_GT(metrics.at("flicker_input").get<double>(), 0);
  EXPECT_EQ(nlohmann::json::parse(Report("run/report.json")), result.report);
  EXPECT_THAT(Report("run/report.html"), HasSubstr("25 frames"));
  EXPECT_THAT(Report("run/metrics.csv"), HasSubstr("frame,seconds,flicker_input"));
  EXPECT_TRUE(std::filesystem::exists(Place("run/samples/000000-output.png")));
  EXPECT_FALSE(std::filesystem::exists(Place("run/segments")));
}

// Stopped at any point, what is there plays; continued, the frames are those of a job that nobody
// stopped, though the network's statistics and the filter reach back over all earlier frames.
TEST_F(TranslationTest, AStoppedJobLeavesAVideoAndGoesOnWithTheSameFrames) {
  const Path input = Make("in.mp4", Moving("64x48", "30") + " -pix_fmt yuv420p");  // 300 frames
  TranslateConfig config = Config(input, "whole.mp4");
  config.weights = Weights();
  config.steady = "strong";
  config.batch = 4;
  const TranslateResult whole = Run(config, "whole");
  EXPECT_EQ(whole.report.at("frames"), 300);

  config.output = Place("stopped.mp4");
  std::jthread stopper([&] {
    while (!std::filesystem::exists(Place("run/segments/000040.mp4"))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    RequestStop(SIGINT);
  });
  EXPECT_THAT(ErrorOf([&] { return Run(config, "run"); }, ErrorKind::kInterrupted),
              HasSubstr("stopped after"));
  stopper.join();
  ClearStop();
  const std::string expected = Decoded(Place("whole.mp4"), "yuv420p");
  const std::string part = Decoded(Place("stopped.mp4"), "yuv420p");
  const std::size_t frame = 64 * 48 * 3 / 2;
  EXPECT_GE(part.size(), 50 * frame);
  EXPECT_LT(part.size(), expected.size());
  EXPECT_EQ(part.size() % frame, 0U);
  // Whole segments are final; the last one may have been closed early.
  const std::size_t closed = part.size() / frame / 10 * 10 * frame;
  EXPECT_EQ(part.substr(0, closed), expected.substr(0, closed));

  const TranslateResult resumed = Resume(config, "run");
  EXPECT_EQ(Decoded(Place("stopped.mp4"), "yuv420p"), expected);
  EXPECT_EQ(resumed.report.at("frames"), 300);
  EXPECT_EQ(resumed.report.at("metrics"), whole.report.at("metrics"));
  EXPECT_EQ(Report("run/metrics.csv"), Report("whole/metrics.csv"));
  EXPECT_EQ(Resume(config, "run").report, resumed.report);  // done: nothing is done again
}

TEST_F(TranslationTest, AFolderGivesAFolderWithTheSameNames) {
  std::filesystem::create_directories(Place("in"));
  (void)Make("in/a.png", "-f lavfi -i color=red:size=40x24 -frames:v 1");
  (void)Make("in/b.jpg", "-f lavfi -i color=blue:size=20x30 -frames:v 1");
  media::WriteBytes(Place("in/notes.txt"), "no picture");
  const TranslateResult result = Run(Config(Place("in"), "out"), "run");
  EXPECT_EQ(result.report.at("frames"), 2);
  EXPECT_THAT(result.report.dump(), HasSubstr("notes.txt"));
  const auto size = [&](const std::string& name) {
    const formats::Pixels pixels = formats::DecodePng(ReadFileBytes(Place(name)), name);
    return std::pair(pixels.width, pixels.height);
  };
  EXPECT_EQ(size("out/a.png"), std::pair(40, 24));
  EXPECT_EQ(size("out/b.png"), std::pair(20, 30));
  EXPECT_THAT(result.report.dump(), HasSubstr("nothing was measured from frame 1 on"));
}

TEST_F(TranslationTest, OnePictureGivesOne) {
  const Path input = Make("in.png", "-f lavfi -i testsrc=size=36x20 -frames:v 1");
  TranslateConfig config = Config(input, "out.png");
  config.weights = Weights();
  const TranslateResult result = Run(config, "run");
  const formats::Pixels out = formats::DecodePng(ReadFileBytes(Place("out.png")), "out.png");
  EXPECT_EQ(out.width, 36);
  EXPECT_EQ(out.height, 20);
  EXPECT_NE(out.data, formats::DecodePng(ReadFileBytes(input), "in").data);
  EXPECT_TRUE(result.report.at("metrics").is_null());
  EXPECT_EQ(result.report.at("steady"), "off");
}

TEST_F(TranslationTest, SideBySideIsTwiceAsWide) {
  const Path input = Make("in.mp4", Moving("64x48", "0.5") + " -pix_fmt yuv420p");
  TranslateConfig config = Config(input, "out.mkv");
  config.side_by_side = true;
  config.height = 24;
  (void)Run(config, "run");
  const auto reader = media::Videos().Open(Place("out.mkv"), {});
  EXPECT_EQ(reader->info().width, 64);  // 32 and 32
  EXPECT_EQ(reader->info().height, 24);
  for (const media::VideoFrame& frame : media::AllFrames(*reader)) {
    for (const int x : {3, 17, 30}) {
      EXPECT_NEAR(media::SampleAt(frame.picture, x, 12, 1),
                  media::SampleAt(frame.picture, x + 32, 12, 1), 12);
    }
  }
}

TEST_F(TranslationTest, AVideoGivesAFolderOfPictures) {
  const Path input = Make("in.mp4", Moving("64x48", "0.3") + " -pix_fmt yuv420p");
  (void)Run(Config(input, "frames"), "run");
  EXPECT_TRUE(std::filesystem::exists(Place("frames/000002.png")));
  EXPECT_FALSE(std::filesystem::exists(Place("frames/000003.png")));
}

TEST_F(TranslationTest, MistakesAreFoundBeforeAnythingIsWritten) {
  const Path input = Make("in.mp4", Moving("64x48", "0.3") + " -pix_fmt yuv420p");
  const auto refusal = [&](const TranslateConfig& config, ErrorKind kind) {
    return ErrorOf([&] { return std::make_unique<Translation>(config, device_); }, kind);
  };
  TranslateConfig config = Config(input, "out.mp4");
  config.output = input;
  EXPECT_THAT(refusal(config, ErrorKind::kUsage), HasSubstr("in.mp4"));
  config = Config(Place("none.mp4"), "out.mp4");
  EXPECT_THAT(refusal(config, ErrorKind::kData), HasSubstr("none.mp4"));
  config = Config(input, "out.mp4");
  config.weights = Place("none.safetensors").string();
  EXPECT_THAT(refusal(config, ErrorKind::kData), HasSubstr("none.safetensors"));
  config = Config(input, "frames");
  config.codec = "h264";
  EXPECT_THAT(refusal(config, ErrorKind::kUsage), HasSubstr("codec h264 is for videos"));
  EXPECT_FALSE(std::filesystem::exists(Place("out.mp4")));
  EXPECT_FALSE(std::filesystem::exists(Place("frames")));
}

// A file of one generator serves for both directions, and asking for the other one is answered.
TEST_F(TranslationTest, ADirectionThatChoosesNothingIsTold) {
  const Path input = Make("in.mp4", Moving("16x16", "0.3") + " -pix_fmt yuv420p");
  const Generator one({.width = 2, .blocks = 1, .resampling = "transposed"}, 1);
  ExportPth(Place("one.pth"), ReferenceState(one));
  TranslateConfig config = Config(input, "out.mp4");
  config.weights = Place("one.pth").string();
  config.metrics = "off";
  EXPECT_TRUE(Run(config, "a").report.at("notes").empty());
  config.direction = "b2a";
  const nlohmann::json notes = Run(config, "b").report.at("notes");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0].get<std::string>(),
              HasSubstr("one.pth holds one generator alone, which was taken; direction b2a chose"));
  config.weights = Weights();
  EXPECT_TRUE(Run(config, "c").report.at("notes").empty());
}

TEST_F(TranslationTest, ASourceThatChangedIsNotContinued) {
  const Path input = Make("in.mp4", Moving("64x48", "0.5") + " -pix_fmt yuv420p");
  const TranslateConfig config = Config(input, "out.mp4");
  (void)Run(config, "run");
  std::ofstream(input, std::ios::app | std::ios::binary) << "more";
  EXPECT_THAT(ErrorOf([&] { return Resume(config, "run"); }), HasSubstr("was changed"));
}

}  // namespace
}  // namespace agon::cyclegan
