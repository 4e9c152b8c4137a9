// SPDX-License-Identifier: Apache-2.0
// The Game panel's half that is played in.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/text.h"
#include "viewer/game/game_views.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr double kListSeconds = 20;     // that `agon list` may take
constexpr double kEndSeconds = 3;       // that a program has to end politely
constexpr std::size_t kMostRuns = 200;  // that are looked through for networks
constexpr std::array<const char*, 4> kSides = {"you begin", "the program begins", "you play both",
                                               "the program plays both"};

std::array<Mover, 2> MoversOf(int side) {
  const Mover first = side == 0 || side == 2 ? Mover::kPerson : Mover::kProgram;
  const Mover second = side == 1 || side == 2 ? Mover::kPerson : Mover::kProgram;
  return {first, second};
}

// Boards come in sizes; whoever wants another writes it.
std::vector<std::string> WithSizes(const std::vector<std::string>& names) {
  std::vector<std::string> games;
  for (const std::string& name : names) {
    if (name == "go") {
      for (const int size : {7, 9, 13, 19})
        games.push_back(fmt::format("{{name: go, size: {}}}", size));
    } else {
      games.push_back(name);
      if (name == "othello") games.emplace_back("{name: othello, size: 6}");
    }
  }
  return games;
}

}  // namespace

PlayView::~PlayView() {
  stop_->store(true);
  Close();
}

// The programs are asked to end and, in the background, waited for.
void PlayView::Close() {
  if (!session_) return;
  std::vector<std::shared_ptr<Process>> processes = session_->Release();
  session_.reset();
  if (background_ == nullptr) return;
  // A job for each: neither waits for the other's end.
  for (std::shared_ptr<Process>& process : processes) {
    background_->Post([process = std::move(process)] { EndProcess(*process, kEndSeconds); });
  }
}

// What there is to choose from: games of the program, networks of the runs.
void PlayView::LookAround(PanelContext& context) {
  Workspace& workspace = context.workspace;
  background_ = &workspace.background();
  if (!listed_.started() && !workspace.program().empty()) {
    listed_ = background_->Run<std::vector<std::string>>([program = workspace.program(),
                                                          stop = stop_] {
      return ReadGameList(
          Process::Run({program.string(), "list", "game", "--json"}, {}, {}, kListSeconds, [stop] {
            return stop->load();
          }).output);
    });
  }
  const std::shared_ptr<const std::vector<RunEntry>> runs = workspace.runs().Runs();
  if (runs && runs != trained_of_ && !trained_.running()) {
    trained_of_ = runs;
    trained_ = background_->Run<std::vector<TrainedNetwork>>([runs] {
      std::vector<TrainedNetwork> found;
      for (const RunEntry& run : *runs) {
        if (run.manifest.command != "selfplay train" || found.size() == kMostRuns) continue;
        if (auto network = NetworkOf(run.folder, run.name)) found.push_back(std::move(*network));
      }
      return found;
    });
  }
  if (const auto* const found = trained_.get(); found != nullptr && !trained_.running()) {
    if (networks_.size() != found->size()) {
      networks_ = *found;
      selected_run_.clear();
    }
  }
  const std::vector<std::string>* const listed = listed_.get();
  games_ = WithSizes(listed != nullptr ? *listed : std::vector<std::string>());
  for (const TrainedNetwork& network : networks_) {
    if (std::find(games_.begin(), games_.end(), network.game) == games_.end()) {
      games_.push_back(network.game);
    }
  }
  // The selected run's network is what one wants to play against.
  const std::shared_ptr<OpenRun> run = workspace.selected();
  if (!run || run->folder == selected_run_ || networks_.empty() || listed_.running()) return;
  selected_run_ = run->folder;
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    if (networks_[i].weights.parent_path() != run->folder) continue;
    network_ = static_cast<int>(i);
    kind_ = 0;
    number_ = static_cast<int>(PlayerKindInfos()[0].usual);
    const auto game = std::find(games_.begin(), games_.end(), networks_[i].game);
    game_ = static_cast<int>(game - games_.begin());
  }
}

