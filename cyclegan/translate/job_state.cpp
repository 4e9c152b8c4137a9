// SPDX-License-Identifier: Apache-2.0
// The layout is described in docs/formats.md, "Checkpoints", and docs/cyclegan.md, "Jobs".
#include "cyclegan/translate/job_state.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/run/checkpoint.h"

namespace agon::cyclegan {
namespace {

using nlohmann::json;

Tensor ToTensor(const Bytes& bytes) {
  Tensor tensor = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

Bytes ToBytes(const Tensor& tensor) {
  Bytes bytes(static_cast<std::size_t>(tensor.numel()));
  if (!bytes.empty()) std::memcpy(bytes.data(), tensor.data_ptr(), bytes.size());
  return bytes;
}

// The parts of the pipeline's state, by name.
template <class State, class Visit>
void ForParts(State& state, Visit visit) {
  visit("cuts", state.cuts);
  visit("translator", state.translator);
  visit("steady", state.steady);
  visit("metrics", state.metrics);
}

template <class Stages, class Visit>
void ForStages(Stages& stages, Visit visit) {
  visit("decode", stages.decode);
  visit("translate", stages.translate);
  visit("steady", stages.steady);
  visit("write", stages.write);
  visit("measure", stages.measure);
}

json ToJson(const JobState& state) {
  json segments = json::array();
  for (const ClosedSegment& segment : state.segments) {
    segments.push_back(
        {{"file", segment.file.string()}, {"bytes", segment.bytes}, {"sha256", segment.sha256}});
  }
  json stages = json::object();
  ForStages(state.stages, [&](const char* name, double seconds) { stages[name] = seconds; });
  return {{"frames", state.pipeline.frames},
          {"end", state.pipeline.end},
          {"segments", segments},
          {"complete", state.complete},
          {"seconds", state.seconds},
          {"cuts", state.cuts},
          {"cut_count", state.pipeline.cut_count},
          {"measured",
           {state.pipeline.measured_width, state.pipeline.measured_height,
            state.pipeline.measured_bits}},
          {"measured_until",
           state.pipeline.unmeasured_from ? json(*state.pipeline.unmeasured_from) : json()},
          {"stages", stages},
          {"staged_frames", state.staged_frames},
          {"unmeasured_from", state.unmeasured_from ? json(*state.unmeasured_from) : json()},
          {"damaged", state.damaged},
          {"notes", state.notes}};
}

JobState FromJson(const json& from) {
  JobState state;
  state.pipeline.frames = from.at("frames");
  state.pipeline.end = from.at("end");
  for (const json& segment : from.at("segments")) {
    state.segments.push_back(
        {segment.at("file").get<std::string>(), segment.at("bytes"), segment.at("sha256")});
  }
  state.complete = from.at("complete");
  state.seconds = from.at("seconds");
  state.cuts = from.at("cuts");
  state.pipeline.cut_count = from.at("cut_count");
  const json& measured = from.at("measured");
  state.pipeline.measured_width = measured.at(0);
  state.pipeline.measured_height = measured.at(1);
  state.pipeline.measured_bits = measured.at(2);
  if (const json& until = from.at("measured_until"); !until.is_null()) {
    state.pipeline.unmeasured_from = until;
  }
  ForStages(state.stages,
            [&](const char* name, double& seconds) { seconds = from.at("stages").at(name); });
  state.staged_frames = from.at("staged_frames");
  if (!from.at("unmeasured_from").is_null()) state.unmeasured_from = from.at("unmeasured_from");
  state.damaged = from.at("damaged");
  state.notes = from.at("notes").get<std::vector<std::string>>();
  return state;
}

void CheckSegment(const Path& file, const ClosedSegment& segment) {
  std::error_code failed;
  const std::uintmax_t bytes = std::filesystem::file_size(file, failed);
  if (failed || bytes != segment.bytes || Sha256OfFile(file) != segment.sha256) {
    Fail(ErrorKind::kData, "{}: {}; start a new run", file.string(),
         failed ? "is missing" : "was changed since it was written");
  }
}

}  // namespace

void SaveJob(const Path& folder, const JobState& state) {
  run::Checkpoint checkpoint;
  checkpoint.step = state.pipeline.frames;
  checkpoint.state = ToJson(state);
  ForParts(state.pipeline, [&](const char* name, const Bytes& bytes) {
    checkpoint.tensors.emplace_back(name, ToTensor(bytes));
  });
  run::SaveCheckpoint(folder, checkpoint);
}

std::optional<JobState> LoadJob(const Path& folder, const Path& segments) {
  const std::optional<run::Checkpoint> checkpoint = run::LoadNewestCheckpoint(folder);
  if (!checkpoint) return std::nullopt;
  JobState state;
  try {
    state = FromJson(checkpoint->state);
  } catch (const json::exception& error) {
    Fail(ErrorKind::kData, "{}: its checkpoint is of another version: {}; start a new run",
         folder.string(), error.what());
  }
  ForParts(state.pipeline, [&](const char* name, Bytes& bytes) {
    for (const auto& [present, tensor] : checkpoint->tensors) {
      if (present == name) bytes = ToBytes(tensor);
    }
  });
  for (const ClosedSegment& segment : state.segments) {
    CheckSegment(segments / segment.file, segment);
  }
  return state;
}

}  // namespace agon::cyclegan
