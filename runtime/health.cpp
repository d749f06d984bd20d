#include "runtime/health.hpp"

#include "runtime/build_info.hpp"
#include "runtime/store_health.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace finch::runtime {

namespace {

namespace fs = std::filesystem;
constexpr double gib = 1024.0 * 1024 * 1024;

std::string read_all(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The nearest existing directory at or above `path`, whose disk a new data directory would land on.
fs::path existing_ancestor(const fs::path& path) {
  std::error_code error;
  auto place = fs::absolute(path, error).lexically_normal();
  while (!place.empty() && !fs::exists(place, error) && place.has_parent_path() &&
         place != place.parent_path())
    place = place.parent_path();
  return place;
}

Check build_check() {
  auto info = build_info();
  Check check{"build",
              Health::ok,
              fmt::format("{} ({}), {}, {}", info.version, info.build_id, info.compiler, info.build_type),
              {}};
  if (info.build_type != "Release") {
    check.health = Health::warn;
    check.remedy = "this build is for development; `./dev build` makes the fast one";
  }
  return check;
}

Check processor_check() {
  __builtin_cpu_init();
  auto able =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  auto cores = std::thread::hardware_concurrency();
  auto found = fmt::format("{} cores, x86-64-v3 {}", cores, able ? "available" : "missing");
  if (!able)
    return {"processor", Health::fail, found,
            "Finch needs AVX2, BMI2 and FMA: use a processor made after 2013"};
  if (cores < 2)
    return {"processor", Health::warn, found,
            "two cores or more let the feed and the strategies run side by side"};
  return {"processor", Health::ok, found, {}};
}

Check memory_check() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0)
    return {"memory", Health::warn, "unknown", "the kernel did not say how much memory there is"};
  auto total = static_cast<double>(info.totalram) * info.mem_unit;
  auto found = fmt::format("{} in all", human_bytes(total));
  if (total < 2 * gib)
    return {"memory", Health::warn, found,
            "a full replay may need 1 GiB and a build 2 GiB: add memory or swap"};
  return {"memory", Health::ok, found, {}};
}

Check disk_check(const Context& context) {
  std::error_code error;
  auto place = existing_ancestor(context.options.data);
  auto space = fs::space(place, error);
  if (error)
    return {"disk", Health::fail, fmt::format("{}: {}", place.string(), error.message()),
            "choose another data directory with --data"};
  auto free = static_cast<double>(space.available);
  auto found = fmt::format("{} free at {}", human_bytes(free), place.string());
  if (free < static_cast<double>(context.config.data.min_free_mib) * 1024 * 1024)
    return {"disk", Health::fail, found, "free space there, or choose another data directory with --data"};
  if (free < 2 * gib)
    return {"disk", Health::warn, found, "a node records about 1 GiB a week: free some space"};
  return {"disk", Health::ok, found, {}};
}

