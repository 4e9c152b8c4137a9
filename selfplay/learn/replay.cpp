// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/replay.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>

#include "runtime/base/error.h"
#include "runtime/base/kill_point.h"
#include "runtime/base/log.h"
#include "runtime/base/philox.h"
#include "runtime/base/text.h"

namespace agon::selfplay {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormatName = "agon-replay";
constexpr const char* kFormatVersion = "1";
constexpr const char* kShardEnding = ".safetensors";
constexpr const char* kTailEnding = ".tail";

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// Files NUMBER<ending> of a folder by number.
std::map<std::int64_t, Path> Files(const Path& folder, const char* ending) {
  std::map<std::int64_t, Path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ending) continue;
    if (const auto number = Number(it->path().stem().string())) files[*number] = it->path();
  }
  return files;
}

void Remove(const Path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) log::Warning("{}: cannot be removed: {}", file.string(), error.message());
}

std::int64_t MetaNumber(const std::map<std::string, std::string>& metadata, const std::string& key,
                        const Path& file) {
  const auto found = metadata.find(key);
  const auto number = found == metadata.end() ? std::nullopt : Number(found->second);
  if (!number) Fail(ErrorKind::kData, "{}: its metadata has no number {}", file.string(), key);
  return *number;
}

double Unit(std::uint64_t key, std::uint64_t a, std::uint64_t b) {
  const PhiloxBlock block =
      Philox4x32(key, {{static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(a >> 32),
                        static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(b >> 32)}});
  return UnitFloat(block.word[0]);
}

std::uint64_t Bits(std::uint64_t key, std::uint64_t a, std::uint64_t b) {
  const PhiloxBlock block =
      Philox4x32(key, {{static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(a >> 32),
                        static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(b >> 32)}});
  return std::uint64_t{block.word[0]} << 32 | block.word[1];
}

void FillCopies(ReplayShard& shard) {
  for (std::size_t i = 0; i < shard.block.size(); ++i) {
    const auto times = static_cast<std::size_t>(std::lround(shard.block.weight(i)));
    shard.copies.insert(shard.copies.end(), times, static_cast<std::uint32_t>(i));
  }
}

}  // namespace

void ReplaySettings::Describe(config::Fields<ReplaySettings>& f) {
  using R = ReplaySettings;
  f.Field(&R::start, "start", "the window holds everything up to as many positions").Min(1);
  f.Field(&R::exponent, "exponent", "with which it grows from there").Above(0).Max(1);
  f.Field(&R::scale, "scale", "positions it grows by for each new one, at first").Min(0).Max(1);
  f.Field(&R::most, "most", "positions it never exceeds").Min(1);
  f.Field(&R::min_positions, "min_positions", "positions before learning begins").Min(1);
  f.Field(&R::shard_positions, "shard_positions",
          "positions of finished games that make a file; learning sees them from then on")
      .Min(1);
  f.Field(&R::surprise_share, "surprise_share",
          "part of a game's weight that goes to positions where the search surprised the network "
          "(KataGo's policy surprise weighting)")
      .Min(0)
      .Max(1);
  f.Field(
       &R::merge, "merge",
       "equal positions of a file are joined to one with mean targets; its weight: log (1 + log2 "
       "of their number), sum, one; none: not joined")
      .Choices({"log", "sum", "one", "none"});
  f.Field(&R::max_megabytes, "max_megabytes", "memory of the window").Min(1).Unit("MiB");
  f.Field(&R::keep_old, "keep_old", "keep files of positions that left the window");
  f.Check([](const R& r) {
    return r.most < r.start ? "most must not be less than start" : std::string();
  });
}

std::int64_t WindowSize(const ReplaySettings& settings, std::int64_t positions) {
  const auto n = static_cast<double>(positions);
  const auto c = static_cast<double>(settings.start);
  if (n <= c) return positions;
  const double size =
      c * (1 + settings.scale * (std::pow(n / c, settings.exponent) - 1) / settings.exponent);
  return std::min(settings.most, static_cast<std::int64_t>(size));
}

ReplayWindow::ReplayWindow(const ReplaySettings& settings, const GameShape& shape, std::string game,
                           Path folder, std::uint64_t seed)
    : settings_(settings),
      shape_(shape),
      game_(std::move(game)),
      folder_(std::move(folder)),
      seed_(seed),
      pending_(shape) {}

Path ReplayWindow::ShardPath(std::int64_t number) const {
  return folder_ / fmt::format("{:08}{}", number, kShardEnding);
}
Path ReplayWindow::TailPath(std::int64_t number) const {
  return folder_ / fmt::format("{:08}{}", number, kTailEnding);
}

void ReplayWindow::ReportDamage(const Path& file, const std::string& reason) {
  damaged_.push_back(file.filename().string());
  log::Warning("{}: this replay file is damaged and is skipped: {}", file.string(), reason);
}

void ReplayWindow::RemoveAfter(const ReplayMark& mark) {
  for (const char* const ending : {kShardEnding, kTailEnding}) {
    for (const auto& [number, file] : Files(folder_, ending)) {
      if (number >= mark.next_shard) Remove(file);
    }
  }
}

