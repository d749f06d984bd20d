#include "actors/evolution/registry.hpp"
#include "actors/reporting/new_file.hpp"
#include "actors/storage/journal/journal.hpp"
#include "runtime/commands/strategies.hpp"
#include "runtime/library.hpp"
#include "runtime/research_setup.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace finch::runtime {

namespace {

using Json = nlohmann::ordered_json;

Status refuse_taken(const std::vector<StoredSpec>& known, const strategies::Spec& spec, bool replace) {
  for (const auto& stored : known) {
    if (stored.spec.name != spec.name)
      continue;
    if (!stored.generated)
      return fail(Category::bad_input, fmt::format("the library has a strategy '{}' already", spec.name),
                  "give the new one another name");
    if (!replace && strategies::canonical_json(stored.spec) != strategies::canonical_json(spec))
      return fail(Category::bad_input,
                  fmt::format("{} holds another strategy '{}'", stored.file.string(), spec.name),
                  "see `finch strategies diff`; --replace puts the new one in its place");
  }
  return {};
}

Status add(Context& context, const std::string& name, bool replace) {
  auto file = name.find('/') == std::string::npos && !name.ends_with(".json") ? "./" + name : name;
  auto found = find_specs(context, {file});
  if (!found)
    return tl::unexpected(found.error());
  const auto& spec = found->front().spec;
  auto known = find_specs(context);
  if (!known)
    return tl::unexpected(known.error());
  if (auto taken = refuse_taken(*known, spec, replace); !taken)
    return taken;
  auto hash = strategies::spec_hash(spec);
  auto twins = Json::array();
  for (const auto& stored : *known)
    if (stored.spec.name != spec.name && strategies::spec_hash(stored.spec) == hash)
      twins.push_back(stored.spec.name);
  auto place = context.options.data / "strategies" / (spec.name + ".json");
  if (auto written = reporting::write_atomically(place, strategies::canonical_json(spec)); !written)
    return written;
  for (const auto& twin : twins)
    context.console.warn(
        fmt::format("{} does the same as {}: they are one trial", spec.name, twin.get<std::string>()));
  context.console.document(
      {{"name", spec.name}, {"hash", hash}, {"file", place.string()}, {"same_as", twins}});
  context.console.line(
      fmt::format("{}  {}  {}", context.console.paint("added", "32"), spec.name, place.string()));
  return {};
}

/// Every place whose value differs, of two documents.
Json differences(const Json& a, const Json& b) {
  auto left = a.flatten(), right = b.flatten();
  std::set<std::string> places;
  for (const auto* side : {&left, &right})
    for (const auto& [place, value] : side->items())
      places.insert(place);
  auto changes = Json::array();
  for (const auto& place : places) {
    auto in_a = left.contains(place) ? left[place] : Json(nullptr);
    auto in_b = right.contains(place) ? right[place] : Json(nullptr);
    if (in_a != in_b)
      changes.push_back({{"place", place}, {"a", in_a}, {"b", in_b}});
  }
  return changes;
}

std::string shown(const Json& value) {
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

void print_changes(const Context& context, const std::string& title, const Json& changes) {
  if (changes.empty())
    return;
  context.console.line(title);
  for (const auto& change : changes) {
    context.console.line("  " + change["place"].get<std::string>());
    context.console.line("    " + context.console.paint("- " + shown(change["a"]), "31"));
    context.console.line("    " + context.console.paint("+ " + shown(change["b"]), "32"));
  }
}

/// The members of a spec that do not change what it does.
Json declared(const strategies::Spec& spec) {
  auto document = Json::parse(strategies::canonical_json(spec));
  auto kept = Json::object();
  for (auto key : {"name", "family", "description", "timeframes", "parameters", "parent"})
    if (document.contains(key))
      kept[key] = document[key];
  return kept;
}

Status diff(Context& context, const std::string& a, const std::string& b) {
  auto found = find_specs(context, {a, b});
  if (!found)
    return tl::unexpected(found.error());
  const auto &left = (*found)[0].spec, &right = (*found)[1].spec;
  auto behaviour =
      differences(Json::parse(strategies::behaviour(left)), Json::parse(strategies::behaviour(right)));
  auto rest = differences(declared(left), declared(right));
  auto same = behaviour.empty();
  context.console.document({{"a", left.name},
                            {"b", right.name},
                            {"hash_a", strategies::spec_hash(left)},
                            {"hash_b", strategies::spec_hash(right)},
                            {"same_behaviour", same},
                            {"behaviour", behaviour},
                            {"declared", rest}});
  print_changes(context, "what it does, with the parameters' values put in", behaviour);
  print_changes(context, "what is declared", rest);
  context.console.line(same ? fmt::format("{} and {} do the same", left.name, right.name)
                            : fmt::format("{} and {} differ in {} places of what they do", left.name,
                                          right.name, behaviour.size()));
  return {};
}

/// The parameters in which a version differs from the one it was bred from.
std::string changed_parameters(const Json& spec, const Json& parent) {
  std::string text;
  if (!spec.contains("parameters") || !parent.is_object() || !parent.contains("parameters"))
    return text;
  for (const auto& [name, range] : spec["parameters"].items())
    if (parent["parameters"].contains(name) && parent["parameters"][name]["value"] != range["value"])
      text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", name,
                          parent["parameters"][name]["value"].dump(), range["value"].dump());
  return text;
}

Result<Json> versions_of(journal::Journal& journal, const std::string& name, const Json& seed) {
  auto relatives = journal.select<journal::Strategy>(
      journal::Query{}.equal("lineage", evolution::lineage_of(name)).order_by("created_ns").order_by("name"));
  if (!relatives)
    return tl::unexpected(relatives.error());
  auto list = Json::array();
  for (const auto& relative : *relatives) {
    auto versions = journal.select<journal::StrategyVersion>(
        journal::Query{}.equal("strategy", relative.name).order_by("version"));
    if (!versions)
      return tl::unexpected(versions.error());
    for (const auto& version : *versions) {
      auto instances = journal.select<journal::Instance>(
          journal::Query{}.equal("spec_hash", version.spec_hash).order_by("minutes"));
      if (!instances)
        return tl::unexpected(instances.error());
      auto places = Json::array();
      for (const auto& instance : *instances)
        places.push_back(
            {{"timeframe", market::format_timeframe({static_cast<std::int32_t>(instance.minutes)})},
             {"tier", instance.tier},
             {"active", instance.active},
             {"rank", instance.rank},
             {"reason", instance.reason}});
      auto spec = Json::parse(version.spec, nullptr, false);
      list.push_back({{"name", relative.name},
                      {"version", version.version},
                      {"hash", version.spec_hash},
                      {"parent", version.parent_hash.empty() ? Json(nullptr) : Json(version.parent_hash)},
                      {"origin", relative.origin},
                      {"created", market::format_time(version.created_ns)},
                      {"reason", version.reason},
                      {"changed", changed_parameters(spec, seed)},
                      {"instances", places}});
    }
  }
  return list;
}

Status history(Context& context, const std::string& name) {
  auto address = journal_address(context);
  if (address.find("://") == std::string::npos && !std::filesystem::exists(address))
    return fail(Category::usage, fmt::format("{} does not exist: no cycle has run here", address),
                "run 'finch evolve', or name the data directory with --data");
  auto journal = journal::Journal::open(address);
  if (!journal)
    return tl::unexpected(journal.error());
  auto lineage = evolution::lineage_of(name);
  auto seeds = find_specs(context, {lineage});
  auto seed = seeds ? Json::parse(strategies::canonical_json(seeds->front().spec)) : Json(nullptr);
  auto versions = versions_of(**journal, name, seed);
  if (!versions)
    return tl::unexpected(versions.error());
  if (versions->empty() && !seeds)
    return tl::unexpected(seeds.error());
  context.console.document(*versions);
  if (versions->empty())
    context.console.line(fmt::format("no cycle has registered '{}' yet", lineage));
  Table table{"name", "hash", "created", "where", "changed", "reason"};
  for (const auto& version : *versions) {
    std::string where;
    for (const auto& place : version["instances"])
      where += fmt::format("{}{} {}{}", where.empty() ? "" : ", ", place["timeframe"].get<std::string>(),
                           place["tier"].get<std::string>(), place["active"].get<bool>() ? "" : " archived");
    table.row({version["name"], version["hash"].get<std::string>().substr(0, 8), version["created"], where,
               version["changed"], version["reason"]});
  }
  if (!versions->empty())
    context.console.table(table);
  return {};
}

} // namespace

void register_strategy_files(Command& verb) {
  struct Options {
    std::string a, b;
    bool replace = false;
  };
  auto options = std::make_shared<Options>();
  verb.object("add", "Check a spec and put it beside the generated ones")
      .positional("FILE", options->a, "A spec", Need::required)
      .flag("--replace", options->replace, "Also where another spec of the name was added before")
      .run([options](Context& context) { return add(context, options->a, options->replace); });
  verb.object("diff", "What differs between two strategies: what they do, and what they declare")
      .positional("A", options->a, "Name or file", Need::required)
      .positional("B", options->b, "Name or file", Need::required)
      .run([options](Context& context) { return diff(context, options->a, options->b); });
  verb.object("history",
              "Every version of a strategy and its relatives the journal knows, and where it stood")
      .positional("NAME", options->a, "A strategy or one of its variants", Need::required)
      .run([options](Context& context) { return history(context, options->a); });
}

} // namespace finch::runtime