void PlayView::Draw(PanelContext& context, HeatChoice& heat) {
  search_.BeginFrame();
  LookAround(context);
  if (context.workspace.program().empty()) {
    ui::CentredNote("The program agon was not found beside agon-view: nobody to play against.");
    return;
  }
  if (!session_ && !wished_game_.empty() && !wished_) Start(context);
  if (session_) {
    session_->Poll();
    Wished();
    Game(context, heat);
    context.busy = context.busy || unsettled();
    return;
  }
  context.busy = context.busy || listed_.running() || trained_.running();
  Setup(context);
}

void PlayView::Setup(PanelContext& context) {
  if (listed_.running()) {
    ui::TextDim("asking agon for its games ...");
    return;
  }
  if (!listed_.error().empty()) ui::TextError(listed_.error());
  ui::Text("Play against a program");
  ImGui::PushItemWidth(std::min(ui::Px(320), ImGui::GetContentRegionAvail().x * 0.6F));
  std::vector<std::string> games = games_;
  games.emplace_back("another ...");
  if (game_ >= static_cast<int>(games.size())) game_ = 0;
  ui::Combo("game", game_, games, "what is played");
  const bool own = game_ + 1 == static_cast<int>(games.size());
  if (own) {
    ui::InputText("name", own_game_, "{name: go, size: 9, komi: 7}",
                  "as on the command line: a name, or a name with settings");
  }
  std::vector<std::string> kinds;
  for (const PlayerKindInfo& info : PlayerKindInfos()) kinds.emplace_back(info.name);
  if (ui::Combo("player", kind_, kinds, "who plays against you")) {
    number_ = static_cast<int>(PlayerKindInfos()[static_cast<std::size_t>(kind_)].usual);
  }
  const PlayerKindInfo& info = PlayerKindInfos()[static_cast<std::size_t>(kind_)];
  PlayerChoice choice{.kind = info.kind, .number = number_, .weights = {}, .command = command_};
  if (info.kind == PlayerKind::kNet) {
    std::vector<std::string> runs;
    for (const TrainedNetwork& network : networks_) {
      runs.push_back(fmt::format("{} ({})", network.run, network.game));
    }
    if (network_ >= static_cast<int>(runs.size())) network_ = 0;
    if (runs.empty()) {
      ui::TextDim("No run of the list has trained a network: agon selfplay train does.");
    } else {
      ui::Combo("trained by", network_, runs, "the weights of this run");
      choice.weights = networks_[static_cast<std::size_t>(network_)].weights;
    }
  }
  if (info.kind == PlayerKind::kGtp) {
    ui::InputText("command", command_, "gnugo --mode gtp --level 5",
                  "any program that speaks GTP; agon is the referee");
    choice.command = command_;
  }
  if (!info.number.empty()) {
    ui::SliderInt(std::string(info.number).c_str(), number_, static_cast<int>(info.low),
                  static_cast<int>(info.kind == PlayerKind::kMinimax ? info.high : 5000),
                  "how much it thinks about a move; Ctrl and a click to type a number");
    number_ = std::clamp(number_, static_cast<int>(info.low), static_cast<int>(info.high));
    choice.number = number_;
  }
  ui::Combo("sides", side_, {kSides.begin(), kSides.end()});
  ImGui::PopItemWidth();

  const std::string game = own ? own_game_ : games[static_cast<std::size_t>(game_)];
  const std::string player = PlayerWord(choice);
  if (game.empty() || player.empty()) {
    ui::TextDim(game.empty() ? "Name a game." : "Choose a network, or write a command.");
    return;
  }
  if (ui::Button("Play", "starts the program")) {
    wished_game_ = game;
    wished_player_ = player;
    wished_ = false;
    Start(context);
  }
  ImGui::SameLine();
  ui::TextDim(fmt::format("agon selfplay gtp --game \"{}\" --player \"{}\"", game, player));
}

