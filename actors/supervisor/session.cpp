#include "actors/supervisor/session.hpp"

#include "actors/reporting/new_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>

namespace finch::supervisor {
namespace {

std::optional<fb::ControlKind> kind_of(const std::string& name) {
  for (auto kind : fb::EnumValuesControlKind())
    if (name == fb::EnumNameControlKind(kind))
      return kind;
  return std::nullopt;
}

} // namespace

Result<std::optional<Session>> load_session(const std::filesystem::path& file,
                                            const features::Catalogue& catalogue) {
  std::ifstream in{file};
  if (!in)
    return std::optional<Session>{};
  auto malformed = [&](std::string_view why) {
    return fail(Category::bad_input, fmt::format("the session file {} is unreadable: {}", file.string(), why),
                "restore it from a backup, or remove it to begin a new session");
  };
  auto json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return malformed("not a JSON object");
  Session session;
  auto vocabulary = strategies::catalogue_vocabulary(catalogue);
  try {
    session.start = json.at("start").get<market::Round>();
    for (const auto& row : json.at("instances")) {
      auto spec = strategies::parse_spec(row.at("spec").get<std::string>(), vocabulary, file.string());
      if (!spec)
        return tl::unexpected(spec.error());
      if (row.contains("features") && row.at("features") != nlohmann::json(spec->user_features))
        return fail(Category::bad_input,
                    fmt::format("{}: the features that {} reads are not those of the session", file.string(),
                                spec->name),
                    "restore the formulas under [features], and give new ones other names");
      desk::DeskInstance instance;
      instance.instance = {std::move(*spec), {row.at("minutes").get<std::int32_t>()}};
      instance.tier = row.at("tier").get<std::int32_t>();
      instance.weighted = row.at("weighted").get<bool>();
      instance.active = {row.at("from").get<market::Round>(), row.at("to").get<market::Round>()};
      session.instances.push_back(std::move(instance));
    }
    for (const auto& row : json.value("events", nlohmann::json::array())) {
      auto kind = kind_of(row.at("kind").get<std::string>());
      if (!kind)
        return malformed("an event of an unknown kind");
      session.events.push_back({row.at("round").get<market::Round>(), row.at("sequence").get<std::int64_t>(),
                                *kind, row.at("subject").get<std::string>(),
                                row.at("detail").get<std::string>()});
    }
  } catch (const nlohmann::json::exception& error) {
    return malformed(error.what());
  }
  return std::optional{std::move(session)};
}

Status save_session(const std::filesystem::path& file, const Session& session) {
  auto instances = nlohmann::ordered_json::array();
  for (const auto& [instance, tier, weighted, active] : session.instances) {
    instances.push_back({{"id", instance.id()},
                         {"minutes", instance.timeframe.minutes},
                         {"tier", tier},
                         {"weighted", weighted},
                         {"from", active.from},
                         {"to", active.to},
                         {"spec", strategies::canonical_json(instance.spec)}});
    if (!instance.spec.user_features.empty())
      instances.back()["features"] = instance.spec.user_features;
  }
  auto events = nlohmann::ordered_json::array();
  for (const auto& event : session.events)
    events.push_back({{"round", event.round},
                      {"sequence", event.sequence},
                      {"kind", fb::EnumNameControlKind(event.kind)},
                      {"subject", event.subject},
                      {"detail", event.detail}});
  nlohmann::ordered_json json{
      {"start", session.start}, {"instances", std::move(instances)}, {"events", std::move(events)}};
  return reporting::write_atomically(file, json.dump(2) + "\n");
}

std::size_t note_changes(Session& session, const Session& before, market::Round round) {
  auto known = session.events.size();
  auto sequence = static_cast<std::int64_t>(
      std::count_if(session.events.begin(), session.events.end(),
                    [round](const desk::ControlEvent& event) { return event.round == round; }));
  for (std::size_t i = 0; i < session.instances.size(); ++i) {
    const auto& now = session.instances[i];
    auto fresh = i >= before.instances.size();
    if (!fresh && now.active == before.instances[i].active)
      continue;
    session.events.push_back({round, sequence++, fb::ControlKind::promotion, now.instance.id(),
                              fresh
                                  ? fmt::format("active, tier {}, {}, {}", now.tier,
                                                now.weighted ? "weighted" : "unweighted", now.instance.hash())
                                  : "ended, " + now.instance.hash()});
  }
  return session.events.size() - known;
}

void switch_instances(Session& session, const std::vector<desk::DeskInstance>& active, market::Round round) {
  std::map<std::string, const desk::DeskInstance*> wanted;
  for (const auto& instance : active)
    wanted.emplace(instance.instance.hash(), &instance);
  for (auto& known : session.instances) {
    if (known.active.to != INT64_MAX)
      continue;
    auto stays = wanted.find(known.instance.hash());
    // A changed weight is a new life too: the votes before the change must weigh what they weighed.
    if (stays != wanted.end() && stays->second->weighted == known.weighted &&
        stays->second->tier == known.tier)
      wanted.erase(stays);
    else
      known.active.to = round;
  }
  for (const auto& instance : active) {
    auto fresh = wanted.find(instance.instance.hash());
    if (fresh == wanted.end())
      continue;
    session.instances.push_back(instance);
    session.instances.back().active = {round, INT64_MAX};
    wanted.erase(fresh);
  }
}

} // namespace finch::supervisor
