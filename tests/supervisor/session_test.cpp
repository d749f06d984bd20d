#include "actors/supervisor/session.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace finch;

namespace {

desk::DeskInstance instance(const char* threshold, int minutes) {
  auto spec =
      strategies::parse_spec(std::string{R"({"name": "probe", "family": "momentum", "description": "A probe.",
    "timeframes": ["1m", "5m"], "universe": "all", "enter_long": "rsi_14 < )"} +
                                 threshold + R"(", "exits": {"stop_loss": {"atr": 2}}})",
                             strategies::catalogue_vocabulary(), "probe.json");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message);
  return {{*spec, {minutes}}, 1, true, {}};
}

std::filesystem::path scratch() {
  return std::filesystem::temp_directory_path() / ("finch-session-" + std::to_string(::getpid()));
}

} // namespace

TEST_CASE("a session comes back as it was saved, and a damaged one is refused") {
  auto folder = scratch();
  auto file = folder / "session.json";
  CHECK_FALSE(supervisor::load_session(file)->has_value());
  supervisor::Session session{77, {instance("30", 1), instance("25", 5)}, {}};
  session.instances[0].active = {77, 90};
  session.events = {{90, 0, fb::ControlKind::promotion, "probe@1m", "ended"}};
  REQUIRE(supervisor::save_session(file, session));
  auto loaded = supervisor::load_session(file);
  REQUIRE(loaded.has_value());
  REQUIRE((*loaded)->instances.size() == 2);
  CHECK((*loaded)->start == 77);
  CHECK((*loaded)->events == session.events);
  CHECK((*loaded)->instances[0].instance.hash() == session.instances[0].instance.hash());
  CHECK((*loaded)->instances[0].active == session.instances[0].active);
  std::ofstream{file} << "{\"start\": 1";
  auto damaged = supervisor::load_session(file);
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().category == Category::bad_input);
  CHECK(damaged.error().message.find(file.string()) != std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("switching ends who left, begins who came, and keeps who stays") {
  supervisor::Session session{10, {instance("30", 1), instance("25", 5)}, {}};
  for (auto& each : session.instances)
    each.active = {10, INT64_MAX};
  auto before = session;
  supervisor::switch_instances(session, {instance("25", 5), instance("20", 1)}, 50);
  CHECK(supervisor::note_changes(session, before, 50) == 2);
  REQUIRE(session.events.size() == 2);
  CHECK(session.events[0].subject == "probe@1m");
  CHECK(session.events[0].detail.starts_with("ended"));
  CHECK(session.events[1].sequence == 1);
  CHECK(session.events[1].detail.starts_with("active, tier 1, weighted"));
  CHECK(supervisor::note_changes(session, session, 60) == 0);
  REQUIRE(session.instances.size() == 3);
  CHECK(session.instances[0].active == strategies::ActiveSpan{10, 50});
  CHECK(session.instances[1].active == strategies::ActiveSpan{10, INT64_MAX});
  CHECK(session.instances[2].active == strategies::ActiveSpan{50, INT64_MAX});
  auto reweighted = instance("25", 5);
  reweighted.weighted = false;
  supervisor::switch_instances(session, {reweighted}, 60);
  REQUIRE(session.instances.size() == 4);
  CHECK(session.instances[1].active.to == 60);
  CHECK(session.instances[3].active.from == 60);
}
