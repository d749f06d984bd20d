#include "actors/features/join.hpp"

#include "actors/features/cross_asset.hpp"
#include "actors/features/interleave.hpp"
#include "actors/features/user_features.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace finch::features {
namespace {

const fb::FeatureColumns* columns_of(const fb::FeatureRows& rows, market::Timeframe timeframe) {
  if (rows.columns())
    for (const auto* columns : *rows.columns())
      if (columns->minutes() == timeframe.minutes)
        return columns;
  return nullptr;
}

} // namespace

Join::Join(std::vector<market::Instrument> instruments, Plan plan, std::vector<market::Timeframe> timeframes)
    : instruments_{std::move(instruments)}, plan_{std::move(plan)}, timeframes_{std::move(timeframes)},
      waiting_(instruments_.size()) {
  std::sort(instruments_.begin(), instruments_.end(),
            [](const market::Instrument& a, const market::Instrument& b) { return a.id < b.id; });
  if (plan_.has_cross_asset())
    for (std::size_t i = 0; i < timeframes_.size(); ++i)
      cross_.push_back(std::make_unique<CrossAsset>(instruments_, plan_));
  if (plan_.has_user_features())
    for (auto timeframe : timeframes_)
      user_.push_back(std::make_unique<UserFeatures>(instruments_.size(), timeframe, plan_));
}

Join::~Join() = default;
Join::Join(Join&&) noexcept = default;
Join& Join::operator=(Join&&) noexcept = default;

void Join::add(const Frame<fb::FeatureRows>& rows) {
  for (std::size_t i = 0; i < instruments_.size(); ++i)
    if (instruments_[i].id == rows->instrument())
      waiting_[i].push_back(rows);
}

bool Join::ready() const noexcept {
  return !waiting_.empty() &&
         std::none_of(waiting_.begin(), waiting_.end(), [](const auto& frames) { return frames.empty(); });
}

std::vector<Frame<fb::FeatureBlock>> Join::take() {
  std::vector<Frame<fb::FeatureBlock>> out;
  if (!ready())
    return out;
  for (std::size_t i = 0; i < timeframes_.size(); ++i)
    out.push_back(block_of(i));
  for (auto& frames : waiting_)
    frames.pop_front();
  return out;
}

Frame<fb::FeatureBlock> Join::block_of(std::size_t timeframe) {
  std::vector<LaneColumns> lanes;
  std::vector<market::Round> rounds;
  for (const auto& frames : waiting_) {
    auto& lane = lanes.emplace_back();
    if (const auto* source = columns_of(*frames.front(), timeframes_[timeframe])) {
      auto count = source->rounds()->size();
      lane = {source->values()->data(), count, {source->rounds()->data(), count}};
      rounds.insert(rounds.end(), lane.rounds.begin(), lane.rounds.end());
    }
  }
  std::sort(rounds.begin(), rounds.end());
  rounds.erase(std::unique(rounds.begin(), rounds.end()), rounds.end());

  auto features = plan_.names().size(), rows = rounds.size(), instruments = instruments_.size();
  auto stride = rows * instruments;
  flatbuffers::FlatBufferBuilder builder{1024};
  double* values = nullptr;
  auto matrix = builder.CreateUninitializedVector(features * stride, &values);
  interleave(lanes, rounds, 0, features, values);
  if (!cross_.empty())
    for (std::size_t row = 0; row < rows; ++row)
      cross_[timeframe]->fill(values + row * instruments, stride);
  if (!user_.empty())
    user_[timeframe]->fill(values, rounds);

  std::vector<std::uint32_t> ids;
  for (const auto& instrument : instruments_)
    ids.push_back(instrument.id);
  auto first = waiting_.front().front()->first_round(), last = waiting_.front().front()->last_round();
  auto round_vector = builder.CreateVector(rounds);
  auto id_vector = builder.CreateVector(ids);
  return Frame<fb::FeatureBlock>::own(
      builder, fb::CreateFeatureBlock(builder, timeframes_[timeframe].minutes, first, last, round_vector,
                                      id_vector, static_cast<std::uint32_t>(features), matrix));
}

Frame<fb::JoinState> Join::save() const {
  flatbuffers::FlatBufferBuilder builder{1U << 16U};
  CrossAsset::Pairs pairs;
  for (std::size_t t = 0; t < cross_.size(); ++t)
    for (std::size_t i = 0; i < instruments_.size(); ++i)
      cross_[t]->save(builder, i, timeframes_[t], pairs);
  UserFeatures::States users;
  for (const auto& user : user_)
    for (std::size_t i = 0; i < instruments_.size(); ++i)
      user->save(builder, i, instruments_[i].id, users);
  auto all_pairs = builder.CreateVector(pairs);
  return Frame<fb::JoinState>::own(builder, fb::CreateJoinState(builder, CrossAsset::state_layout(),
                                                                all_pairs, builder.CreateVector(users)));
}

Status Join::restore(const fb::JoinState& state) {
  for (const auto& instrument : instruments_)
    if (auto restored = restore(state, instrument.id); !restored)
      return restored;
  return {};
}

Status Join::restore(const fb::JoinState& state, market::InstrumentId instrument) {
  for (std::size_t i = 0; i < instruments_.size(); ++i)
    for (std::size_t t = 0; instruments_[i].id == instrument && t < timeframes_.size(); ++t)
      if ((!cross_.empty() && !cross_[t]->restore(state, i, timeframes_[t])) ||
          (!user_.empty() && !user_[t]->restore(state, i, instrument)))
        return fail(Category::bad_input,
                    fmt::format("a join state of {} pairs does not fit {} on {}",
                                state.pairs() ? state.pairs()->size() : 0,
                                market::format_name(instruments_[i].name), format_timeframe(timeframes_[t])),
                    "it was written by another build, plan or universe: recompute from stored data");
  return {};
}

} // namespace finch::features
