#include "bench/replay_run.hpp"

#include "actors/desk/replay.hpp"
#include "bench/library.hpp"
#include "bench/measure.hpp"
#include "runtime/desk_setup.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace finch::bench {
namespace {

/// The most memory this process ever held. What wait4 tells of a child counts its parent's at the fork, too.
double peak_rss_mib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::strtod(line.c_str() + 6, nullptr) / 1'024;
  return 0;
}

} // namespace

Result<ReplayRun> replay_here(const std::filesystem::path& data, const std::filesystem::path& library,
                              std::size_t threads) {
  Watch opening;
  auto opened = storage::TickStore::open(data, storage::Mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto instruments = runtime::find_instruments(*store, {});
  if (!instruments)
    return tl::unexpected(instruments.error());
  auto desk = library_desk(library, std::move(*instruments));
  if (!desk)
    return tl::unexpected(desk.error());
  desk::ReplayJob job;
  job.desk = std::move(*desk);
  job.threads = threads;
  auto rounds = desk::recorded_rounds(*store, job.desk.instruments);
  if (!rounds)
    return tl::unexpected(rounds.error());
  job.desk.first = job.desk.trade_from = rounds->first;
  job.last = rounds->last;
  ReplayRun out;
  out.open_seconds = opening.wall();
  Watch watch;
  auto result = desk::replay(store, job);
  if (!result)
    return tl::unexpected(result.error());
  out.wall = watch.wall();
  out.cpu = watch.cpu();
  out.digest = result->digest;
  out.ticks = result->desk->ticks();
  out.rounds = result->desk->rounds();
  for (const auto& book : result->books)
    out.trades += book->trades() == nullptr ? 0 : book->trades()->size();
  out.instances = job.desk.instances.size();
  out.strategies = strategies_of(job.desk);
  out.peak_rss_mib = peak_rss_mib();
  return out;
}

int replay_child(const std::filesystem::path& data, const std::filesystem::path& library,
                 std::size_t threads) {
  auto run = replay_here(data, library, threads);
  if (!run) {
    fmt::print(stderr, "error: {}\n", run.error().message);
    return exit_code(run.error().category);
  }
  nlohmann::json line{{"digest", run->digest},       {"ticks", run->ticks},
                      {"rounds", run->rounds},       {"trades", run->trades},
                      {"instances", run->instances}, {"strategies", run->strategies},
                      {"wall", run->wall},           {"cpu", run->cpu},
                      {"open", run->open_seconds},   {"rss", run->peak_rss_mib}};
  fmt::print("{}\n", line.dump());
  return 0;
}

Result<ReplayRun> replay_in_child(const std::filesystem::path& data, const std::filesystem::path& library,
                                  std::size_t threads) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    return fail(Category::failed, "no pipe to a child process");
  auto child = fork();
  if (child < 0)
    return fail(Category::failed, "no child process");
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]), close(ends[1]);
    auto count = std::to_string(threads);
    execl("/proc/self/exe", "finch_bench", "--replay-child", data.c_str(), library.c_str(), count.c_str(),
          nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4'096> buffer;
  for (ssize_t got; (got = read(ends[0], buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(Category::failed, "the replay's process failed");
  auto line = nlohmann::json::parse(text, nullptr, false);
  if (line.is_discarded())
    return fail(Category::failed, "the replay's process said something else");
  ReplayRun out;
  out.digest = line.at("digest"), out.ticks = line.at("ticks"), out.rounds = line.at("rounds");
  out.trades = line.at("trades"), out.instances = line.at("instances"),
  out.strategies = line.at("strategies");
  out.wall = line.at("wall"), out.cpu = line.at("cpu"), out.open_seconds = line.at("open");
  out.peak_rss_mib = line.at("rss");
  return out;
}

} // namespace finch::bench
