// SPDX-License-Identifier: Apache-2.0
// `agon cyclegan demo`: configs/cyclegan/savanna.yaml, from nothing to zebras that walk. One run
// folder holds the training (train/), the video of plain animals (savanna.mp4), its translations
// without and with the steady filter (off/, strong/, zebras.mp4) and one report; started again it
// goes on where it was, and when it is done it says so at once.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/commands/cyclegan.h"
#include "cli/commands/demo_start.h"
#include "cyclegan/learn/report.h"
#include "cyclegan/translate/samples.h"
#include "cyclegan/translate/translate_report.h"
#include "cyclegan/translate/translation.h"
#include "cyclegan/video/temporal_metrics.h"
#include "cyclegan/world/savanna.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/text.h"
#include "runtime/media/video.h"

namespace agon::cli {
namespace {

using cyclegan::CycleganConfig;
using record::HtmlReport;

constexpr int kFormat = 1;
// The video: some scenes one after the other, none of them trained on or judged.
constexpr std::uint64_t kFirstScene = std::uint64_t{3} << 32;
constexpr std::int64_t kScenes = 4;
constexpr std::int64_t kSceneFrames = 75;
constexpr std::int64_t kFrameRate = 25;
constexpr int kSourceCrf = 10;    // of x264: next to lossless
constexpr int kViewHeight = 256;  // of the video to look at, at least

class Demo {
 public:
  Demo(const CycleganConfig& config, run::Run& run, const DevicePolicy& device)
      : config_(config), run_(run), device_(device), folder_(run.folder()) {
    settings_.frame_rate = static_cast<double>(kFrameRate);
    const config::Value domains = config.domains.ToConfig();
    settings_.size = Number(domains, "size");
    settings_.supersample = Number(domains, "supersample");
  }

  nlohmann::json Go(const cyclegan::DomainPair& domains) {
    const cyclegan::CycleganResult training =
        cyclegan::TrainCyclegan(config_, domains, run_, device_,
                                {.resume = std::filesystem::exists(folder_ / "train"),
                                 .folder = folder_ / "train",
                                 .track_prefix = ""});
    RenderVideo();
    const nlohmann::json off = Translate("off", folder_ / "zebras-unsteady.mp4");
    const nlohmann::json strong = Translate("strong", folder_ / "zebras.mp4");
    MakeView();
    const nlohmann::json errors = {{"input", TrueError(Source())},
                                   {"off", TrueError(folder_ / "zebras-unsteady.mp4")},
                                   {"strong", TrueError(folder_ / "zebras.mp4")}};
    nlohmann::json report = {{"format", kFormat},
                             {"command", "cyclegan demo"},
                             {"training", cyclegan::CycleganReportJson(training)},
                             {"video", "savanna.mp4"},
                             {"translated", "zebras.mp4"},
                             {"side_by_side", "side-by-side.mp4"},
                             {"warping_error", errors},
                             {"translation", strong},
                             {"unsteady", off}};
    WriteFileAtomic(folder_ / cyclegan::kReportFile, Page(training, report));
    WriteFileAtomic(folder_ / "report.json", report.dump(2) + "\n");
    return report;
  }

 private:
  static std::int64_t Number(const config::Value& mapping, const char* key) {
    const config::Value* const value = mapping.Find(key);
    AGON_CHECK(value != nullptr);
    return ParseInteger(value->text()).value_or(0);
  }

  [[nodiscard]] Path Source() const { return folder_ / "savanna.mp4"; }
  [[nodiscard]] cyclegan::SavannaScene Scene(std::int64_t number) const {
    return {settings_, cyclegan::Coat::kPlain, static_cast<std::uint64_t>(config_.seed),
            kFirstScene + static_cast<std::uint64_t>(number)};
  }
  static double TimeOf(std::int64_t frame) {
    return static_cast<double>(frame) / static_cast<double>(kFrameRate);
  }

  // A video of our own: square RGB frames, full chroma where the reader is our own program.
  static media::VideoInfo InfoOf(int side_w, int side_h, const char* chroma) {
    media::VideoInfo info;
    info.width = info.source_width = side_w;
    info.height = info.source_height = side_h;
    info.frame_rate = {kFrameRate, 1};
    info.time_base = {1, kFrameRate};
    info.chroma = chroma;
    info.colour = {.matrix = 1, .primaries = 1, .transfer = 1};  // BT.709
    return info;
  }

  void Attend() {
    if (run_.Tick().stop) {
      Fail(ErrorKind::kInterrupted, "stopped between the steps of the demo; what is done is kept");
    }
  }

