// SPDX-License-Identifier: Apache-2.0
// Players that search a tree with an evaluator: the word net:, and the trainer's generations.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/philox.h"
#include "runtime/base/text.h"
#include "selfplay/network/evaluator.h"
#include "selfplay/network/network.h"
#include "selfplay/play/player_word.h"
#include "selfplay/search/evaluation_cache.h"
#include "selfplay/search/evaluator_service.h"

namespace agon::selfplay {
namespace {

constexpr std::int64_t kUnlimited = 1'000'000'000;  // simulations, where time decides
constexpr int kSideBySide = 64;                     // searches that share their batches
constexpr std::int64_t kCacheBytes = std::int64_t{128} << 20;
constexpr int kRawRows = 256;
constexpr std::int64_t kWorkForThreads = 20'000'000;  // multiplications in one call
constexpr std::chrono::milliseconds kStopCheck(10);

double Unit(std::uint64_t& random) {
  random = MixBits(random);
  return static_cast<double>(random >> 11) * 0x1p-53;
}

class SearchPlayer final : public Player {
 public:
  SearchPlayer(std::string name, const Component<AnyGame>& game,
               std::shared_ptr<Evaluator> evaluator, const SearchPlayerSettings& settings,
               std::uint64_t seed)
      : name_(std::move(name)),
        evaluator_(std::move(evaluator)),
        settings_(settings),
        random_(MixBits(seed)),
        searcher_(game->MakeSearcher(settings.search, MixBits(seed))),
        batch_(game->Shape(), static_cast<int>(settings.search.leaves_per_batch)) {}

  std::string name() const override { return name_; }
  void NewGame(const GameState&) override {
    searcher_->Reset();
    played_.clear();
  }
  Move Choose(const GameState& state) override {
    Follow(state);
    last_ = RunSearch(*searcher_, state, *evaluator_, batch_, Request(),
                      static_cast<int>(settings_.search.leaves_per_batch));
    const bool early =
        static_cast<std::int64_t>(state.moves().size()) < settings_.temperature_moves;
    return ChooseMove(*last_, early ? settings_.temperature : 0, Unit(random_));
  }
  std::vector<Move> ChooseMany(std::span<const GameState> states) override {
    return SearchMany(states, *evaluator_, settings_.search, random_);
  }

  std::optional<SearchResult> last_search() const override { return last_; }
  bool Analyse(const GameState& state, double interval,
               const std::function<void(const SearchResult&)>& report,
               const std::function<bool()>& stop) override {
    Follow(state);
    SearchRequest request = Request();
    request.simulations = kUnlimited;
    request.max_seconds = 0;
    searcher_->Begin(state, request);
    Stopwatch since;
    while (!stop()) {
      if (searcher_->Done()) {  // proven, or its memory is full: nothing more will be found
        std::this_thread::sleep_for(kStopCheck);
      } else {
        batch_.Clear();
        if (searcher_->Collect(batch_, batch_.capacity()) > 0) evaluator_->Evaluate(batch_);
        searcher_->Apply(batch_, 0);
      }
      if (since.Seconds() < interval) continue;
      last_ = searcher_->Result();
      report(*last_);
      since.Restart();
    }
    // A root without a single evaluation has nothing to tell.
    while (!searcher_->Done() && searcher_->Result().moves.empty()) {
      batch_.Clear();
      if (searcher_->Collect(batch_, 1) > 0) evaluator_->Evaluate(batch_);
      searcher_->Apply(batch_, 0);
    }
    last_ = searcher_->Result();
    report(*last_);
    return true;
  }
  std::optional<record::Tree> Tree(int most) const override { return searcher_->Picture(most); }
  void LimitSeconds(double seconds) override { seconds_ = seconds; }

 private:
  SearchRequest Request() {
    SearchRequest request;
    request.seed = random_ = MixBits(random_);
    if (seconds_ > 0) {
      const double own = settings_.search.max_seconds;
      request.max_seconds = own > 0 ? std::min(own, seconds_) : seconds_;
    }
    return request;
  }
  // Moves the tree to a position of the same game that lies further on; else starts anew.
  void Follow(const GameState& state) {
    const std::vector<Move>& moves = state.moves();
    const bool further =
        moves.size() >= played_.size() && std::equal(played_.begin(), played_.end(), moves.begin());
    if (!further) {
      searcher_->Reset();
    } else {
      for (std::size_t i = played_.size(); i < moves.size(); ++i) searcher_->Advance(moves[i]);
    }
    played_ = moves;
  }

  std::string name_;
  std::shared_ptr<Evaluator> evaluator_;
  SearchPlayerSettings settings_;
  std::uint64_t random_;
  std::unique_ptr<Searcher> searcher_;
  EvalBatch batch_;
  std::vector<Move> played_;
  double seconds_ = 0;  // for each move; 0: no limit
  std::optional<SearchResult> last_;
};

class SearchSource final : public PlayerSource {
 public:
  SearchSource(std::string name, Component<AnyGame> game, std::shared_ptr<Evaluator> evaluator,
               SearchPlayerSettings settings, std::vector<Path> files)
      : name_(std::move(name)),
        game_(std::move(game)),
        evaluator_(std::move(evaluator)),
        settings_(std::move(settings)),
        files_(std::move(files)) {}
  const std::string& name() const override { return name_; }
  std::unique_ptr<Player> Make(std::uint64_t seed) const override {
    return std::make_unique<SearchPlayer>(name_, game_, evaluator_, settings_, seed);
  }
  std::vector<Path> Files() const override { return files_; }

