#include "actors/evolution/ledger.hpp"

#include "actors/statistics/sharpe.hpp"
#include "actors/storage/journal/trial_ledger.hpp"

#include <cmath>

namespace finch::evolution {

namespace {

Result<bool> count(journal::Journal& journal, const Evaluated& evaluated, const TrialTerms& terms) {
  auto behaviour = strategies::behaviour(evaluated.instance.spec);
  journal::Trial trial;
  trial.epoch = terms.epoch;
  trial.cycle = terms.cycle;
  trial.spec_hash = evaluated.hash;
  trial.purpose = terms.purpose;
  trial.trades = static_cast<std::int64_t>(evaluated.evidence.trades.size());
  trial.net_units = std::llround(evaluated.score.trades.net * 1e8);
  trial.sharpe = evaluated.score.sharpe_per_hour;
  trial.composite = evaluated.score.composite.score;
  trial.hourly_returns = evaluated.score.hourly_returns;
  return journal::count_trial(journal,
                              {behaviour, evaluated.instance.timeframe, market::round_begin(terms.first),
                               market::round_close(terms.last), terms.cost_model},
                              std::move(trial));
}

} // namespace

Result<Counted> count_trials(journal::Journal& journal, std::span<const Evaluated> evaluated,
                             const TrialTerms& terms) {
  Counted counted;
  auto recorded = journal.transact([&]() -> Status {
    for (const auto& one : evaluated) {
      auto fresh = count(journal, one, terms);
      if (!fresh)
        return tl::unexpected(fresh.error());
      counted.fresh += *fresh ? 1 : 0;
    }
    return {};
  });
  if (!recorded)
    return tl::unexpected(recorded.error());
  auto total = journal.trial_count(terms.epoch);
  if (!total)
    return tl::unexpected(total.error());
  auto sharpes = journal.trial_sharpes(terms.epoch);
  if (!sharpes)
    return tl::unexpected(sharpes.error());
  counted.total = *total;
  auto hours = static_cast<double>(terms.last - terms.first + 1) / 60;
  counted.search = {static_cast<double>(*total), statistics::trial_variance(*sharpes, hours)};
  return counted;
}

} // namespace finch::evolution