  void RenderVideo() {
    if (std::filesystem::exists(Source())) return;
    const int side = static_cast<int>(settings_.size);
    media::WriteOptions options;
    options.crf = kSourceCrf;
    const auto writer = media::Videos().Create(Source(), InfoOf(side, side, "444"), options);
    Progress progress("drawing the savanna", kScenes * kSceneFrames, "frame");
    for (std::int64_t number = 0; number < kScenes; ++number) {
      const cyclegan::SavannaScene scene = Scene(number);
      for (std::int64_t t = 0; t < kSceneFrames; ++t) {
        cyclegan::SavannaFrame drawn = scene.RenderStill(TimeOf(t));
        writer->Write({.picture = {.width = side,
                                   .height = side,
                                   .bits = 8,
                                   .data = std::move(drawn.picture.data)},
                       .pts = number * kSceneFrames + t,
                       .duration = 1});
        progress.Advance();
        Attend();
      }
    }
    writer->Finish();
  }

  nlohmann::json Translate(const std::string& steady, const Path& output) {
    const Path folder = folder_ / steady;
    nlohmann::json done = cyclegan::FinishedTranslation(folder).report;
    if (!done.is_null()) return done;
    cyclegan::TranslateConfig config;
    config.seed = config_.seed;
    config.weights = (folder_ / "train" / cyclegan::kWeightsFile).string();
    config.input = Source();
    config.output = output;
    config.steady = steady;
    config.crf = 12;
    config.metrics = "all";
    config.precision = "float32";
    return cyclegan::TranslateVideo(
               config, run_, device_,
               {.folder = folder, .resume = true, .label = "translate-" + steady})
        .report;
  }

  // Mean warping error of a video of these scenes by their true flow.
  double TrueError(const Path& file) {
    const auto reader = media::Videos().Open(file, {});
    double sum = 0;
    std::int64_t pairs = 0;
    media::VideoFrame frame;
    for (std::int64_t number = 0; number < kScenes; ++number) {
      const cyclegan::SavannaScene scene = Scene(number);
      media::Picture before;
      for (std::int64_t t = 0; t < kSceneFrames; ++t) {
        if (!reader->Next(frame)) {
          Fail(ErrorKind::kData, "{}: has fewer frames than the {} that were drawn", file.string(),
               kScenes * kSceneFrames);
        }
        if (t > 0) {
          const cyclegan::SavannaFrame truth = scene.Render(TimeOf(t - 1));
          sum += cyclegan::WarpingError(before, frame.picture, truth.flow, truth.flow_valid);
          ++pairs;
        }
        before = frame.picture;
        Attend();
      }
    }
    return sum / static_cast<double>(pairs);
  }

  // Input and steady output beside each other, enlarged, in colours every player shows.
  void MakeView() {
    const Path file = folder_ / "side-by-side.mp4";
    if (std::filesystem::exists(file)) return;
    const auto input = media::Videos().Open(Source(), {});
    const auto output = media::Videos().Open(folder_ / "zebras.mp4", {});
    const int width = input->info().width;
    const int height = input->info().height;
    const int scale = std::max(1, (kViewHeight + height - 1) / height);
    const auto writer =
        media::Videos().Create(file, InfoOf(2 * width * scale, height * scale, "420"), {});
    media::VideoFrame left, right;
    for (std::int64_t number = 0; input->Next(left) && output->Next(right); ++number) {
      media::VideoFrame both{
          .picture = {.width = 2 * width * scale, .height = height * scale, .bits = 8, .data = {}},
          .pts = number,
          .duration = 1};
      both.picture.data.resize(both.picture.SampleCount());
      std::uint8_t* to = both.picture.data.data();
      for (int y = 0; y < both.picture.height; ++y) {
        for (int x = 0; x < both.picture.width; ++x, to += 3) {
          const media::Picture& from = x < width * scale ? left.picture : right.picture;
          const auto at = static_cast<std::ptrdiff_t>(y / scale) * width + x / scale % width;
          std::copy_n(from.data.data() + 3 * at, 3, to);
        }
      }
      writer->Write(both);
      Attend();
    }
    writer->Finish();
  }