 private:
  std::string name_;
  Component<AnyGame> game_;
  std::shared_ptr<Evaluator> evaluator_;
  SearchPlayerSettings settings_;
  std::vector<Path> files_;
};

// The settings of net: that are not the search's.
struct NetSettings {
  Path weights;
  double temperature = 0;
  std::int64_t temperature_moves = 10;
  std::string precision = "auto";
  static void Describe(config::Fields<NetSettings>& f) {
    f.Field(&NetSettings::weights, "weights", "file of a trained network");
    f.Field(&NetSettings::temperature, "temperature", "of the first moves; 0: the best").Min(0);
    f.Field(&NetSettings::temperature_moves, "temperature_moves", "how many those are").Min(0);
    f.Field(&NetSettings::precision, "precision", "auto, float32, bf16")
        .Choices({"auto", "float32", "bf16"});
  }
};

std::shared_ptr<Evaluator> MakeEvaluator(const PolicyValueNetwork& network,
                                         const std::string& precision, const GameShape& shape,
                                         std::int64_t leaves, const PlayerContext& context) {
  const DevicePolicy cpu;
  const DevicePolicy& device = context.device != nullptr ? *context.device : cpu;
  InferenceSettings inference;
  inference.precision = precision;
  // Threads that each play a game share the cores already; and a call that takes a fraction of a
  // millisecond is over before a second thread has woken up.
  const std::int64_t work = network.ParameterCount() * shape.cells() * leaves;
  inference.threads = context.threads > 1 || work < kWorkForThreads ? 1 : 0;
  std::shared_ptr<Evaluator> evaluator = MakeNetworkEvaluator(network, inference, device);
  if (context.threads > 1 && device.device.is_cuda()) {
    EvaluatorServiceSettings service;
    service.clients = context.threads;
    evaluator = std::make_shared<EvaluatorService>(std::move(evaluator), service);
  }
  return std::make_shared<EvaluationCache>(std::move(evaluator), shape, kCacheBytes);
}

}  // namespace

std::unique_ptr<PlayerSource> MakeSearchPlayers(std::string name, const Component<AnyGame>& game,
                                                std::shared_ptr<Evaluator> evaluator,
                                                const SearchPlayerSettings& settings) {
  return std::make_unique<SearchSource>(std::move(name), game, std::move(evaluator), settings,
                                        std::vector<Path>());
}

std::vector<Move> SearchMany(std::span<const GameState> states, Evaluator& evaluator,
                             const SearchSettings& settings, std::uint64_t seed) {
  std::vector<Move> best(states.size(), kNoMove);
  if (states.empty()) return best;
  const AnyGame& game = states.front().game();
  struct Slot {
    std::unique_ptr<Searcher> searcher;
    std::size_t state = 0;
    int first = 0;
    bool busy = false;
  };
  const int side_by_side = settings.simulations > 0 ? kSideBySide : kRawRows;
  std::vector<Slot> slots(std::min(states.size(), static_cast<std::size_t>(side_by_side)));
  SearchSettings own = settings;
  own.leaves_per_batch = 1;
  for (Slot& slot : slots) slot.searcher = game.MakeSearcher(own, seed);
  EvalBatch batch(game.Shape(), static_cast<int>(slots.size()));
  std::size_t next = 0;
  std::size_t finished = 0;
  // Gives a slot searches until one of them wants a leaf evaluated.
  const auto advance = [&](Slot& slot) {
    while (true) {
      if (!slot.busy) {
        if (next == states.size()) return;
        slot.state = next++;
        slot.busy = true;
        slot.searcher->Reset();
        SearchRequest request;
        request.seed = MixBits(seed ^ MixBits(slot.state));
        slot.searcher->Begin(states[slot.state], request);
      }
      while (!slot.searcher->Done()) {
        slot.first = batch.size();
        if (slot.searcher->Collect(batch, 1) > 0) return;
        slot.searcher->Apply(batch, slot.first);
      }
      best[slot.state] = slot.searcher->Result().best;
      slot.busy = false;
      ++finished;
    }
  };
  while (finished < states.size()) {
    batch.Clear();
    for (Slot& slot : slots) advance(slot);
    if (batch.size() == 0) continue;
    evaluator.Evaluate(batch);
    for (Slot& slot : slots) {
      if (slot.busy) slot.searcher->Apply(batch, slot.first);
    }
  }
  return best;
}

PlayerSourcePtr MakeNetSource(PlayerWord word, const Component<AnyGame>& game,
                              const PlayerContext& context) {
  const std::vector<config::FieldInfo> search = config::Fields<SearchSettings>::Get().Infos();
  std::vector<std::string> known = NamesOf(config::Fields<NetSettings>::Get().Infos());
  for (std::string& name : NamesOf(search)) known.push_back(std::move(name));
  CheckSettings(
      word, known,
      {{"sims", "simulations"}, {"seconds", "max_seconds"}, {"leaves", "leaves_per_batch"}});
  const auto net = ReadSettings<NetSettings>(word);
  SearchPlayerSettings settings;
  settings.search = ReadSettings<SearchSettings>(word);
  settings.temperature = net.temperature;
  settings.temperature_moves = net.temperature_moves;
  const config::Value given = SettingsOf(word, search);
  if (given.Find("max_seconds") != nullptr && given.Find("simulations") == nullptr) {
    settings.search.simulations = kUnlimited;
  }
  if (net.weights.empty()) {
    Fail(ErrorKind::kUsage, "player \"{}\": weights are missing: net:weights=FILE", word.text);
  }
  LoadedNetwork loaded = LoadSelfplayNetwork(net.weights, &game);
  loaded.network->SetTraining(false);
  return std::make_unique<SearchSource>(std::move(word.text), game,
                                        MakeEvaluator(*loaded.network, net.precision, game->Shape(),
                                                      settings.search.leaves_per_batch, context),
                                        settings, std::vector<Path>{net.weights});
}

}  // namespace agon::selfplay
