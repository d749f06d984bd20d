#include "actors/backtest/screen.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/strategies/assembly.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace finch::backtest {
namespace {

/// So many instances read a window's columns in turn while they are in cache.
constexpr std::size_t at_once = 8;

/// A strategy whose votes the candidate, or another giver, takes.
struct Giver {
  strategies::Evaluator evaluator;
  std::vector<std::size_t> references; // places among the candidate's parts
  std::vector<fb::Vote> votes;         // of the window at hand
};

/// One instance under screening.
struct Candidate {
  strategies::Evaluator evaluator;
  ScreenBook book;
  std::vector<std::size_t> references;
  std::map<std::size_t, Giver> givers; // by place among the parts
  std::vector<std::size_t> order;      // of the givers: who takes votes comes after who gives them
};

Result<Candidate> candidate_of(const ScreenJob& job, std::size_t index, const History& history) {
  const auto& instance = job.instances[index];
  auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, history.layout());
  if (!evaluator)
    return tl::unexpected(evaluator.error());
  auto rules = strategies::holding_rules(instance.spec);
  ScreenTerms terms{.account = job.account,
                    .break_even_r = rules.break_even_r,
                    .max_hold_bars = rules.max_hold_bars,
                    .cooldown_bars = rules.cooldown_bars,
                    .sizing = job.sizing,
                    .trade_from = job.trade_from,
                    .last = job.last};
  terms.account.name = instance.id();
  terms.account.instance = static_cast<int>(index);
  terms.account.first_round = job.first;
  terms.account.minutes = instance.timeframe.minutes;
  ScreenBook book{std::move(terms), history, *evaluator};
  auto parts = strategies::parts_of({&instance, 1});
  Candidate candidate{std::move(*evaluator), std::move(book), parts.front().references, {}, {}};
  for (const auto& level : strategies::levels_of(parts))
    for (auto place : level) {
      if (place == 0)
        continue;
      const auto& part = parts[place];
      auto giver = strategies::Evaluator::make(part.instance.spec, part.instance.timeframe, history.layout());
      if (!giver)
        return tl::unexpected(giver.error());
      candidate.givers.emplace(place, Giver{std::move(*giver), part.references, {}});
      candidate.order.push_back(place);
    }
  return candidate;
}

strategies::Evaluator::Columns columns_of(const HistoryBlock& block) {
  return {block.timeframe, block.rounds, block.values};
}

std::vector<const fb::Vote*> taken_by(const Candidate& candidate,
                                      const std::vector<std::size_t>& references) {
  std::vector<const fb::Vote*> taken;
  for (auto place : references)
    taken.push_back(candidate.givers.at(place).votes.data());
  return taken;
}

/// Has the givers vote on a window.
void give(Candidate& candidate, const strategies::Evaluator::Columns& own,
          std::span<const strategies::Evaluator::Columns> others, std::size_t lanes) {
  for (auto place : candidate.order) {
    auto& giver = candidate.givers.at(place);
    giver.votes.resize(own.rounds.size() * lanes);
    giver.evaluator.vote_columns(own, others, giver.votes, taken_by(candidate, giver.references));
  }
}

/// Runs instances of one timeframe together, window by window.
Status run(std::vector<Candidate>& candidates, market::Timeframe timeframe, const History& history) {
  std::vector<strategies::Evaluator::Columns> others;
  for (const auto& window : history.windows()) {
    others.clear();
    for (const auto& block : window.blocks)
      if (block.timeframe != timeframe)
        others.push_back(columns_of(block));
    auto own = columns_of(window.block(timeframe));
    own.timeframe = timeframe;
    for (auto& candidate : candidates) {
      candidate.book.open_window(window);
      give(candidate, own, others, history.layout().instruments.size());
      candidate.evaluator.scan(
          own, others, [&](const auto& rules) { candidate.book.take(rules); },
          taken_by(candidate, candidate.references));
      if (!candidate.book.status())
        return candidate.book.status();
    }
  }
  return {};
}

/// Instances of one timeframe in groups, the finest timeframes first because they take longest.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<strategies::Instance>& instances) {
  std::vector<std::size_t> order(instances.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return instances[a].timeframe < instances[b].timeframe; });
  std::vector<std::vector<std::size_t>> groups;
  for (auto index : order) {
    if (groups.empty() || groups.back().size() == at_once ||
        instances[groups.back().front()].timeframe != instances[index].timeframe)
      groups.emplace_back();
    groups.back().push_back(index);
  }
  return groups;
}

} // namespace

Result<std::vector<ResultFrame>> screen(const ScreenJob& job, const History& history,
                                        const std::function<bool(double)>& progress) {
  auto groups = groups_of(job.instances);
  std::vector<ResultFrame> results(job.instances.size());
  std::vector<Status> statuses(groups.size());
  std::mutex mutex;
  std::size_t done = 0;
  std::atomic<bool> stopped = false;
  for_each_index(groups.size(), job.threads, [&](std::size_t at) {
    if (stopped)
      return;
    const auto& group = groups[at];
    std::vector<Candidate> candidates;
    for (auto index : group) {
      auto candidate = candidate_of(job, index, history);
      if (!candidate) {
        statuses[at] = tl::unexpected(candidate.error());
        return;
      }
      candidates.push_back(std::move(*candidate));
    }
    statuses[at] = run(candidates, job.instances[group.front()].timeframe, history);
    for (std::size_t i = 0; i < group.size(); ++i) {
      candidates[i].book.finish();
      results[group[i]] = candidates[i].book.result();
    }
    std::lock_guard lock{mutex};
    done += group.size();
    if (progress && !progress(static_cast<double>(done) / static_cast<double>(job.instances.size())))
      stopped = true;
  });
  for (const auto& status : statuses)
    if (!status)
      return tl::unexpected(status.error());
  if (stopped)
    return fail(Category::interrupted, "the screen was stopped");
  return results;
}

} // namespace finch::backtest