  std::string Page(const cyclegan::CycleganResult& training, const nlohmann::json& report) const {
    const nlohmann::json& errors = report.at("warping_error");
    const double off = errors.at("off");
    const double strong = errors.at("strong");
    HtmlReport page("CycleGAN: plain animals become zebras", training.generator);
    cyclegan::AddTrainingVerdict(page, training);
    page.Heading("The video", "video");
    page.Paragraph(fmt::format(
        "savanna.mp4 ({} scenes, {} frames, none trained on) became zebras.mp4 with the steady "
        "filter at strong, and zebras-unsteady.mp4 without; side-by-side.mp4 shows input and "
        "output. strong/report.html and off/report.html are the pages of the two translations.",
        kScenes, kScenes * kSceneFrames));
    HtmlReport::TableBlock table;
    table.columns = {"warping error by the true flow", "mean square, of [0,1] colours"};
    table.numeric = {false, true};
    table.rows = {{"input", fmt::format("{:.6f}", errors.at("input").get<double>())},
                  {"translation without the filter", fmt::format("{:.6f}", off)},
                  {"translation with the filter at strong", fmt::format("{:.6f}", strong)},
                  {"with over without", fmt::format("{:.3f}", off > 0 ? strong / off : 0)}};
    table.caption = "Of the encoded videos, over all pairs of frames of a scene.";
    page.Table(table);
    HtmlReport::GalleryBlock gallery;
    gallery.columns = {"input", "output"};
    for (const auto& sample : cyclegan::SampleTaker::Load(folder_ / "strong" / "samples")) {
      gallery.scale = std::max(1, kViewHeight / std::max(1, sample.input.width));
      gallery.rows.push_back({.caption = fmt::format("frame {}", sample.frame),
                              .pictures = {{sample.input, ""}, {sample.output, ""}}});
    }
    if (!gallery.rows.empty()) page.Gallery(gallery);
    cyclegan::AddTrainingBlocks(page, training);
    page.Heading("Configuration", "configuration");
    page.Preformatted("Configuration", config::ToYaml(config::Dump(config_)));
    return page.Finish();
  }

  const CycleganConfig& config_;
  run::Run& run_;
  const DevicePolicy& device_;
  const Path folder_;
  cyclegan::SavannaSettings settings_;
};

void PrintEnd(const Session& session, const Path& folder, const nlohmann::json& report) {
  const nlohmann::json& judge = report.at("training").at("judge");
  const nlohmann::json& errors = report.at("warping_error");
  const double off = errors.at("off");
  const auto absolute = [&](const char* name) {
    return std::filesystem::absolute(folder / name).string();
  };
  session.Print(fmt::format(
      "\n{}\nwarping error by the true flow: {:.6f} with the steady filter, {:.6f} without "
      "({:.2f} of it)\nvideo: {}\nreport: {}\n",
      judge.is_null() ? std::string("Not judged.") : judge.at("sentence").get<std::string>(),
      errors.at("strong").get<double>(), off,
      off > 0 ? errors.at("strong").get<double>() / off : 0.0, absolute("side-by-side.mp4"),
      absolute("report.html")));
}

}  // namespace

nlohmann::json DoCycleganDemo(Session& session, const Path& folder) {
  const config::Value raw = session.resuming()
                                ? session.LoadConfig({})
                                : session.LoadConfigFile(FindShippedConfig(
                                      session.line().program, "cyclegan/savanna.yaml"));
  const CycleganConfig config = cyclegan::ReadCycleganConfig(raw);
  const config::Value resolved = config::Dump(config);
  if (config.domains.name() != "savanna") {
    Fail(ErrorKind::kUsage,
         "the demo draws its own video, so domains must be savanna, not {}; train with agon "
         "cyclegan train and translate with agon cyclegan translate",
         config.domains.name());
  }
  const DemoState state = StateOfDemo(session, folder, resolved);
  if (state == DemoState::kDone) {
    nlohmann::json report = nlohmann::json::parse(ReadFileText(folder / "report.json"));
    PrintEnd(session, folder, report);
    return report;
  }
  (void)media::Videos();  // found missing now rather than after the training
  const DevicePolicy& device = session.Device();
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const cyclegan::DomainPair domains = config.domains->Load(config.pictures, seed);
  cyclegan::CheckBeforeCyclegan(config, domains);

  run::RunOptions options;
  options.folder = folder;
  options.command = kCycleganDemoCommand;
  options.config = resolved;
  options.seed = seed;
  run::Run& run = state == DemoState::kBegun ? session.ContinueRun(folder, kCycleganDemoCommand)
                                             : session.OpenRun(std::move(options));
  nlohmann::json report = Demo(config, run, device).Go(domains);
  run.Finish();
  PrintEnd(session, run.folder(), report);
  return report;
}

int RunCycleganDemo(const CommandLine& line, Session& session) {
  const Path wanted = line.common.run.empty() ? Path(kCycleganDemoFolder) : Path(line.common.run);
  const Path folder = session.resuming() ? Path(line.common.resume) : wanted;
  session.PrintJson(DoCycleganDemo(session, folder));
  return kExitDone;
}

}  // namespace agon::cli
