#include "runtime/commands/data_salvage.hpp"

#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <map>

namespace finch::runtime {
namespace {

using Json = nlohmann::ordered_json;
using storage::TickStore;

constexpr std::array<std::string_view, 4> families{"ticks", "quotes", "bars", "funding"};

/// A day that is refused, as people and as programs read it.
Json json_of(const std::map<market::InstrumentId, std::string>& names, const storage::DayKey& key,
             const std::string& reason, bool accepted) {
  auto name = names.find(key.series.instrument);
  return {{"instrument",
           name == names.end() ? fmt::format("instrument {}", key.series.instrument) : name->second},
          {"kind", families[static_cast<std::size_t>(key.series.family)]},
          {"day", market::format_day(key.day)},
          {"found", reason},
          {"accepted", accepted}};
}

Status salvage(Context& context, bool accept) {
  std::error_code ignored;
  if (!std::filesystem::exists(context.options.data / "store", ignored))
    return fail(Category::unavailable, fmt::format("{} holds no data", context.options.data.string()),
                "name the right directory with --data");
  storage::Options options;
  options.salvage = true;
  auto store = TickStore::open(context.options.data, storage::Mode::write, options);
  if (!store)
    return tl::unexpected(store.error());
  std::map<market::InstrumentId, std::string> names;
  for (const auto& instrument : (*store)->instruments())
    names[instrument.id] = market::format_name(instrument.name);
  auto losses = (*store)->losses();
  auto days = Json::array();
  for (const auto& [key, reason] : (*store)->quarantined()) {
    if (accept)
      if (auto accepted = (*store)->accept_loss(key); !accepted)
        return accepted;
    days.push_back(json_of(names, key, reason, accept));
  }
  context.console.document(Json{{"losses", losses}, {"days", days}});
  for (const auto& loss : losses)
    context.console.line(loss);
  Table table{"instrument", "kind", "day", "found", ""};
  for (const auto& day : days)
    table.row(
        {day["instrument"], day["kind"], day["day"], day["found"], accept ? "served as it is" : "refused"});
  if (table.rows() > 0)
    context.console.table(table);
  if (losses.empty() && days.empty())
    context.console.line("Nothing is missing.");
  else if (!accept && !days.empty())
    context.console.line(
        "Import these days again with --replace, drop them, or serve what is left of them with "
        "`finch data salvage --accept`.");
  return {};
}

} // namespace

void register_data_salvage(Command& data) {
  auto accept = std::make_shared<bool>(false);
  data.object("salvage", "Open a damaged store with what is left, and say what is missing")
      .flag("--accept", *accept, "Serve what is left of the days hit, instead of refusing them")
      .run([accept](Context& context) { return salvage(context, *accept); });
}

} // namespace finch::runtime
