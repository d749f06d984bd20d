#include "actors/backtest/screen.hpp"

#include "actors/backtest/parallel.hpp"
#include "actors/strategies/assembly.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace finch::backtest {
namespace {

/// So many instances share a machine at most: enough to have much in common, few enough that threads end
/// together and their books stay in cache.
constexpr std::size_t at_once = 32;

/// A strategy whose votes the candidate, or another giver, takes.
struct Giver {
  strategies::Evaluator evaluator;
  std::vector<std::size_t> references; // places among the candidate's parts
  std::vector<fb::Vote> votes;         // of the window at hand
};

/// An instance that takes votes: it has an evaluator of its own, and so has everyone it refers to.
struct Taker {
  strategies::Evaluator evaluator;
  std::vector<std::size_t> references;
  std::map<std::size_t, Giver> givers; // by place among the parts
  std::vector<std::size_t> order;      // of the givers: who takes votes comes after who gives them
};

/// What all threads read.
struct Shared {
  const ScreenJob& job;
  const History& history;
  const std::vector<TimeframeRows>& timeframes;
  /// Another so many instances' windows are done; false to stop.
  const std::function<bool(std::size_t)>& advance;
};

ScreenBook book_of(const ScreenJob& job, std::size_t index, const History& history) {
  const auto& instance = job.instances[index];
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
  std::vector<LaneWord> listed(history.words(), 0);
  const auto& symbols = history.layout().symbols;
  for (std::size_t lane = 0; lane < symbols.size(); ++lane)
    if (strategies::in_universe(instance.spec, symbols[lane]))
      listed[lane / lanes_per_word] |= LaneWord{1} << lane % lanes_per_word;
  return ScreenBook{std::move(terms), history, listed};
}

bool takes_votes(const strategies::Instance& instance) {
  const auto& references = instance.spec.references;
  return std::any_of(references.begin(), references.end(),
                     [](const auto& reference) { return reference.spec != nullptr; });
}

Result<Taker> taker_of(const strategies::Instance& instance, const History& history) {
  auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, history.layout());
  if (!evaluator)
    return tl::unexpected(evaluator.error());
  auto parts = strategies::parts_of({&instance, 1});
  Taker taker{std::move(*evaluator), parts.front().references, {}, {}};
  for (const auto& level : strategies::levels_of(parts))
    for (auto place : level) {
      if (place == 0)
        continue;
      const auto& part = parts[place];
      auto giver = strategies::Evaluator::make(part.instance.spec, part.instance.timeframe, history.layout());
      if (!giver)
        return tl::unexpected(giver.error());
      taker.givers.emplace(place, Giver{std::move(*giver), part.references, {}});
      taker.order.push_back(place);
    }
  return taker;
}

strategies::Evaluator::Columns columns_of(const HistoryBlock& block) {
  return {block.timeframe, block.rounds, block.values};
}

std::vector<const fb::Vote*> taken_by(const Taker& taker, const std::vector<std::size_t>& references) {
  std::vector<const fb::Vote*> taken;
  for (auto place : references)
    taken.push_back(taker.givers.at(place).votes.data());
  return taken;
}

/// Has the givers vote on a window.
void give(Taker& taker, const strategies::Evaluator::Columns& own,
          std::span<const strategies::Evaluator::Columns> others, std::size_t lanes) {
  for (auto place : taker.order) {
    auto& giver = taker.givers.at(place);
    giver.votes.resize(own.rounds.size() * lanes);
    giver.evaluator.vote_columns(own, others, giver.votes, taken_by(taker, giver.references));
  }
}

/// Runs an instance that takes votes.
Status run_taker(const Shared& shared, std::size_t index, ScreenBook& book) {
  const auto& instance = shared.job.instances[index];
  auto taker = taker_of(instance, shared.history);
  if (!taker)
    return tl::unexpected(taker.error());
  EvaluatedRules rules{shared.history.layout().instruments.size()};
  std::vector<strategies::Evaluator::Columns> others;
  for (const auto& window : shared.history.windows()) {
    others.clear();
    for (const auto& block : window.blocks)
      if (block.timeframe != instance.timeframe)
        others.push_back(columns_of(block));
    auto own = columns_of(window.block(instance.timeframe));
    own.timeframe = instance.timeframe;
    book.open_window(window);
    give(*taker, own, others, shared.history.layout().instruments.size());
    taker->evaluator.scan(
        own, others,
        [&](const auto& said) {
          rules.open(said);
          book.take(rules, said.first, said.rows);
        },
        taken_by(*taker, taker->references));
    if (!book.status())
      return book.status();
    if (!shared.advance(1))
      break;
  }
  return {};
}

