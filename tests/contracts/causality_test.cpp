/// Changing anything after t changes no feature, vote, order or fill at or before t.
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "actors/storage/columns.hpp"
#include "actors/strategies/assembly.hpp"
#include "tests/contracts/place.hpp"

#include <cstring>

using namespace finch;
using namespace finch::contracts;

namespace {

using market::Round;
using market::TimeNs;

void mutate(market::TickColumns& rows, std::size_t i) {
  rows.price[i] += rows.price[i] / 3 + 1;
  rows.quantity[i] *= 2;
  rows.side[i] = static_cast<market::Side>(-static_cast<int>(rows.side[i]));
}
void mutate(market::QuoteColumns& rows, std::size_t i) {
  rows.bid_price[i] -= rows.bid_price[i] / 50;
  rows.ask_quantity[i] *= 3;
}
void mutate(market::BarColumns& rows, std::size_t i) {
  for (auto* column : {&rows.open, &rows.high, &rows.low, &rows.close})
    (*column)[i] += (*column)[i] / 3 + 1;
  rows.volume[i] *= 2;
}
void mutate(market::FundingColumns& rows, std::size_t i) { rows.rate[i] = -7 * rows.rate[i] + 1'000; }

/// Copies a series into the session: rows up to `t` as they are, later ones changed, every ninth of them left
/// out.
template <class C, class Add>
void copy_mutated(storage::Reader<C> reader, TimeNs t, const Add& add) {
  C batch;
  while (must(reader.next(batch))) {
    C kept;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto later = storage::times_of(batch)[i] > t;
      if (later)
        mutate(batch, i);
      if (!later || i % 9 != 0)
        storage::append_rows(kept, batch, i, i + 1);
    }
    if (kept.size() > 0)
      must(add(kept));
  }
}

/// The market with another future.
Market mutated(const Market& market, const fs::path& folder, TimeNs t) {
  auto changed = market;
  changed.store = open_store(folder);
  for (const auto& instrument : market.store->instruments())
    REQUIRE(must(changed.store->ensure_instrument(instrument)).id == instrument.id);
  auto session = must(changed.store->begin_import());
  for (const auto& span : market.store->spans()) {
    auto id = span.instrument;
    auto end = span.last_ns + 1;
    switch (span.kind) {
    case storage::Kind::bars:
      copy_mutated(market.store->bars(id, span.timeframe, span.first_ns, end), t,
                   [&](const auto& rows) { return session.add(id, rows); });
      break;
    case storage::Kind::quotes:
      copy_mutated(market.store->quotes(id, span.first_ns, end), t,
                   [&](const auto& rows) { return session.add(id, rows); });
      break;
    case storage::Kind::funding:
      copy_mutated(market.store->funding(id, span.first_ns, end), t,
                   [&](const auto& rows) { return session.add(id, rows); });
      break;
    default:
      copy_mutated(market.store->ticks(id, span.first_ns, end), t,
                   [&](const auto& rows) { return session.add(id, span.kind, rows); });
    }
  }
  (void)must(session.finish());
  return changed;
}

/// Everything the whole catalogue, every instance of the library and the desk's own say about a run, window
/// by window.
struct Said {
  std::vector<std::string> features;
  std::vector<FeatureFrame> blocks;
  std::vector<VoteFrame> votes;
};

Said say(const Market& market, const desk::ReplayJob& job, Round window) {
  auto catalogue = features::Plan::everything();
  std::vector<std::string> names{catalogue.names().begin(), catalogue.names().end()};
  for (const auto* field : {"open", "high", "low", "volume"})
    if (!catalogue.index(field))
      names.emplace_back(field);
  auto plan = must(features::Plan::make(names));
  Said said{{plan.names().begin(), plan.names().end()}, {}, {}};
  strategies::FeatureLayout layout{said.features, {}, {}};
  std::vector<std::unique_ptr<feed::RecordedSource>> sources;
  std::vector<features::InstrumentCalculator> calculators;
  for (const auto& instrument : job.desk.instruments) {
    layout.instruments.push_back(instrument.id);
    layout.symbols.push_back(market::format_name(instrument.name));
    sources.push_back(must(feed::RecordedSource::make(market.store, instrument.id)));
    calculators.emplace_back(instrument, plan, job.desk.timeframes);
  }
  features::Join join{job.desk.instruments, plan, job.desk.timeframes};
  std::vector<strategies::Instance> instances;
  for (auto& instance : instances_of(library()))
    instances.push_back(std::move(instance.instance));
  for (const auto& running : job.desk.instances) // among them one that votes all the time
    instances.push_back(running.instance);
  auto parts = strategies::parts_of(instances);
  std::vector<strategies::Evaluator> evaluators;
  for (const auto& part : parts)
    evaluators.push_back(
        must(strategies::Evaluator::make(part.instance.spec, part.instance.timeframe, layout)));
  auto levels = strategies::levels_of(parts);
  for (auto first = job.desk.first; first <= job.last; first += window) {
    auto last = std::min(first + window - 1, job.last);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      must(sources[i]->read(first, last, [&](const MarketFrame& block) { calculators[i].consume(*block); }));
      join.add(calculators[i].take(first, last));
    }
    auto blocks = join.take();
    std::vector<VoteFrame> cast(parts.size());
    for (const auto& level : levels)
      for (auto i : level) {
        std::vector<VoteFrame> taken;
        for (auto reference : parts[i].references)
          taken.push_back(cast[reference]);
        cast[i] = must(evaluators[i].vote(static_cast<std::uint32_t>(i), blocks, taken));
      }
    said.votes.insert(said.votes.end(), cast.begin(), cast.end());
    said.blocks.insert(said.blocks.end(), blocks.begin(), blocks.end());
  }
  return said;
}