Check clock_check() {
  using namespace std::chrono;
  auto steady = steady_clock::now();
  auto wall = system_clock::now();
  std::this_thread::sleep_for(milliseconds{40});
  auto drift_ms =
      duration<double, std::milli>((system_clock::now() - wall) - (steady_clock::now() - steady)).count();
  auto now = system_clock::now().time_since_epoch();
  auto time = market::format_time(duration_cast<seconds>(now).count() * market::ns_per_s);
  timex state{};
  auto synchronised = adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  auto found = fmt::format("{}, {}", time, synchronised ? "synchronised" : "not synchronised");
  if (now < duration_cast<system_clock::duration>(seconds{1'735'689'600}))
    return {"clock", Health::fail, found, "the clock is years behind: set it, or start a time service"};
  if (std::abs(drift_ms) > 5)
    return {"clock", Health::warn, fmt::format("{}, stepped {:.0f} ms while watched", found, drift_ms),
            "something is setting the clock; a live node needs a steady one"};
  if (!synchronised)
    return {"clock", Health::warn, found,
            "a live node needs exact time: start a time service (chrony, systemd-timesyncd)"};
  return {"clock", Health::ok, found, {}};
}

Check files_check() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  auto found = fmt::format("{} open files allowed", limit.rlim_cur);
  if (limit.rlim_cur < 1'024)
    return {"files", Health::warn, found, "the store keeps many files open: raise it with `ulimit -n 4096`"};
  return {"files", Health::ok, found, {}};
}

Check config_check(const Context& context) {
  if (!context.options.config_file.empty())
    return {"config", Health::ok, fmt::format("{} is valid", context.options.config_file), {}};
  auto own = context.options.data / "finch.toml";
  return {"config", Health::ok, fs::exists(own) ? own.string() + " is valid" : "defaults", {}};
}

Check directory_check(const Context& context) {
  const auto& data = context.options.data;
  auto place = existing_ancestor(data);
  if (access(place.c_str(), R_OK | W_OK | X_OK) != 0)
    return {"data", Health::fail, fmt::format("{} cannot be written", place.string()),
            "change its owner, or choose another data directory with --data"};
  if (!fs::exists(data))
    return {"data",
            Health::ok,
            fmt::format("{} does not exist yet; the first import makes it", data.string()),
            {}};
  if (!fs::is_directory(data))
    return {"data", Health::fail, fmt::format("{} is not a directory", data.string()),
            "choose another with --data"};
  return {"data", Health::ok, fs::absolute(data).lexically_normal().string(), {}};
}

/// Packages the build needs, where the source tree this binary came from is at hand and dpkg is.
Check packages_check() {
  std::error_code error;
  auto binary = fs::read_symlink("/proc/self/exe", error);
  fs::path list;
  for (auto place = binary.parent_path(); list.empty() && place.has_relative_path();
       place = place.parent_path())
    if (fs::exists(place / "config/packages.apt", error))
      list = place / "config/packages.apt";
  if (list.empty() || access("/usr/bin/dpkg-query", X_OK) != 0)
    return {"packages", Health::ok, "not checked: no source tree or no dpkg here", {}};
  auto wanted = parse_packages(read_all(list), "build");
  auto command = fmt::format("dpkg-query -W -f '${{db:Status-Status}} ${{Package}}\\n' {} 2>/dev/null",
                             fmt::join(wanted, " "));
  std::vector<std::string> installed;
  if (auto pipe = popen(command.c_str(), "r")) {
    char line[512];
    while (std::fgets(line, sizeof line, pipe))
      if (std::string_view text{line}; text.starts_with("installed "))
        installed.emplace_back(text.substr(10, text.size() - 11));
    pclose(pipe);
  }
  std::erase_if(wanted, [&](const auto& name) {
    return std::find(installed.begin(), installed.end(), name) != installed.end();
  });
  if (!wanted.empty())
    return {"packages", Health::warn, fmt::format("missing: {}", fmt::join(wanted, " ")),
            "`./dev build` installs them"};
  return {"packages", Health::ok, fmt::format("{} installed", installed.size()), {}};
}

/// Path of the first loaded library whose file name starts with `stem`, or empty.
std::string loaded_library(std::string_view maps, std::string_view stem) {
  auto needle = "/" + std::string{stem};
  auto at = maps.find(needle);
  if (at == std::string_view::npos)
    return {};
  auto begin = maps.find_last_of(" \n", at) + 1;
  return std::string{maps.substr(begin, maps.find('\n', at) - begin)};
}

Check libraries_check(std::string_view maps) {
  std::vector<std::string> missing;
  for (auto stem : {"libcaf_core", "librocksdb", "libsqlite3", "libzstd"})
    if (loaded_library(maps, stem).empty())
      missing.emplace_back(stem);
  if (missing.empty())
    return {"libraries", Health::ok, "CAF, RocksDB, SQLite and zstd are loaded from the system", {}};
  return {"libraries", Health::ok, fmt::format("linked in or unused: {}", fmt::join(missing, ", ")), {}};
}

Check blas_check(std::string_view maps) {
  if (loaded_library(maps, "libtorch").empty())
    return {"openblas", Health::ok, "not needed: this build trains no neural models", {}};
  if (auto path = loaded_library(maps, "libopenblas"); !path.empty())
    return {"openblas", Health::ok, path, {}};
  return {"openblas", Health::warn, "training uses the reference BLAS, which is several times slower",
          "apt-get install libopenblas0-pthread"};
}

} // namespace

std::vector<std::string> parse_packages(std::string_view text, std::string_view section) {
  std::vector<std::string> names;
  std::istringstream lines{std::string{text}};
  auto header = fmt::format("[{}]", section);
  auto inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('['))
      inside = line == header;
    else if (inside && !line.empty() && !line.starts_with('#'))
      names.push_back(line);
  }
  return names;
}

std::vector<Check> check_health(const Context& context) {
  auto maps = read_all("/proc/self/maps");
  return {build_check(),        processor_check(), memory_check(),        disk_check(context),
          clock_check(),        files_check(),     config_check(context), directory_check(context),
          check_store(context), packages_check(),  libraries_check(maps), blas_check(maps)};
}

} // namespace finch::runtime
