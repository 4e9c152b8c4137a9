// SPDX-License-Identifier: Apache-2.0
// The real program in a real window, under Xvfb, worked by xdotool: it opens a run, scrubs, plays a
// move, leaves. Where things are it finds in the file that --probe writes.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/base/error.h"
#include "runtime/base/process.h"
#include "tests/runtime/base/wait_for.h"
#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {
namespace {

constexpr const char* kViewer = AGON_BINARY_DIR "/agon-view";
constexpr const char* kFakePlayer = AGON_SOURCE_DIR "/tests/viewer/game/fake_gtp.py";
constexpr double kPatience = 60;  // seconds, for anything to happen
// The probe is a file of some size, and the viewer needs the cores.
constexpr std::chrono::milliseconds kProbePoll(20);

bool HasProgram(const std::string& name) {
  try {
    return Process::Run({"which", name}, {}, {}, kPatience).end.ok();
  } catch (const Error&) {
    return false;
  }
}

// A display of its own, on the first number that is free.
class Display {
 public:
  Display()
      : server_({"Xvfb", "-displayfd", "1", "-screen", "0", "1200x800x24", "-nolisten", "tcp"}) {
    std::string number;
    (void)Until([&] {
      server_.Poll();
      number += server_.TakeOutput();
      return number.find('\n') != std::string::npos || !server_.running();
    });
    if (number.find('\n') == std::string::npos) {
      Fail(ErrorKind::kIo, "Xvfb did not start: {}", server_.TakeErrors());
    }
    ::setenv("DISPLAY", (":" + number.substr(0, number.find('\n'))).c_str(), 1);
    ::setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
    // What display drivers keep until the end is theirs; the goldens look for leaks of ours.
    const char* const given = std::getenv("ASAN_OPTIONS");
    const std::string options = std::string(given == nullptr ? "" : given) + ":detect_leaks=0";
    ::setenv("ASAN_OPTIONS", options.c_str(), 1);
  }

 private:
  Process server_;
};

std::string Xdotool(std::vector<std::string> words) {
  words.insert(words.begin(), "xdotool");
  const Process::Result result = Process::Run(words, {}, {}, kPatience);
  EXPECT_TRUE(result.end.ok()) << words[1] << ": " << result.end.Describe() << result.errors;
  return result.output.substr(0, result.output.find('\n'));
}

class Window {
 public:
  Window(const Path& folder, std::vector<std::string> words) : probe_(folder / "probe.json") {
    ::setenv("XDG_CONFIG_HOME", folder.c_str(), 1);
    std::vector<std::string> all{
        kViewer, "--fixed-fonts", "--size", "1100x700", "--probe", probe_.string(),
    };
    all.insert(all.end(), words.begin(), words.end());
    viewer_ = std::make_unique<Process>(all, folder);
  }

  [[nodiscard]] Process& process() { return *viewer_; }
  // Of what is drawn at `path` now; empty while it is not.
  [[nodiscard]] std::string Value(const std::string& path) {
    const nlohmann::json item = Item(path);
    return item.is_null() ? std::string() : item["value"].get<std::string>();
  }
  // True as soon as what is drawn at `path` has this text.
  [[nodiscard]] bool Shows(const std::string& path, const std::string& text) {
    const auto there = [&] {
      viewer_->Poll();
      return Value(path).find(text) != std::string::npos || !viewer_->running();
    };
    const bool shown = Until(there, kProbePoll);
    EXPECT_TRUE(viewer_->running()) << viewer_->TakeErrors();
    return shown && viewer_->running();
  }
  // Needs the window to be there. There is no window manager: nobody else gives it the focus.
  void TakeFocus(const std::string& title) {
    id_ = Xdotool({"search", "--sync", "--name", title});
    Xdotool({"windowfocus", "--sync", id_});
  }
  void Click(const std::string& path, double share_of_width = 0.5) {
    const nlohmann::json item = Item(path);
    ASSERT_FALSE(item.is_null()) << path << " is not drawn";
    const auto x = item["x"].get<double>() + share_of_width * item["width"].get<double>();
    const auto y = item["y"].get<double>() + 0.5 * item["height"].get<double>();
    Xdotool({"mousemove", "--window", id_, std::to_string(std::lround(x)),
             std::to_string(std::lround(y))});
    Pause();
    Xdotool({"mousedown", "1"});
    Pause();
    Xdotool({"mouseup", "1"});
  }
  static void Key(const std::string& key) { Xdotool({"key", key}); }

 private:
  // Longer than a frame takes in software.
  static void Pause() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }
  [[nodiscard]] nlohmann::json Item(const std::string& path) const {
    try {
      const nlohmann::json all = nlohmann::json::parse(ReadFileText(probe_));
      return all.contains(path) ? all[path] : nlohmann::json();
    } catch (const Error&) {
      return {};  // not yet
    }
  }
  Path probe_;
  std::unique_ptr<Process> viewer_;
  std::string id_;
};

