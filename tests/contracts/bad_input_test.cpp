/// Whatever is wrong with what the user gives, the program names place and remedy and leaves the store as it
/// was.
#include "tests/contracts/program.hpp"

#include <regex>

using namespace finch;
using namespace finch::contracts;

namespace {

std::string spec_with(std::string_view key, std::string_view value) {
  auto spec = nlohmann::ordered_json::parse(
      read_file(source_folder() / "tests" / "contracts" / "specs" / "busy.json"));
  spec[nlohmann::ordered_json::json_pointer{std::string{key}}] = nlohmann::ordered_json::parse(value);
  return spec.dump();
}

} // namespace

TEST_CASE("bad input: malformed strategies are refused with file and place, by check and by replay") {
  if (!Program::present())
    return;
  Program finch;
  fill(finch);
  auto before = finch.holds();
  auto binary = std::string{"\x7f"
                            "ELF\0\x01\xff",
                            7};
  struct Case {
    const char* name;
    std::string text;
    std::string_view place;
  };
  for (const auto& [name, text, place] :
       {Case{"empty.json", "", "empty.json"}, Case{"cut.json", R"({"name": "cut", "family)", "cut.json"},
        Case{"binary.json", binary, "binary.json"}, Case{"list.json", "[1, 2]", "list.json"},
        Case{"deep.json", std::string(100'000, '['), "deep.json"},
        Case{"large.json", "\"" + std::string(400'000, 'x') + "\"", "large.json"},
        Case{"other.json", spec_with("/name", "\"busy\""), "other.json"},
        Case{"busy.json", spec_with("/enter_long", "\"close >\""), "/enter_long: column 8"},
        Case{"busy.json", spec_with("/enter_long", "\"clsoe > open\""), "/enter_long: column 1"},
        Case{"busy.json", spec_with("/enter_long", "\"close > volume\""), "/enter_long: column"},
        Case{"busy.json", spec_with("/confidence", "\"close\""), "/confidence"},
        Case{"busy.json", spec_with("/exits/stop_loss", R"({"miles": 3})"), "/exits/stop_loss"},
        Case{"busy.json", spec_with("/exits/stop_lass", "1"), "/exits/stop_lass"},
        Case{"busy.json", spec_with("/timeframes", R"(["1m", "7m"])"), "/timeframes/1"},
        Case{"busy.json",
             std::regex_replace(spec_with("/name", "\"busy\""), std::regex{"\"max\":"},
                                "\"max\":1e999,\"x\":"),
             "busy.json"},
        Case{"busy.json", spec_with("/parameters/hold/step", "0"), "/parameters/hold"},
        Case{"busy.json", spec_with("/exits/max_hold_bars", "\"-3\""), "/exits/max_hold_bars"}}) {
    CAPTURE(name);
    CAPTURE(text.substr(0, 200));
    auto file = finch.write(std::string{"specs/"} + name, text).string();
    auto checked = finch.run("strategies check --json " + file);
    CHECK_MESSAGE(checked.code == 3, checked.err);
    auto row = checked.json().at(0);
    CHECK(row["ok"] == false);
    CHECK_MESSAGE(contains(row["message"].get<std::string>(), place), row["message"].get<std::string>());
    finch.refused("replay --strategies " + file, 3, {place});
  }
  auto missing = finch.run("strategies check --json " + finch.path("missing.json").string());
  CHECK(missing.code == 3);
  CHECK(contains(missing.out, "missing.json"));
  finch.refused("replay --strategies momentun", 2, {"momentun", "momentum"});
  CHECK((finch.holds() == before)); // not printed: it is everything
}

TEST_CASE("bad input: malformed configurations stop every command before it begins") {
  if (!Program::present())
    return;
  Program finch;
  auto binary = std::string{"\x7f"
                            "ELF\0\x01\xff",
                            7};
  for (const auto& [text, place] :
       {std::pair{std::string{"[risk]\nmax_levrage = 3\n"}, "c.toml:2: risk.max_levrage"},
        {std::string{"[risk\n"}, "c.toml:1"},
        {binary, "c.toml:1"},
        {std::string{"[sim]\nseed = 1\nseed = 2\n"}, "c.toml:3"},
        {std::string{"[costs]\ntaker_fee_bps = -inf\n"}, "c.toml:2: costs.taker_fee_bps"},
        {std::string{"[node]\ntimeframes = []\n"}, "c.toml:2: node.timeframes"}}) {
    auto file = finch.write("c.toml", text).string();
    for (const auto* command : {"data fill", "replay", "evolve"})
      finch.refused(fmt::format("{} --config {}", command, file), 3, {place});
  }
  CHECK_FALSE(fs::exists(finch.data()));
  // The same file in its usual place.
  finch.write("data/finch.toml", "[sim]\nsymbols = 99\n");
  finch.refused("data fill", 3, {"finch.toml:2: sim.symbols"});
  CHECK_FALSE(fs::exists(finch.data() / "store"));
}

TEST_CASE("bad input: unknown symbols, empty ranges and impossible batches are usage errors") {
  if (!Program::present())
    return;
  Program finch;
  finch.refused("replay", 4, {finch.data().string()});
  finch.refused("evolve", 4, {finch.data().string()});
  CHECK_FALSE(fs::exists(finch.data()));
  fill(finch);
  auto before = finch.holds();
  finch.refused("replay --symbols DOGE-USDT", 2, {"DOGE-USDT"});
  finch.refused("replay --symbols BTC-USDTT", 2, {"BTC-USDTT"});
  finch.refused("evolve --symbols DOGE-USDT", 2, {"DOGE-USDT"});
  finch.refused("data show import.spot/BTC-USDT", 2, {"import.spot/BTC-USDT"});
  finch.refused("replay --from 2031-01-01", 2, {"2031-01-01"});
  finch.refused("replay --to 2001-01-01", 2, {"2001-01-01"});
  finch.refused("replay --from 2025-12-31T12:00 --to 2025-12-31T11:00", 2, {"2025-12-31T12:00"});
  finch.refused("replay --from yesterday", 2, {"yesterday"});
  finch.refused("replay --from 2025-02-30", 2, {"2025-02-30"});
  for (const auto* batch : {"0", "-1", "1.5", "hour", "99999999999999999999"})
    finch.refused(fmt::format("replay --batch {}", batch), 2, {batch});
  for (const auto* threads : {"0", "-2", "many"})
    finch.refused(fmt::format("replay --threads {}", threads), 2, {threads});
  finch.refused("evolve --cycles 0", 2, {"0"});
  finch.refused("data fill --instruments 37", 2, {"36"});
  finch.refused("data fill --seed 5", 2, {"another simulated history"});
  CHECK((finch.holds() == before)); // not printed: it is everything
}

TEST_CASE("bad input: what is written by one process is not written by another") {
  if (!Program::present())
    return;
  Program finch;
  fill(finch);
  auto before = finch.holds();
  auto csv = finch
                 .write("BTCUSDT-trades.csv", "id,price,qty,quote_qty,time,is_buyer_maker\n"
                                              "1,100.5,0.25,1,1723161256001,true\n")
                 .string();
  {
    auto writer = open_store(finch.data());
    auto pid = std::to_string(::getpid());
    for (const auto& command : {"import " + csv, std::string{"data fill --days 3 --tick-days 1"},
                                std::string{"data drop sim.perp/BTC-USDT"}})
      finch.refused(command, 4, {pid, finch.data().string()});
    // Reading goes on meanwhile.
    CHECK(finch.run("replay --json").code == 0);
    CHECK(finch.run("data verify").code == 0);
  }
  CHECK((finch.holds() == before)); // not printed: it is everything
}
