#include "actors/reporting/new_file.hpp"
#include "actors/storage/journal/journal.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/data_export.hpp"
#include "runtime/journal_table.hpp"
#include "runtime/research_setup.hpp"
#include "runtime/stop.hpp"
#include "runtime/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace finch::runtime {
namespace {

struct Options {
  std::string table, account, output;
  std::string format = "csv";
  std::optional<market::TimeNs> from, to;
  std::optional<std::int64_t> session;
};

/// One kind of row that can be exported, and the column that says when it happened.
struct Exported {
  const char* name;
  const char* time; ///< in ns, rounds or days as its name says; empty where rows have no time
  Result<std::string> (*text)(journal::Journal&, const journal::Query&, TableFormat, const Instruments&);
  const journal::TableShape& (*shape)();
};

template <class Record>
constexpr Exported exported(const char* name, const char* time) {
  return {name, time,
          [](journal::Journal& journal, const journal::Query& query, TableFormat format,
             const Instruments& instruments) -> Result<std::string> {
            TableText table{journal::shape_of<Record>(), format, instruments};
            auto read = journal.each<Record>(query, [&](const std::vector<journal::Cell>& row) -> Status {
              if (Stop::requested())
                return Context::interrupted("export");
              table.add(row);
              return {};
            });
            if (!read)
              return tl::unexpected(read.error());
            return table.finish();
          },
          &journal::shape_of<Record>};
}

constexpr Exported all[] = {
    exported<journal::Trade>("trades", "exit_time_ns"),
    exported<journal::EquityPoint>("equity", "round"),
    exported<journal::Order>("orders", "round"),
    exported<journal::Fill>("fills", "time_ns"),
    exported<journal::Decision>("decisions", "round"),
    exported<journal::DecisionVote>("votes", "round"),
    exported<journal::Refusal>("refusals", "round"),
    exported<journal::BreakerEvent>("breakers", "round"),
    exported<journal::ControlEvent>("controls", "round"),
    exported<journal::WinLoss>("win_loss", "day"),
    exported<journal::DailyMetric>("daily", "day"),
    exported<journal::Health>("health", "time_ns"),
    exported<journal::UniverseChange>("universe", "round"),
    exported<journal::Session>("sessions", "first_round"),
    exported<journal::Instance>("instances", ""),
    exported<journal::Trial>("trials", ""),
    exported<journal::Score>("scores", ""),
};

Result<const Exported*> find(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& one : all) {
    if (name == one.name)
      return &one;
    names.emplace_back(one.name);
  }
  auto closest = nearest(name, names);
  return fail(Category::usage, fmt::format("there is nothing called '{}' to export", name),
              closest.empty() ? fmt::format("it is one of {}", fmt::join(names, ", "))
                              : fmt::format("did you mean {}?", closest));
}

bool has(const journal::TableShape& shape, std::string_view column) {
  return std::any_of(shape.columns.begin(), shape.columns.end(),
                     [&](const auto& each) { return column == each.first; });
}

/// The rows the options ask for. Rows of a round happened at its close.
Result<journal::Query> query_of(const Options& options, const Exported& what) {
  journal::Query query;
  const auto& shape = what.shape();
  auto wants = [&](const char* column, const char* option) -> Status {
    return has(shape, column) ? Status{}
                              : fail(Category::usage, fmt::format("{} have no {}", what.name, column),
                                     fmt::format("leave {} out", option));
  };
  if (options.session) {
    if (auto there = wants("session", "--session"); !there)
      return tl::unexpected(there.error());
    query.equal("session", *options.session);
  }
  if (!options.account.empty()) {
    if (auto there = wants("account", "--account"); !there)
      return tl::unexpected(there.error());
    query.equal("account", options.account);
  }
  if ((options.from || options.to) && *what.time == '\0')
    return fail(Category::usage, fmt::format("{} have no time", what.name), "leave --from and --to out");
  std::string_view time{what.time};
  auto rounds = time.ends_with("round");
  // The first row of [instant, …): a round counts by its close, a day as a whole.
  auto first = [&](market::TimeNs instant) -> std::int64_t {
    if (rounds)
      return market::round_of(instant - 1);
    return time == "day" ? market::day_of(instant) : instant;
  };
  if (options.from)
    query.at_least(what.time, first(*options.from));
  if (options.to)
    query.at_most(what.time, time == "day" ? static_cast<std::int64_t>(market::day_of(*options.to - 1))
                                           : first(*options.to) - 1);
  return query;
}

Result<Instruments> instruments_of(journal::Journal& journal) {
  auto facts = journal.select<journal::InstrumentFacts>();
  if (!facts)
    return tl::unexpected(facts.error());
  Instruments instruments;
  for (auto& each : *facts)
    instruments.emplace(each.id, std::move(each));
  return instruments;
}

Status export_rows(Context& context, const Options& options) {
  auto what = find(options.table);
  if (!what)
    return tl::unexpected(what.error());
  if (auto range = parse_range(options.from, options.to); !range)
    return tl::unexpected(range.error());
  auto query = query_of(options, **what);
  if (!query)
    return tl::unexpected(query.error());
  auto journal = journal::Journal::open(journal_address(context), journal::Access::read);
  if (!journal)
    return tl::unexpected(journal.error());
  auto instruments = instruments_of(**journal);
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto json = options.format == "json" || (context.console.json() && options.output.empty());
  auto text = (*what)->text(**journal, *query, json ? TableFormat::json : TableFormat::csv, *instruments);
  if (!text)
    return tl::unexpected(text.error());
  if (!options.output.empty()) {
    if (auto written = reporting::write_atomically(options.output, *text); !written)
      return written;
    context.console.note(fmt::format("{} {}", (*what)->name, options.output));
    return {};
  }
  if (std::fwrite(text->data(), 1, text->size(), stdout) == text->size() && std::fflush(stdout) == 0)
    return {};
  // A closed reader of standard output, as after `| head`, is a quiet end.
  if (errno == EPIPE)
    return {};
  return fail(Category::unavailable, fmt::format("cannot write standard output: {}", std::strerror(errno)),
              "check where it goes, or name a file with -o");
}

} // namespace

void register_export(Registry& registry) {
  auto options = std::make_shared<Options>();
  registry.verb("export", "Write what the journal holds as CSV or JSON")
      .positional("WHAT", options->table,
                  "trades, equity, orders, fills, decisions, votes, refusals, breakers, controls, win_loss, "
                  "daily, health, universe, sessions, instances, trials or scores",
                  Need::required)
      .choice("--format", options->format, {"csv", "json"},
              "csv (with a header) or json (an array of objects)")
      .time("--from", options->from, "Rows from here on")
      .time("--to", options->to, "Rows before this time")
      .option("--account", options->account, "Only this account: desk, or an instance as momentum@5m")
      .option("--session", options->session, "Only this session, by its number")
      .option("-o,--output", options->output, "Write to this file, which appears when it is whole")
      .run([options](Context& context) { return export_rows(context, *options); });
}

} // namespace finch::runtime