void PlayView::Start(PanelContext& context) {
  Close();
  wished_ = true;
  session_ = std::make_unique<GameSession>(
      SessionSettings{.program = context.workspace.program(),
                      .game = wished_game_,
                      .player = wished_player_.empty() ? "mcts:sims=1000" : wished_player_,
                      .movers = MoversOf(side_)});
  if (wished_hint_) session_->SetHint(true);
}

// Moves asked for by --show are played as soon as it is the person's turn.
void PlayView::Wished() {
  if (wished_moves_.empty() || !session_->CanPlay()) return;
  session_->Play(wished_moves_.front());
  wished_moves_.erase(wished_moves_.begin());
}

bool PlayView::unsettled() const {
  if (!session_) return false;
  switch (session_->phase()) {
    case SessionPhase::kStarting:
    case SessionPhase::kThinking:
    case SessionPhase::kWaiting:
      return true;
    case SessionPhase::kPerson:
      return !wished_moves_.empty() ||
             (wished_hint_ && session_->hint() && !session_->analysis_is_present());
    case SessionPhase::kOver:
    case SessionPhase::kFailed:
      return false;
  }
  return false;
}

void PlayView::Game(PanelContext& context, HeatChoice& heat) {
  Controls(context);
  if (!session_) return;  // it was closed
  if (context.pressed(Action::kCopy)) ui::Copy(MovesText());
  Status();
  if (!session_->board()) return;
  const ServedBoard& served = *session_->board();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool wide = room.x > room.y * 1.15F;
  const ImVec2 left = wide ? ImVec2{std::floor(std::min(room.x * 0.56F, room.y * 1.05F)), room.y}
                           : ImVec2{room.x, std::floor(room.y * 0.6F)};
  ImGui::BeginChild("position", left);
  BoardScene scene{.board = &served.board, .look = session_->look()};
  scene.legal = served.legal;
  if (session_->analysis_is_present() && session_->analysis()) {
    scene.analysis = &*session_->analysis();
  }
  scene.playable = session_->CanPlay();
  scene.last_cell = served.last_cell;
  const std::optional<Analysis>& analysis = session_->analysis();
  const bool present = analysis && session_->analysis_is_present();
  if (present) scene.heat = HeatOf(served.board, *analysis, served.legal, heat.heat);
  if (present && !search_.pointed().empty()) {
    scene.line = CellsOfLine(served.board, search_.pointed(), scene.look);
  }
  std::optional<double> value;
  if (present) value = analysis->black.value_or(true) ? analysis->value : -analysis->value;
  if (!value && !session_->moves().empty()) value = session_->moves().back().value;
  ImVec2 size = ImGui::GetContentRegionAvail();
  size.y = std::max(size.y - 2 * ImGui::GetFrameHeightWithSpacing(), ui::Px(40));
  const BoardPointer pointer = DrawPosition(scene, value, size);
  if (pointer.clicked) {
    const LegalMove* const move = MoveAt(served.board, served.legal, *pointer.clicked);
    if (move != nullptr) session_->Play(move->text);
  }
  heat.Draw();
  Moves();
  ImGui::EndChild();
  if (wide) ImGui::SameLine();
  ImGui::BeginChild("details", {0, 0});
  std::vector<std::optional<double>> values;
  for (const PlayedMove& move : session_->moves()) values.push_back(move.value);
  values.push_back(present ? value : std::nullopt);
  const float height = ImGui::GetContentRegionAvail().y;
  (void)history_.Draw(values, values.size() - 1, {-1, std::max(ui::Px(100), height * 0.3F)});
  if (analysis) {
    ui::TextDim(session_->analysis_is_present()
                    ? fmt::format("{} {} this position, {} visits", session_->hint_player(),
                                  session_->hint_running() ? "thinking about" : "about",
                                  analysis->visits)
                    : std::string("what the program thought before its move"));
    search_.DrawMoves(*analysis, std::max(ui::Px(100), ImGui::GetContentRegionAvail().y * 0.55F));
  }
  search_.DrawTree(session_->tree());
  ImGui::EndChild();
}