/// Runs instances of one timeframe together, a few rows at a time.
Status run_group(const Shared& shared, const std::vector<std::size_t>& members,
                 std::vector<ScreenBook>& books) {
  std::vector<const strategies::Instance*> instances;
  for (auto index : members)
    instances.push_back(&shared.job.instances[index]);
  auto group = RuleGroup::make(instances, shared.history, shared.timeframes);
  if (!group)
    return tl::unexpected(group.error());
  for (std::size_t at = 0; at < shared.history.windows().size(); ++at) {
    const auto& window = shared.history.windows()[at];
    for (auto& book : books)
      book.open_window(window);
    auto rows = window.block(instances.front()->timeframe).rounds.size();
    for (std::size_t first = 0; first < rows; first += (*group)->max_rows()) {
      auto count = std::min((*group)->max_rows(), rows - first);
      (*group)->open((*group)->rows().first_of(at) + static_cast<std::int64_t>(first), count);
      for (std::size_t place = 0; place < books.size(); ++place)
        books[place].take((*group)->rules(place), first, count);
    }
    for (const auto& book : books)
      if (!book.status())
        return book.status();
    if (!shared.advance(books.size()))
      break;
  }
  return {};
}

/// Instances in groups of one timeframe, the finest first because they take longest, about as many groups as
/// threads; who takes votes is alone.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<strategies::Instance>& instances,
                                                std::size_t threads) {
  std::map<std::pair<market::Timeframe, bool>, std::vector<std::size_t>> kinds;
  for (std::size_t i = 0; i < instances.size(); ++i)
    kinds[{instances[i].timeframe, takes_votes(instances[i])}].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (const auto& [kind, members] : kinds) {
    auto count = std::max({(members.size() + at_once - 1) / at_once, threads, std::size_t{1}});
    if (kind.second)
      count = members.size();
    count = std::min(count, members.size());
    for (std::size_t group = 0; group < count; ++group)
      groups.emplace_back(members.begin() + static_cast<std::ptrdiff_t>(group * members.size() / count),
                          members.begin() +
                              static_cast<std::ptrdiff_t>((group + 1) * members.size() / count));
  }
  return groups;
}

} // namespace

Result<std::vector<ResultFrame>> screen(const ScreenJob& job, const History& history,
                                        const std::function<bool(double)>& progress) {
  auto groups = groups_of(job.instances, job.threads);
  auto timeframes = timeframes_of(history);
  std::vector<ResultFrame> results(job.instances.size());
  std::vector<Status> statuses(groups.size());
  std::mutex mutex;
  std::size_t done = 0;
  auto all = static_cast<double>(job.instances.size() * std::max<std::size_t>(1, history.windows().size()));
  std::atomic<bool> stopped = false;
  std::function<bool(std::size_t)> advance = [&](std::size_t instances) {
    if (progress) {
      std::lock_guard lock{mutex};
      done += instances;
      if (!stopped && !progress(static_cast<double>(done) / all))
        stopped = true;
    }
    return !stopped;
  };
  Shared shared{job, history, timeframes, advance};
  for_each_index(groups.size(), job.threads, [&](std::size_t at) {
    if (stopped)
      return;
    const auto& members = groups[at];
    std::vector<ScreenBook> books;
    for (auto index : members)
      books.push_back(book_of(job, index, history));
    statuses[at] = takes_votes(job.instances[members.front()])
                       ? run_taker(shared, members.front(), books.front())
                       : run_group(shared, members, books);
    if (stopped)
      return;
    for (std::size_t i = 0; i < members.size(); ++i) {
      books[i].finish();
      results[members[i]] = books[i].result();
    }
  });
  for (const auto& status : statuses)
    if (!status)
      return tl::unexpected(status.error());
  if (stopped)
    return fail(Category::interrupted, "the screen was stopped");
  return results;
}

} // namespace finch::backtest