TEST(WindowSmoke, OpensARunScrubsPlaysAMoveAndLeaves) {
  for (const char* const program : {"Xvfb", "xdotool"}) {
    if (HasProgram(program)) continue;
    ASSERT_EQ(std::getenv("CI"), nullptr) << program << " is missing";
    GTEST_SKIP() << program << " is missing: install Debian's packages xvfb and xdotool";
  }
  const RunsFixture runs;
  RunFixture run(runs, "first");
  for (int step = 0; step <= 100; ++step) run.Scalar("train/loss", step, 1.0 / (1 + step));
  run.Flush();

  const Display display;
  Window window(runs.folder(), {"--panel", "game", "--show", "play=tic_tac_toe", "--show",
                                "player=first", "--program", kFakePlayer, run.folder()});
  ASSERT_TRUE(window.Shows("Menu/Title", "first"));
  ASSERT_TRUE(window.Shows("Timeline/Moment", "100 / 100"));
  window.TakeFocus("^first - Agon$");

  window.Click("Timeline/Slider", 0.25);
  const auto step = [&] { return std::atoi(window.Value("Timeline/Moment").c_str()); };
  ASSERT_TRUE(Until([&] { return step() < 100; }, kProbePoll));
  EXPECT_NEAR(step(), 25, 3);
  Window::Key("Home");
  ASSERT_TRUE(window.Shows("Timeline/Moment", "0 / 100"));
  Window::Key("End");
  ASSERT_TRUE(window.Shows("Timeline/Moment", "100 / 100"));

  ASSERT_TRUE(window.Shows("Game/Play/Status", "your turn (X), move 1"));
  window.Click("Game/Play/Board/b2");
  ASSERT_TRUE(window.Shows("Game/Play/Status", "your turn (X), move 3"));
  EXPECT_EQ(window.Value("Game/Play/Board/b2"), "X");
  EXPECT_EQ(window.Value("Game/Play/Board/a3"), "O");

  Window::Key("F1");
  ASSERT_TRUE(window.Shows("Keys/F1", "this table"));
  Window::Key("ctrl+q");
  ASSERT_TRUE(Until([&] {
    window.process().Poll();
    return !window.process().running();
  }));
  EXPECT_TRUE(window.process().end()->ok()) << window.process().end()->Describe();
  // What was chosen is there the next time.
  EXPECT_TRUE(std::filesystem::exists(runs.folder() / "agon" / "view.yaml"));
}

// No display: one line that says what to do, and the exit code of wrong usage.
TEST(WindowSmoke, WithoutADisplayItSaysWhatToDo) {
  const RunsFixture runs;
  const Process::Result result = Process::Run(
      {"env", "-u", "DISPLAY", "-u", "WAYLAND_DISPLAY", kViewer, runs.folder().string()},
      runs.folder(), {}, kPatience);
  EXPECT_EQ(result.end.code, 2) << result.end.Describe();
  EXPECT_NE(result.errors.find("no display"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("--png"), std::string::npos);
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
}

// Found before anything is drawn.
TEST(WindowSmoke, RefusesAPictureThatCannotBeWritten) {
  const RunsFixture runs;
  RunFixture run(runs, "first");
  run.Scalar("loss", 0, 1);
  run.Flush();
  for (const Path& file : {runs.folder() / "no_such_folder" / "picture.png", runs.folder()}) {
    const Process::Result result = Process::Run(
        {kViewer, "--png", file.string(), run.folder().string()}, runs.folder(), {}, kPatience);
    EXPECT_EQ(result.end.code, 2) << result.end.Describe();
    EXPECT_NE(result.errors.find("--png"), std::string::npos) << result.errors;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }
}

// For nobody: what measuring needs.
TEST(WindowSmoke, DrawsForNobodyAndWritesTimings) {
  const RunsFixture runs;
  RunFixture run(runs, "first");
  run.Scalar("loss", 0, 1);
  run.Flush();
  const Path file = runs.folder() / "timings.json";
  const Process::Result result =
      Process::Run({kViewer, "--headless", "--frames", "5", "--timings", file.string(), "--size",
                    "320x240", runs.folder().string()},
                   runs.folder(), {}, kPatience);
  ASSERT_TRUE(result.end.ok()) << result.errors;
  const nlohmann::json timings = nlohmann::json::parse(ReadFileText(file));
  EXPECT_GE(timings["frames"].get<int>(), 5);
  EXPECT_GE(timings["first_frame"].get<double>(), timings["started"].get<double>());
  EXPECT_GE(timings["first_runs_frame"].get<double>(), timings["first_frame"].get<double>());
  EXPECT_GE(timings["first_settled_frame"].get<double>(),
            timings["first_runs_frame"].get<double>());
  EXPECT_GT(timings["frame_ms"]["median"].get<double>(), 0);
  EXPECT_GT(timings["peak_rss_bytes"].get<std::int64_t>(), 0);
}

}  // namespace
}  // namespace agon::viewer
