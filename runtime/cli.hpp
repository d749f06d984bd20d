/// The command line: how a command declares itself, and what it gets when it runs.
///
/// A command is one file, `runtime/commands/<verb>.cpp`, with one function `void register_<verb>(Registry&)`,
/// and one line in `commands/commands.hpp`:
///
///     void register_greet(Registry& registry) {
///       auto options = std::make_shared<Options>();           // lives as long as the command
///       registry.verb("greet", "Say hello")
///         .option("--times", options->times, "How often")      // the default is the value it holds now
///         .positional("NAME", options->names, "Whom", Need::required)
///         .run([options](Context& context) -> Status { … });
///     }
///
/// Returning an error prints it and ends the program with the exit code of its category.
#pragma once

#include "actors/market/time.hpp"
#include "runtime/config.hpp"
#include "runtime/console.hpp"
#include "runtime/stop.hpp"
#include "schemas/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace finch::runtime {

/// The options every command has; they may stand before or after the verb.
struct GlobalOptions {
  std::filesystem::path data; ///< the data directory: `--data`, else `FINCH_DATA`, else `./finch-data`
  std::string
      config_file; ///< `--config`, or empty for the defaults (and `<data>/finch.toml` where it exists)
  bool json = false;
  bool quiet = false;
  std::string log_level;  ///< `--log-level`, or empty for the configured one
  std::string log_format; ///< `--log-format`, or empty for the configured one
  int threads = 0;        ///< `--threads`; 0 = one per core
};

/// What a running command has at hand.
struct Context {
  GlobalOptions options;
  Config config;
  Console console;

  /// Worker threads to use: `--threads`, else `[node] threads`, else one per core; at least 1.
  [[nodiscard]] int threads() const;
  /// The error of a command that noticed `Stop::requested()`.
  [[nodiscard]] static tl::unexpected<Error> interrupted(std::string what);
};

using Action = std::function<Status(Context&)>;

enum class Need { optional, required };

/// One verb, or one object under a verb (`finch data list`). Every declaration returns the command again.
/// Names are given as `--name` or `-n,--name`; a target's value when it is declared is the default shown by
/// `--help`.
class Command {
public:
  /// Over the parser's own node; made by `Registry::verb` and `object`.
  explicit Command(void* node) : node_{node} {}

  Command& option(const std::string& name, std::string& target, const std::string& help,
                  Need need = Need::optional);
  Command& option(const std::string& name, std::int64_t& target, const std::string& help,
                  Need need = Need::optional);
  Command& option(const std::string& name, double& target, const std::string& help,
                  Need need = Need::optional);
  Command& option(const std::string& name, std::optional<std::string>& target, const std::string& help);
  Command& option(const std::string& name, std::optional<std::int64_t>& target, const std::string& help);
  Command& option(const std::string& name, std::optional<double>& target, const std::string& help);
  /// An instant: ISO-8601 or Unix time, as `market::parse_time` reads it.
  Command& time(const std::string& name, std::optional<market::TimeNs>& target, const std::string& help);
  /// A list, given by commas, by repeating the option, or both: `--symbols A,B --symbols C`.
  Command& list(const std::string& name, std::vector<std::string>& target, const std::string& help);
  /// One of `choices`; anything else is a usage error that lists them.
  Command& choice(const std::string& name, std::string& target, std::vector<std::string> choices,
                  const std::string& help);
  /// True when given.
  Command& flag(const std::string& name, bool& target, const std::string& help);
  /// `NAME` in the place after the verb.
  Command& positional(const std::string& name, std::string& target, const std::string& help,
                      Need need = Need::optional);
  /// All remaining places: `FILE…`.
  Command& positional(const std::string& name, std::vector<std::string>& target, const std::string& help,
                      Need need = Need::optional);
  /// Lines shown below the options by `--help`: examples, exit codes, anything worth knowing.
  Command& footer(const std::string& text);
  /// An object of this verb. A verb with objects needs one of them to be named, unless it has an action
  /// itself.
  Command object(const std::string& name, const std::string& summary);
  /// What the command does.
  Command& run(Action action);

private:
  void* node_;
};

/// All commands of the program.
class Registry {
public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Declares `finch VERB`. Verbs are listed by `--help` in the order of declaration.
  Command verb(const std::string& name, const std::string& summary);
  /// Parses the arguments (without the program's name), loads the configuration and runs the command named.
  /// Returns the exit code; every error has been printed.
  int run(std::vector<std::string> arguments);

  struct State;

private:
  std::unique_ptr<State> state_;
};

} // namespace finch::runtime