std::shared_ptr<ReplayShard> ReplayWindow::ReadShard(const Path& file, std::int64_t number) const {
  const formats::Safetensors content = formats::ReadSafetensors(file);
  const auto text = [&](const char* key) {
    const auto found = content.metadata.find(key);
    return found == content.metadata.end() ? std::string() : found->second;
  };
  if (text("format") != kFormatName || text("version") != kFormatVersion) {
    Fail(ErrorKind::kData, "{}: no replay file of version {}", file.string(), kFormatVersion);
  }
  if (text("game") != game_) {
    Fail(ErrorKind::kConfig, "{}: these positions are of {}, training is of {}; use another --run",
         file.string(), text("game"), game_);
  }
  auto shard = std::make_shared<ReplayShard>(shape_);
  shard->number = number;
  shard->positions = MetaNumber(content.metadata, "positions", file);
  shard->positions_before = MetaNumber(content.metadata, "positions_before", file);
  shard->games = MetaNumber(content.metadata, "games", file);
  shard->games_before = MetaNumber(content.metadata, "games_before", file);
  shard->next_game = MetaNumber(content.metadata, "next_game", file);
  shard->block = SampleBlock::FromArrays(content.tensors, shape_, file.string());
  FillCopies(*shard);
  if (shard->copies.empty()) Fail(ErrorKind::kData, "{}: it holds no position", file.string());
  return shard;
}

void ReplayWindow::Open(const std::optional<ReplayMark>& from) {
  const std::lock_guard lock(mutex_);
  MakeFolder(folder_);
  if (from) RemoveAfter(*from);
  const std::map<std::int64_t, Path> files = Files(folder_, kShardEnding);
  // Newest first, until the window is full; older ones have left it.
  bool newest = true;
  std::int64_t window = 0;
  for (auto it = files.rbegin(); it != files.rend(); ++it) {
    next_shard_ = std::max(next_shard_, it->first + 1);
    if (!newest && window_positions_ >= window) {
      dropped_.push_back(it->first);
      continue;
    }
    try {
      std::shared_ptr<ReplayShard> shard = ReadShard(it->second, it->first);
      if (newest) {
        positions_ = shard->positions_before + shard->positions;
        games_ = shard->games_before + shard->games;
        window = WindowSize(settings_, positions_);
        newest = false;
      }
      next_game_ = std::max(next_game_, shard->next_game);
      window_positions_ += shard->positions;
      window_copies_ += static_cast<std::int64_t>(shard->copies.size());
      window_bytes_ += shard->block.bytes();
      shards_.push_front(std::move(shard));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      ReportDamage(it->second, error.what());
    }
  }
  if (from) next_game_ = std::max(next_game_, from->next_game);
  ReadTails();
  Trim();
  tail_ = std::make_unique<AppendFile>(TailPath(next_shard_));
}

void ReplayWindow::ReadTails() {
  for (const auto& [number, file] : Files(folder_, kTailEnding)) {
    // Its shard was written; the run died before the tail was removed.
    if (number < next_shard_) {
      Remove(file);
      continue;
    }
    AppendFile::Contents contents = AppendFile::Read(file, true);
    if (contents.damaged) {
      ReportDamage(file, fmt::format("cut off behind {} whole games", contents.records.size()));
    }
    for (const Bytes& record : contents.records) {
      try {
        const formats::Safetensors game = formats::ParseSafetensors(record, file.string());
        const std::int64_t next = MetaNumber(game.metadata, "next_game", file);
        if (!game.tensors.empty()) {
          pending_.Append(SampleBlock::FromArrays(game.tensors, shape_, file.string()));
        }
        next_game_ = std::max(next_game_, next);
        ++pending_games_;
      } catch (const Error& error) {
        ReportDamage(file, error.what());
      }
    }
    next_shard_ = number;
  }
}

void ReplayWindow::AddGame(std::int64_t number, const std::vector<Sample>& samples) {
  SampleBlock block(shape_);
  for (const Sample& sample : samples) block.Add(sample);
  const formats::NamedArrays arrays = samples.empty() ? formats::NamedArrays() : block.ToArrays();
  const Bytes record =
      formats::SerializeSafetensors(arrays, {{"next_game", std::to_string(number + 1)}}, "a game");
  const std::lock_guard lock(mutex_);
  AGON_CHECK(tail_ != nullptr);
  tail_->Append(record);
  pending_.Append(block);
  ++pending_games_;
  next_game_ = std::max(next_game_, number + 1);
  if (static_cast<std::int64_t>(pending_.size()) >= settings_.shard_positions) CloseLocked();
}

void ReplayWindow::CloseShard() {
  const std::lock_guard lock(mutex_);
  CloseLocked();
}

