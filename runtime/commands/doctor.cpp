#include "runtime/commands/commands.hpp"
#include "runtime/health.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace finch::runtime {

namespace {

std::string_view name_of(Health health) {
  return health == Health::ok ? "ok" : health == Health::warn ? "warn" : "fail";
}

Status examine(Context& context) {
  auto checks = check_health(context);
  auto json = nlohmann::ordered_json::array();
  for (const auto& check : checks) {
    json.push_back({{"name", check.name},
                    {"status", name_of(check.health)},
                    {"found", check.found},
                    {"remedy", check.remedy}});
    auto escape = check.health == Health::ok ? "32" : check.health == Health::warn ? "33" : "1;31";
    auto status = context.console.paint(fmt::format("{:<4}", name_of(check.health)), escape);
    context.console.line(fmt::format("{}  {:<10} {}", status, check.name, check.found));
    if (!check.remedy.empty())
      context.console.line(fmt::format("                 -> {}", check.remedy));
  }
  context.console.document(json);
  auto failed = std::count_if(checks.begin(), checks.end(),
                              [](const auto& check) { return check.health == Health::fail; });
  if (failed > 0)
    return fail(Category::failed, fmt::format("{} of {} checks failed", failed, checks.size()),
                "follow the remedies above, then run `finch doctor` again");
  return {};
}

} // namespace

void register_doctor(Registry& registry) {
  registry.verb("doctor", "Check the machine, the data directory and the libraries").run(examine);
}

} // namespace finch::runtime