void PlayView::Controls(PanelContext&) {
  const bool begun = session_->CanBegin();
  const auto button = [](const char* label, bool enabled, const char* help) {
    ImGui::BeginDisabled(!enabled);
    const bool pressed = ui::Button(label, help);
    ImGui::EndDisabled();
    ImGui::SameLine();
    return pressed && enabled;
  };
  if (button("Undo", session_->CanUndo(), "takes back your last move and the answer to it")) {
    session_->Undo();
  }
  bool hint = session_->hint();
  ImGui::BeginDisabled(session_->phase() == SessionPhase::kFailed);
  if (ui::Checkbox("Hint", hint, "what the program thinks about your position, as a heat map")) {
    session_->SetHint(hint);
  }
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (button("Give up", session_->CanPlay(), "the game is lost")) session_->Resign();
  if (button("New game", begun, "the same players, an empty board")) session_->NewGame();
  ImGui::SetNextItemWidth(ui::Px(160));
  if (ui::Combo("##sides", side_, {kSides.begin(), kSides.end()}, "who moves for whom")) {
    session_->SetMovers(MoversOf(side_));
  }
  ImGui::SameLine();
  if (ui::Button("Close", "ends the program; another game or player can be chosen")) {
    Close();
    wished_hint_ = false;
    wished_moves_.clear();
  }
}

void PlayView::Status() {
  const SessionSettings& settings = session_->settings();
  std::string text = fmt::format("{} against {}: ", settings.game, settings.player);
  const auto& board = session_->board();
  switch (session_->phase()) {
    case SessionPhase::kStarting:
      text += "the program starts ...";
      break;
    case SessionPhase::kPerson:
      text += fmt::format("your turn ({}), move {}", board->board.to_move, board->move_number + 1);
      break;
    case SessionPhase::kThinking:
      text += fmt::format("it thinks, {:.0f} s", session_->thinking_seconds());
      break;
    case SessionPhase::kWaiting:
      text += "...";
      break;
    case SessionPhase::kOver:
      text += session_->ResultText();
      break;
    case SessionPhase::kFailed:
      text += "it is gone";
      break;
  }
  ui::ReportRect("Status", ImGui::GetCursorScreenPos(), ImGui::GetCursorScreenPos(), text);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  if (!session_->problem().empty()) ui::TextError(session_->problem());
  if (!session_->hint_problem().empty()) ui::TextDim("no hint: " + session_->hint_problem());
}

// Moves that show nowhere on the board, as buttons; then the game so far.
void PlayView::Moves() {
  if (session_->CanPlay()) {
    for (const LegalMove& move : session_->board()->legal) {
      if (move.cell >= 0) continue;
      if (ui::SmallButton(ui::Literal(move.text).c_str(), "this move")) session_->Play(move.text);
      ImGui::SameLine();
    }
  }
  const std::string line = session_->moves().empty() ? "no move yet" : MovesText();
  const float width = ImGui::GetContentRegionAvail().x;
  ui::TextDim(ui::Elided(line, width));
}

std::string PlayView::MovesText() const {
  std::vector<std::string> texts;
  for (const PlayedMove& move : session_->moves()) texts.push_back(move.text);
  return Join(texts, " ");
}

std::string PlayView::Csv() const {
  if (!session_ || session_->moves().empty()) return {};
  std::string text = "move,player,text,value_first\n";
  std::size_t number = 0;
  for (const PlayedMove& move : session_->moves()) {
    text += fmt::format("{},{},{},{}\n", ++number, move.first ? "first" : "second", move.text,
                        move.value ? fmt::format("{:.6g}", *move.value) : std::string());
  }
  return text;
}

bool PlayView::Set(std::string_view key, std::string_view value) {
  if (key == "play") {
    wished_game_ = value;
    wished_ = false;
    return true;
  }
  if (key == "player") {
    wished_player_ = value;
    return true;
  }
  if (key == "hint") {
    wished_hint_ = value == "1";
    return value == "1" || value == "0";
  }
  if (key == "side") {
    side_ = value == "second" ? 1 : 0;
    return value == "first" || value == "second";
  }
  if (key != "moves") return false;
  wished_moves_ = Split(value, ' ');
  return true;
}

}  // namespace agon::viewer
