#include "runtime/cli.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace finch;
using namespace finch::runtime;

namespace {

/// Redirects a descriptor to a file while it lives.
class Capture {
public:
  Capture(std::FILE* stream, int descriptor)
      : stream_{stream}, descriptor_{descriptor}, file_{fmt::format("/tmp/finch-cli-{}-{}", getpid(),
                                                                    descriptor)} {
    std::fflush(stream_);
    saved_ = dup(descriptor_);
    auto target = std::fopen(file_.c_str(), "w");
    dup2(fileno(target), descriptor_);
    std::fclose(target);
  }
  std::string finish() {
    std::fflush(stream_);
    dup2(saved_, descriptor_);
    close(saved_);
    std::ifstream stream{file_};
    std::string text{std::istreambuf_iterator<char>{stream}, {}};
    std::filesystem::remove(file_);
    return text;
  }

private:
  std::FILE* stream_;
  int descriptor_;
  std::string file_;
  int saved_ = -1;
};

struct Outcome {
  int code = 0;
  std::string out, err;
};

/// What a small program with every kind of option was told.
struct Probe {
  std::string word = "calm";
  std::int64_t count = 3;
  double ratio = 0.5;
  std::optional<std::int64_t> limit;
  std::optional<market::TimeNs> from;
  std::vector<std::string> symbols, files;
  std::string mode = "round";
  bool loud = false;
  GlobalOptions globals;
  int runs = 0;
};

Outcome run(Probe& probe, std::vector<std::string> arguments, Status answer = {}) {
  Registry registry;
  auto action = [&](Context& context) -> Status {
    ++probe.runs;
    probe.globals = context.options;
    context.console.line("for people");
    if (answer)
      context.console.document({{"b", 1}, {"a", std::nan("")}});
    return answer;
  };
  registry.verb("probe", "Try everything")
      .option("--word", probe.word, "A word")
      .option("--count", probe.count, "A count")
      .option("--ratio", probe.ratio, "A ratio")
      .option("--limit", probe.limit, "A limit")
      .time("--from", probe.from, "An instant")
      .list("--symbols", probe.symbols, "Instruments")
      .choice("--mode", probe.mode, {"round", "day"}, "A mode")
      .flag("--loud", probe.loud, "Loud")
      .positional("FILE", probe.files, "Files")
      .run(action);
  auto data = registry.verb("stock", "A verb with objects");
  data.object("list", "List").run(action);
  data.object("show", "Show").positional("NAME", probe.word, "Which", Need::required).run(action);
  Capture out{stdout, STDOUT_FILENO}, err{stderr, STDERR_FILENO};
  auto code = registry.run(std::move(arguments));
  return {code, out.finish(), err.finish()};
}

} // namespace

TEST_CASE("every kind of option reaches its target") {
  Probe probe;
  auto outcome =
      run(probe, {"probe", "--word", "bold", "--count=7", "--ratio", "-1.5e-3", "--limit", "9", "--from",
                  "2024-08-09", "--symbols", "A,B", "--symbols", "C", "--mode", "day", "--loud", "x", "y"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "for people\n");
  CHECK(probe.word == "bold");
  CHECK(probe.count == 7);
  CHECK(probe.ratio == -1.5e-3);
  CHECK(probe.limit == 9);
  CHECK(probe.from == 1'723'161'600 * market::ns_per_s);
  CHECK(probe.symbols == std::vector<std::string>{"A", "B", "C"});
  CHECK(probe.files == std::vector<std::string>{"x", "y"});
  CHECK(probe.mode == "day");
  CHECK(probe.loud);
}

TEST_CASE("a list takes no word that belongs to a place") {
  Probe probe;
  CHECK(run(probe, {"probe", "--symbols", "A,B", "x"}).code == 0);
  CHECK(probe.symbols == std::vector<std::string>{"A", "B"});
  CHECK(probe.files == std::vector<std::string>{"x"});
}

TEST_CASE("global options stand before or after the verb") {
  for (auto arguments : {std::vector<std::string>{"--data", "/d", "--threads", "2", "probe"},
                         std::vector<std::string>{"probe", "--data", "/d", "--threads", "2"}}) {
    Probe probe;
    CHECK(run(probe, arguments).code == 0);
    CHECK(probe.globals.data == "/d");
    CHECK(probe.globals.threads == 2);
  }
}

TEST_CASE("json is one document in the order written, and nothing else") {
  Probe probe;
  auto outcome = run(probe, {"probe", "--json"});
  CHECK(outcome.out == "{\n  \"b\": 1,\n  \"a\": null\n}\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("errors say what and what to do, and carry the exit code of their category") {
  for (auto [category, code] : {std::pair{Category::failed, 1},
                                {Category::usage, 2},
                                {Category::bad_input, 3},
                                {Category::unavailable, 4},
                                {Category::interrupted, 130}}) {
    Probe probe;
    auto outcome = run(probe, {"probe", "--json"}, fail(category, "it broke", "mend it"));
    CHECK(outcome.code == code);
    CHECK(outcome.err == "error: it broke\n  -> mend it\n");
    auto document = nlohmann::json::parse(outcome.out);
    CHECK(document["error"]["message"] == "it broke");
    CHECK(document["error"]["remedy"] == "mend it");
    CHECK(document["error"]["exit_code"] == code);
  }
}

TEST_CASE("wrong usage runs nothing and ends with 2, one line and a hint") {
  for (auto arguments : {std::vector<std::string>{"prob"},
                         {"probe", "--wrd", "x"},
                         {"probe", "--count", "many"},
                         {"probe", "--count", "1.5"},
                         {"probe", "--from", "yesterday"},
                         {"probe", "--mode", "week"},
                         {"stock"},
                         {"stock", "list", "extra"},
                         {"stock", "show"},
                         {"probe", "--threads", "0"}}) {
    Probe probe;
    auto outcome = run(probe, arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(probe.runs == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("error: "));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 2);
    CHECK(outcome.err.find("\n  -> ") != std::string::npos);
  }
  Probe probe;
  CHECK(run(probe, {"prob"}).err.find("did you mean `probe`?") != std::string::npos);
  CHECK(run(probe, {"probe", "--wrd", "x"}).err.find("did you mean `--word`?") != std::string::npos);
}

TEST_CASE("objects of a verb are commands of their own") {
  Probe probe;
  CHECK(run(probe, {"stock", "show", "BTC-USDT"}).code == 0);
  CHECK(probe.word == "BTC-USDT");
  CHECK(run(probe, {"stock", "--help"}).out.find("finch stock") != std::string::npos);
}

TEST_CASE("a stop request wakes whoever waits") {
  Stop::reset();
  CHECK_FALSE(Stop::wait_for(std::chrono::milliseconds{1}));
  Stop::request();
  CHECK(Stop::requested());
  CHECK(Stop::wait_for(std::chrono::hours{1}));
  Stop::reset();
  CHECK_FALSE(Stop::requested());
}