void ReplayWindow::CloseLocked() {
  if (pending_.empty()) return;
  auto shard = std::make_shared<ReplayShard>(shape_);
  shard->number = next_shard_;
  shard->positions = static_cast<std::int64_t>(pending_.size());
  shard->positions_before = positions_;
  shard->games = pending_games_;
  shard->games_before = games_;
  shard->next_game = next_game_;
  const SampleBlock merged = MergeEqual(pending_, settings_.merge);
  const std::uint64_t key = MixBits(seed_ ^ 0x5eed);
  std::size_t heaviest = 0;
  for (std::size_t i = 0; i < merged.size(); ++i) {
    if (merged.weight(i) > merged.weight(heaviest)) heaviest = i;
    const std::int64_t copies =
        Copies(merged.weight(i), Unit(key, i, static_cast<std::uint64_t>(shard->number)));
    if (copies == 0) continue;
    Sample sample = merged.At(i);
    sample.weight = static_cast<float>(copies);
    shard->block.Add(sample);
  }
  if (shard->block.empty()) {  // a handful of positions, all rounded down
    Sample sample = merged.At(heaviest);
    sample.weight = 1;
    shard->block.Add(sample);
  }
  FillCopies(*shard);
  formats::WriteSafetensors(ShardPath(shard->number), shard->block.ToArrays(),
                            {{"format", kFormatName},
                             {"version", kFormatVersion},
                             {"game", game_},
                             {"positions", std::to_string(shard->positions)},
                             {"positions_before", std::to_string(shard->positions_before)},
                             {"games", std::to_string(shard->games)},
                             {"games_before", std::to_string(shard->games_before)},
                             {"next_game", std::to_string(shard->next_game)}});
  KillPoint();
  tail_.reset();
  Remove(TailPath(next_shard_));
  KillPoint();
  ++next_shard_;
  tail_ = std::make_unique<AppendFile>(TailPath(next_shard_));
  positions_ += shard->positions;
  games_ += shard->games;
  window_positions_ += shard->positions;
  window_copies_ += static_cast<std::int64_t>(shard->copies.size());
  window_bytes_ += shard->block.bytes();
  shards_.push_back(std::move(shard));
  pending_.Clear();
  pending_games_ = 0;
  Trim();
  grown_.notify_all();
}

void ReplayWindow::Trim() {
  const std::int64_t window = WindowSize(settings_, positions_);
  const auto most_bytes = static_cast<std::size_t>(settings_.max_megabytes) << 20;
  while (shards_.size() > 1 &&
         (window_positions_ - shards_.front()->positions >= window || window_bytes_ > most_bytes)) {
    const auto& oldest = *shards_.front();
    window_positions_ -= oldest.positions;
    window_copies_ -= static_cast<std::int64_t>(oldest.copies.size());
    window_bytes_ -= oldest.block.bytes();
    dropped_.push_back(oldest.number);
    shards_.pop_front();
  }
}

void ReplayWindow::ForgetOld() {
  std::vector<std::int64_t> doomed;
  {
    const std::lock_guard lock(mutex_);
    doomed = std::exchange(doomed_, std::exchange(dropped_, {}));
  }
  if (settings_.keep_old) return;
  for (const std::int64_t number : doomed) Remove(ShardPath(number));
}

ReplayMark ReplayWindow::Mark() const {
  const std::lock_guard lock(mutex_);
  return {.next_shard = next_shard_, .next_game = next_game_};
}
std::int64_t ReplayWindow::positions() const {
  const std::lock_guard lock(mutex_);
  return positions_;
}
std::int64_t ReplayWindow::games() const {
  const std::lock_guard lock(mutex_);
  return games_ + pending_games_;
}
std::int64_t ReplayWindow::window_positions() const {
  const std::lock_guard lock(mutex_);
  return window_positions_;
}
std::int64_t ReplayWindow::window_rows() const {
  const std::lock_guard lock(mutex_);
  std::size_t rows = 0;
  for (const auto& shard : shards_) rows += shard->block.size();
  return static_cast<std::int64_t>(rows);
}
std::size_t ReplayWindow::bytes() const {
  const std::lock_guard lock(mutex_);
  return window_bytes_ + pending_.bytes();
}

void ReplayWindow::WaitForMore(std::int64_t positions, double seconds) const {
  std::unique_lock lock(mutex_);
  grown_.wait_for(lock, std::chrono::duration<double>(seconds),
                  [&] { return positions_ > positions; });
}

std::vector<ReplayWindow::Row> ReplayWindow::Draw(std::uint64_t draw, std::size_t count) const {
  std::vector<std::shared_ptr<const ReplayShard>> shards;
  {
    const std::lock_guard lock(mutex_);
    shards.assign(shards_.begin(), shards_.end());
  }
  AGON_CHECK(!shards.empty());
  std::vector<std::uint64_t> ends;  // of the shards' copies
  std::uint64_t total = 0;
  for (const auto& shard : shards) ends.push_back(total += shard->copies.size());
  const std::uint64_t key = MixBits(seed_ ^ 0xd4a3);
  std::vector<Row> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = Bits(key, i, draw);
    // The high half of a 32 x 64 bit product: uniform but for a part in 2^32.
    const std::uint64_t copy = ((bits >> 32) * total) >> 32;
    const auto at =
        static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), copy) - ends.begin());
    const std::uint64_t first = at == 0 ? 0 : ends[at - 1];
    rows.push_back({shards[at], shards[at]->copies[copy - first], MixBits(bits)});
  }
  return rows;
}

}  // namespace agon::selfplay
