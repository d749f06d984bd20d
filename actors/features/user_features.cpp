#include "actors/features/user_features.hpp"

#include "actors/features/plan_layout.hpp"
#include "actors/features/user_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t chunk = 64; ///< bars of one instrument run at once

} // namespace

UserFeatures::UserFeatures(std::size_t instruments, market::Timeframe timeframe, const Plan& plan)
    : plan_{plan}, timeframe_{timeframe},
      instruments_{instruments}, close_{*plan.index("close")}, ret_1_{*plan.index("ret_1")},
      since_gap_(instruments, 0) {
  std::size_t widest = 0;
  for (const auto& step : plan_.layout().user_steps) {
    const auto& kernel = *step.kernel;
    Memory fresh{expression::fresh_state(kernel.program, 1),
                 std::vector<std::int64_t>(kernel.inputs.size(), 0)};
    features_.push_back({&kernel, step.column, step.inputs, expression::Machine{kernel.program, 1, chunk},
                         std::vector<Memory>(instruments, fresh)});
    widest = std::max(widest, kernel.inputs.size());
  }
  buffer_.resize(widest * chunk);
  columns_.resize(widest);
}

void UserFeatures::fill(double* values, std::span<const market::Round> rounds) {
  auto stride = rounds.size() * instruments_;
  for (std::size_t i = 0; i < instruments_; ++i) {
    auto at = [&](std::size_t column, std::size_t row) {
      return values[column * stride + row * instruments_ + i];
    };
    for (std::size_t row = 0; row < rounds.size();) {
      bars_.clear(), since_.clear(), rows_.clear();
      for (; row < rounds.size() && rows_.size() < chunk; ++row) {
        if (std::isnan(at(close_, row)))
          continue;
        // Only a first bar and one after a gap have no return.
        since_gap_[i] = std::isnan(at(ret_1_, row)) ? 0 : since_gap_[i] + 1;
        rows_.push_back(row * instruments_ + i);
        since_.push_back(since_gap_[i]);
        bars_.push_back(market::floor_div(rounds[row] + 1, timeframe_.minutes));
      }
      if (!rows_.empty())
        for (auto& feature : features_)
          run(feature, i, values, stride);
    }
  }
}

void UserFeatures::run(Feature& feature, std::size_t instrument, double* values, std::size_t stride) {
  const auto& kernel = *feature.kernel;
  auto& memory = feature.memories[instrument];
  for (std::size_t k = 0; k < feature.inputs.size(); ++k) {
    auto* gathered = buffer_.data() + k * chunk;
    for (std::size_t t = 0; t < rows_.size(); ++t)
      gathered[t] = values[feature.inputs[k] * stride + rows_[t]];
    columns_[k] = gathered;
  }
  feature.machine.run({columns_.data(), feature.inputs.size()}, bars_, memory.state);
  auto results = feature.machine.result(0);
  auto* out = values + feature.column * stride;
  for (std::size_t t = 0; t < rows_.size(); ++t) {
    auto known = since_[t] >= kernel.warmup;
    for (std::size_t k = 0; k < feature.inputs.size(); ++k) {
      memory.known[k] = std::isnan(columns_[k][t]) ? 0 : memory.known[k] + 1;
      known = known && memory.known[k] > kernel.inputs[k].reach;
    }
    out[rows_[t]] = !known ? nan : std::isfinite(results[t]) ? results[t] : kernel.neutral;
  }
}

void UserFeatures::save(flatbuffers::FlatBufferBuilder& builder, std::size_t i, market::InstrumentId id,
                        States& out) const {
  for (const auto& feature : features_) {
    const auto& memory = feature.memories[i];
    auto store = builder.CreateVector(memory.state.store.data(), memory.state.store.size());
    auto marks = builder.CreateVector(memory.state.marks.data(), memory.state.marks.size());
    auto known = builder.CreateVector(memory.known.data(), memory.known.size());
    out.push_back(fb::CreateUserState(builder, id, timeframe_.minutes, feature.kernel->fingerprint,
                                      since_gap_[i], store, marks, known));
  }
}

bool UserFeatures::restore(const fb::JoinState& state, std::size_t i, market::InstrumentId id) {
  auto take = [](const auto* from, auto& to) {
    if (!from || from->size() != to.size())
      return false;
    std::copy(from->begin(), from->end(), to.begin());
    return true;
  };
  for (auto& feature : features_) {
    const fb::UserState* found = nullptr;
    if (state.users())
      for (const auto* saved : *state.users())
        if (saved->instrument() == id && saved->minutes() == timeframe_.minutes &&
            saved->fingerprint() == feature.kernel->fingerprint)
          found = saved;
    auto& memory = feature.memories[i];
    if (!found || !take(found->store(), memory.state.store) || !take(found->marks(), memory.state.marks) ||
        !take(found->known(), memory.known))
      return false;
    since_gap_[i] = found->since_gap();
  }
  return true;
}

} // namespace finch::features