/// Rows of a block that close by `last`, which both blocks must have.
template <class Block>
std::size_t known_rows(const Block& a, const Block& b, Round last) {
  const auto &left = *a->rounds(), &right = *b->rounds();
  auto known = std::upper_bound(left.begin(), left.end(), last) - left.begin();
  REQUIRE(std::upper_bound(right.begin(), right.end(), last) - right.begin() == known);
  REQUIRE(std::equal(left.begin(), left.begin() + static_cast<flatbuffers::uoffset_t>(known), right.begin()));
  return static_cast<std::size_t>(known);
}

/// Compares what was said up to the close of `last`.
void check_said(const Said& a, const Said& b, Round last) {
  REQUIRE(a.blocks.size() == b.blocks.size());
  std::size_t rows_known = 0, cast = 0;
  for (std::size_t at = 0; at < a.blocks.size(); ++at) {
    const auto &left = a.blocks[at], &right = b.blocks[at];
    auto known = known_rows(left, right, last);
    rows_known += known;
    auto width = left->instruments()->size();
    auto column = [&](const FeatureFrame& block, std::size_t feature) {
      return block->values()->data() + feature * block->rounds()->size() * width;
    };
    for (std::size_t feature = 0; feature < a.features.size(); ++feature)
      if (std::memcmp(column(left, feature), column(right, feature), known * width * sizeof(double)) != 0)
        FAIL_CHECK(a.features[feature] << " on " << left->minutes() << "m saw the future");
  }
  REQUIRE(a.votes.size() == b.votes.size());
  for (std::size_t at = 0; at < a.votes.size(); ++at) {
    const auto &left = a.votes[at], &right = b.votes[at];
    auto cells = known_rows(left, right, last) * left->instruments()->size();
    for (flatbuffers::uoffset_t cell = 0; cell < cells; ++cell) {
      cast += left->votes()->Get(cell)->side() != 0;
      if (std::memcmp(left->votes()->Get(cell), right->votes()->Get(cell), sizeof(fb::Vote)) != 0) {
        FAIL_CHECK("instance " << left->instance() << " voted on the future");
        break;
      }
    }
  }
  CHECK(rows_known > 0);
  CHECK(cast > 0);
}

/// Compares what two accounts did up to `t`.
void check_past(const ResultFrame& a, const ResultFrame& b, TimeNs t) {
  CAPTURE(a->name()->str());
  auto past = [t](const ResultFrame& account) {
    std::vector<std::string> lines;
    for (const auto* trade : *account->trades()) {
      if (trade->entry_time_ns() <= t)
        lines.push_back(fmt::format("{} entry {} {} {} {} {} {}", trade->entry_time_ns(), trade->id(),
                                    trade->instrument(), trade->side(), trade->quantity(),
                                    trade->entry_price(), trade->stop_price()));
      if (trade->exit_time_ns() <= t)
        lines.push_back(fmt::format("{} exit {} {} {}", trade->exit_time_ns(), describe(*trade),
                                    trade->net_units(), trade->mfe()));
    }
    for (const auto* point : *account->equity())
      if (market::round_close(point->round()) <= t)
        lines.push_back(fmt::format("{} equity {}", point->round(), point->equity_units()));
    std::ranges::sort(lines);
    return lines;
  };
  auto left = past(a), right = past(b);
  CHECK(left.size() == right.size());
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    if (left[i] != right[i]) {
      FAIL_CHECK("what happened before differs:\n" << left[i] << "\n" << right[i]);
      break;
    }
}

void check_causality(const Market& market, const desk::ReplayJob& job,
                     std::initializer_list<TimeNs> instants) {
  auto whole = run(market, job);
  auto said = say(market, job, 100);
  for (auto t : instants) {
    CAPTURE(market::format_time(t));
    Folder folder;
    auto other = mutated(market, folder.path, t);
    auto last = market::round_of(t + 1) - 1; // the last round that had closed by t
    check_said(said, say(other, job, 100), last);
    auto changed = run(other, job);
    CHECK(changed.digest != whole.digest);
    for (std::size_t i = 0; i < whole.books.size(); ++i)
      check_past(whole.books[i], changed.books[i], t);
    check_past(whole.desk, changed.desk, t);
    auto until = job;
    until.last = last;
    check_same(run(market, until), run(other, until));
  }
}

} // namespace

TEST_CASE("causality: no feature, vote, order or fill knows what comes after it") {
  const auto& market = seeded_market();
  auto job = replay_job(market);
  job.desk.first = job.desk.trade_from = market.ticks_from - 900;
  job.last = market.ticks_from + 900;
  auto ticks = market::round_begin(market.ticks_from);
  check_causality(market, job,
                  {ticks - 150 * market::ns_per_minute - 1, ticks - 1,
                   ticks + 333 * market::ns_per_minute + 31'234 * market::ns_per_ms,
                   ticks + 720 * market::ns_per_minute});
}

TEST_CASE("causality: recorded data") {
  auto data = recorded_data();
  if (data.empty())
    return;
  for (const std::string name : {"bars", "equity"}) {
    CAPTURE(name);
    Folder folder;
    auto market = recorded_market(data, folder.path, name);
    check_causality(market, replay_job(market),
                    {market::round_begin((market.first + market.last * 2) / 3) - 1});
  }
}
