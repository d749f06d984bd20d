#include "runtime/build_info.hpp"
#include "runtime/commands/commands.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace finch::runtime {

namespace {

Status show_version(Context& context) {
  auto info = build_info();
  nlohmann::ordered_json libraries = nlohmann::ordered_json::object();
  Table table{"library", "version"};
  for (const auto& [name, version] : info.libraries) {
    libraries[name] = version;
    table.row({name, version});
  }
  context.console.document({{"version", info.version},
                            {"build_id", info.build_id},
                            {"compiler", info.compiler},
                            {"build_type", info.build_type},
                            {"libraries", libraries}});
  context.console.line(fmt::format("finch {} ({})", info.version, info.build_id));
  context.console.line(fmt::format("{}, {}\n", info.compiler, info.build_type));
  context.console.table(table);
  return {};
}

} // namespace

void register_version(Registry& registry) {
  registry.verb("version", "Show the version, the build and the libraries in use").run(show_version);
}

} // namespace finch::runtime
