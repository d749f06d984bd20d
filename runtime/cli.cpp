#include "runtime/cli.hpp"

#include "runtime/logging.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <thread>
#include <type_traits>

namespace finch::runtime {

namespace {

/// The parser's node and the action that belongs to it.
struct Node {
  CLI::App* app = nullptr;
  Registry::State* registry = nullptr;
};

std::string variable(const char* name, std::string fallback) {
  auto value = std::getenv(name);
  return value && *value ? value : std::move(fallback);
}

/// CLI11's messages end in its own hints and line breaks; one line is enough.
std::string first_line(std::string text) {
  text.erase(std::find(text.begin(), text.end(), '\n'), text.end());
  return text;
}

CLI::Option* finish(CLI::Option* option, Need need) {
  option->required(need == Need::required);
  return option;
}

void with_default(CLI::Option* option, const std::string& value) {
  if (!value.empty())
    option->default_str(value);
}

CLI::Option* one_of(CLI::Option* option, std::vector<std::string> choices) {
  auto names = fmt::format("{}", fmt::join(choices, "|"));
  auto check = [choices = std::move(choices), names](const std::string& word) {
    auto known = std::find(choices.begin(), choices.end(), word) != choices.end();
    return known ? std::string{} : fmt::format("'{}' is none of {}", word, names);
  };
  return option->check(check, "")->type_name(names);
}

/// Reads a whole word with `parse`, or raises the parser's error naming option and value.
template <class T, class Parse>
CLI::Option* parsed_option(CLI::App* app, const std::string& name, T& target, const std::string& help,
                           Parse parse) {
  CLI::callback_t read = [&target, name, parse](const CLI::results_t& words) {
    auto value = parse(words.front());
    if (!value)
      throw CLI::ValidationError(name, fmt::format("'{}' is not {}", words.front(), value.error()));
    target = *value;
    return true;
  };
  return app->add_option(name, std::move(read), help)->expected(1);
}

/// Whether all output went where it should. A reader that has seen enough, as `| head`, is no failure.
bool flushed() {
  errno = 0;
  auto last = std::fflush(stdout) == 0;
  auto broken = !last && errno == EPIPE;
  if (last && std::ferror(stdout)) {
    // An earlier write failed and its reason is gone: writing nothing to a pipe tells whether anybody reads
    // it.
    pollfd output{STDOUT_FILENO, 0, 0};
    broken = poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
    last = false;
  }
  return last || broken;
}

template <class T>
tl::expected<T, std::string> to_number(const std::string& word) {
  T value{};
  auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (failed != std::errc{} || end != word.data() + word.size())
    return tl::unexpected<std::string>(std::is_integral_v<T> ? "a whole number" : "a number");
  return value;
}

template <class T>
CLI::Option* number_option(CLI::App* app, const std::string& name, T& target, const std::string& help) {
  using Number =
      std::remove_cvref_t<decltype(*std::optional{target})>; // of the optional, or of the plain number
  auto option = parsed_option(app, name, target, help, to_number<Number>);
  option->type_name(std::is_integral_v<Number> ? "N" : "X");
  return option;
}

} // namespace

struct Registry::State {
  CLI::App app{"Finch watches crypto markets, keeps every tick, and tests trading strategies honestly.",
               "finch"};
  GlobalOptions options;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::pair<const CLI::App*, Action>> actions;

  Node* add(CLI::App* child) {
    child->fallthrough();
    child->group("Commands");
    child->footer("Global options, as --data DIR and --json, may follow: see `finch --help`.");
    nodes.push_back(std::make_unique<Node>(Node{child, this}));
    return nodes.back().get();
  }

  /// The innermost command named on the command line.
  [[nodiscard]] const CLI::App* chosen() const {
    const CLI::App* node = &app;
    for (auto next = node->get_subcommands(); !next.empty(); next = node->get_subcommands())
      node = next.back();
    return node;
  }

  [[nodiscard]] const Action* action_of(const CLI::App* node) const {
    auto found = std::find_if(actions.begin(), actions.end(),
                              [node](const auto& entry) { return entry.first == node; });
    return found == actions.end() ? nullptr : &found->second;
  }

  [[nodiscard]] static std::string path_of(const CLI::App* node) {
    return node->get_parent() ? path_of(node->get_parent()) + " " + node->get_name() : "finch";
  }

