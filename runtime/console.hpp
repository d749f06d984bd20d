/// What the program says: results on standard output, everything else on standard error.
#pragma once

#include "runtime/text.hpp"
#include "schemas/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace finch::runtime {

/// Writes for people or, with `--json`, exactly one JSON document on standard output and nothing else there.
class Console {
public:
  Console() = default;
  Console(bool json, bool quiet);

  [[nodiscard]] bool json() const noexcept { return json_; }
  [[nodiscard]] bool quiet() const noexcept { return quiet_; }

  /// A line of the result, for people: nothing with `--json`.
  void line(std::string_view text = {}) const;
  /// An aligned table, for people: nothing with `--json`.
  void table(const Table& table) const;
  /// A line of comment on standard error: nothing with `--quiet`.
  void note(std::string_view text) const;
  /// A warning on standard error, shown even with `--quiet`.
  void warn(std::string_view text) const;
  /// The result as one JSON document, indented by two, keys in the order given: nothing without `--json`.
  /// NaN and infinities become null.
  void document(const nlohmann::ordered_json& value) const;
  /// `error: <message>` and `  -> <remedy>` on standard error; with `--json` also `{"error": {category,
  /// message, remedy, exit_code}}` on standard output, unless a document was already written.
  void error(const Error& error) const;

  /// Text wrapped in an escape (`1` bold, `31` red, `32` green, `33` yellow, `2` dim) where standard output
  /// is a terminal that shows colour; the text alone otherwise. `NO_COLOR` is honoured.
  [[nodiscard]] std::string paint(std::string_view text, std::string_view escape) const;

private:
  bool json_ = false;
  bool quiet_ = false;
  mutable bool document_written_ = false;
};

/// The name of a category as `--json` errors spell it: `failed`, `usage`, `bad_input`, `unavailable`,
/// `interrupted`.
[[nodiscard]] std::string_view name_of(Category category) noexcept;

/// Progress of one piece of work on standard error: a bar with rate and time left, drawn in place on a
/// terminal once the work has lasted a second; without a terminal a plain line every ten seconds; nothing
/// with `--quiet`. `update` is cheap and may be called from any thread. The destructor clears the bar.
class Progress {
public:
  /// `unit` names what is counted (`ticks`, `bytes`, `bars`); bytes are printed in binary units. Without a
  /// total there is a rate but no bar and no time left.
  Progress(const Console& console, std::string label, std::string unit,
           std::optional<double> total = std::nullopt);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Work done so far, in total, and optionally what is being worked on.
  void update(double done, std::string_view now = {});
  void set_total(double total);
  /// Seconds since the work began.
  [[nodiscard]] double seconds() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace finch::runtime