  /// Names the words nothing asked for, as what they were most likely meant to be.
  [[nodiscard]] std::string unexpected() const {
    auto words = app.remaining(true);
    auto word = words.empty() ? std::string{} : words.front();
    auto kind = word.starts_with('-') ? "option" : has_children(chosen()) ? "command" : "argument";
    return fmt::format("`{}` has no {} `{}`", path_of(chosen()), kind, word);
  }

  [[nodiscard]] static bool has_children(const CLI::App* node) {
    return !node->get_subcommands([](const CLI::App*) { return true; }).empty();
  }

  [[nodiscard]] Error usage_error(const std::string& message,
                                  const std::vector<std::string>& arguments) const;
  Status prepare(Context& context) const;
};

Error Registry::State::usage_error(const std::string& message,
                                   const std::vector<std::string>& arguments) const {
  auto node = chosen();
  auto hint = fmt::format("see `{} --help`", path_of(node));
  std::vector<std::string> known;
  for (auto scope = node; scope; scope = scope->get_parent())
    for (auto option : scope->get_options())
      for (const auto& name : option->get_lnames())
        known.push_back("--" + name);
  for (auto child : node->get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(child->get_name());
  for (const auto& word : arguments) {
    auto name = word.substr(0, word.find('='));
    if (name.size() < 3 || std::find(known.begin(), known.end(), name) != known.end())
      continue;
    if (auto close = nearest(name, known); !close.empty() && message.find(name) != std::string::npos)
      return {Category::usage, message, fmt::format("did you mean `{}`? Else {}", close, hint)};
  }
  return {Category::usage, message, hint};
}

Status Registry::State::prepare(Context& context) const {
  std::filesystem::path file = options.config_file;
  // A data directory may carry its own configuration; an explicit one always wins.
  if (file.empty() && std::filesystem::exists(options.data / "finch.toml"))
    file = options.data / "finch.toml";
  if (!file.empty()) {
    auto loaded = load_config(file);
    if (!loaded)
      return tl::unexpected(loaded.error());
    context.config = std::move(*loaded);
  }
  auto& log = context.config.log;
  if (!options.log_level.empty())
    log.level = options.log_level;
  if (!options.log_format.empty())
    log.format = options.log_format;
  return start_logging(log);
}

int Context::threads() const {
  auto asked = options.threads > 0 ? options.threads : static_cast<int>(config.node.threads);
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

tl::unexpected<Error> Context::interrupted(std::string what) {
  return fail(Category::interrupted, std::move(what), "run the same command again to continue");
}

Registry::Registry() : state_{std::make_unique<State>()} {
  auto& app = state_->app;
  auto& options = state_->options;
  options.data = variable("FINCH_DATA", "./finch-data");
  app.add_option("--data", options.data, "Data directory (or FINCH_DATA)")
      ->type_name("DIR")
      ->default_str("./finch-data");
  app.add_option("--config", options.config_file, "Configuration file")->type_name("FILE");
  app.add_flag("--json", options.json, "One JSON document on standard output");
  one_of(app.add_option("--log-level", options.log_level, "How much to log"),
         {"trace", "debug", "info", "warn", "error", "off"});
  one_of(app.add_option("--log-format", options.log_format, "How to log"), {"text", "json"});
  app.add_option("--threads", options.threads, "Worker threads (default: one per core)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N");
  app.add_flag("--quiet", options.quiet, "No progress and no comments");
  app.set_help_flag("-h,--help", "Show this help");
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("OPTIONS", "options");
  app.get_formatter()->column_width(28);
  app.require_subcommand(0, 1);
  app.footer("Exit codes: 0 done, 1 failed, 2 usage, 3 bad input, 4 unavailable, 130 interrupted.\n"
             "`finch VERB --help` explains a command.");
}

Registry::~Registry() = default;

Command Registry::verb(const std::string& name, const std::string& summary) {
  return Command{state_->add(state_->app.add_subcommand(name, summary))};
}

int Registry::run(std::vector<std::string> arguments) {
  auto& state = *state_;
  auto wants = [&](const char* flag) {
    return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
  };
  // Errors of the parse itself must already come in the form that was asked for.
  Context context{{}, {}, Console{wants("--json"), wants("--quiet")}};
  auto report = [&](const Error& error) {
    context.console.error(error);
    return exit_code(error.category);
  };
  try {
    // CLI11 takes arguments last to first.
    state.app.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", state.app.help());
    return 0;
  } catch (const CLI::ExtrasError&) {
    return report(state.usage_error(state.unexpected(), arguments));
  } catch (const CLI::ParseError& error) {
    return report(state.usage_error(first_line(error.what()), arguments));
  }
  context.options = state.options;
  auto node = state.chosen();
  auto action = state.action_of(node);
  if (!action) {
    if (node == &state.app && arguments.empty()) {
      fmt::print("{}", state.app.help());
      return exit_code(Category::usage);
    }
    return report(state.usage_error(fmt::format("`{}` needs a command", State::path_of(node)), {}));
  }
  try {
    if (auto ready = state.prepare(context); !ready)
      return report(ready.error());
    auto done = (*action)(context);
    if (done && !flushed())
      return report(
          {Category::unavailable, "standard output could not be written", "free space where it goes"});
    return done ? 0 : report(done.error());
  } catch (const std::bad_alloc&) {
    return report({Category::unavailable, fmt::format("`{}` ran out of memory", State::path_of(node)),
                   "free memory, or work on a shorter range"});
  } catch (const std::exception& error) {
    return report({Category::failed, fmt::format("`{}` stopped: {}", State::path_of(node), error.what()),
                   "this is a defect of Finch; please report it with the command you ran"});
  }
}

// The header knows no CLI11, so the node travels as void*; only this file makes and reads it.
#define FINCH_NODE auto& app = *static_cast<Node*>(node_)->app

Command& Command::option(const std::string& name, std::string& target, const std::string& help, Need need) {
  FINCH_NODE;
  with_default(finish(app.add_option(name, target, help), need)->type_name("TEXT"), target);
  return *this;
}

Command& Command::option(const std::string& name, std::int64_t& target, const std::string& help, Need need) {
  FINCH_NODE;
  finish(number_option(&app, name, target, help), need)->default_str(std::to_string(target));
  return *this;
}

Command& Command::option(const std::string& name, double& target, const std::string& help, Need need) {
  FINCH_NODE;
  finish(number_option(&app, name, target, help), need)->default_str(fmt::format("{}", target));
  return *this;
}

Command& Command::option(const std::string& name, std::optional<std::string>& target,
                         const std::string& help) {
  FINCH_NODE;
  app.add_option(name, target, help)->type_name("TEXT");
  return *this;
}

Command& Command::option(const std::string& name, std::optional<std::int64_t>& target,
                         const std::string& help) {
  FINCH_NODE;
  number_option(&app, name, target, help);
  return *this;
}

Command& Command::option(const std::string& name, std::optional<double>& target, const std::string& help) {
  FINCH_NODE;
  number_option(&app, name, target, help);
  return *this;
}

Command& Command::time(const std::string& name, std::optional<market::TimeNs>& target,
                       const std::string& help) {
  FINCH_NODE;
  auto parse = [](const std::string& word) {
    return market::parse_time(word).map_error(
        [](const Error& error) { return fmt::format("a time ({})", error.message); });
  };
  parsed_option(&app, name, target, help, parse)->type_name("TIME");
  return *this;
}

Command& Command::list(const std::string& name, std::vector<std::string>& target, const std::string& help) {
  FINCH_NODE;
  app.add_option(name, target, help)->delimiter(',')->allow_extra_args(false)->type_name("A,B,…");
  return *this;
}

Command& Command::choice(const std::string& name, std::string& target, std::vector<std::string> choices,
                         const std::string& help) {
  FINCH_NODE;
  with_default(one_of(app.add_option(name, target, help), std::move(choices)), target);
  return *this;
}

Command& Command::flag(const std::string& name, bool& target, const std::string& help) {
  FINCH_NODE;
  app.add_flag(name, target, help);
  return *this;
}

Command& Command::positional(const std::string& name, std::string& target, const std::string& help,
                             Need need) {
  FINCH_NODE;
  finish(app.add_option(name, target, help), need)->type_name("");
  return *this;
}

Command& Command::positional(const std::string& name, std::vector<std::string>& target,
                             const std::string& help, Need need) {
  FINCH_NODE;
  finish(app.add_option(name, target, help), need)->type_name("");
  return *this;
}

Command& Command::footer(const std::string& text) {
  FINCH_NODE;
  app.footer(text);
  return *this;
}

Command Command::object(const std::string& name, const std::string& summary) {
  FINCH_NODE;
  app.require_subcommand(0, 1);
  return Command{static_cast<Node*>(node_)->registry->add(app.add_subcommand(name, summary))};
}

Command& Command::run(Action action) {
  FINCH_NODE;
  static_cast<Node*>(node_)->registry->actions.emplace_back(&app, std::move(action));
  return *this;
}

#undef FINCH_NODE

} // namespace finch::runtime
