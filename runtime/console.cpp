#include "runtime/console.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace finch::runtime {

namespace {

bool terminal(int descriptor) {
  auto type = std::getenv("TERM");
  return isatty(descriptor) == 1 && !(type && std::string_view{type} == "dumb");
}

bool colour(int descriptor) {
  auto off = std::getenv("NO_COLOR");
  return terminal(descriptor) && !(off && *off);
}

void write_line(std::FILE* stream, std::string_view text) {
  // Where both streams go to one file, a comment must not land in the middle of what is still buffered.
  if (stream == stderr)
    std::fflush(stdout);
  if (!text.empty()) // which may have no data at all
    std::fwrite(text.data(), 1, text.size(), stream);
  std::fputc('\n', stream);
}

std::string wrapped(std::string_view text, std::string_view escape, int descriptor) {
  return colour(descriptor) ? fmt::format("\033[{}m{}\033[0m", escape, text) : std::string{text};
}

} // namespace

Console::Console(bool json, bool quiet) : json_{json}, quiet_{quiet} {}

void Console::line(std::string_view text) const {
  if (!json_)
    write_line(stdout, text);
}

void Console::table(const Table& table) const {
  if (json_)
    return;
  auto text = table.text(colour(STDOUT_FILENO));
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void Console::note(std::string_view text) const {
  if (!quiet_)
    write_line(stderr, text);
}

void Console::warn(std::string_view text) const {
  write_line(stderr, fmt::format("{} {}", wrapped("warning:", "33", STDERR_FILENO), text));
}

void Console::document(const nlohmann::ordered_json& value) const {
  if (!json_)
    return;
  // `replace`, because a file name on disk may hold bytes that are not UTF-8 and must not end the program.
  write_line(stdout, value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  document_written_ = true;
}

void Console::error(const Error& error) const {
  if (!document_written_)
    document({{"error",
               {{"category", name_of(error.category)},
                {"message", error.message},
                {"remedy", error.remedy},
                {"exit_code", exit_code(error.category)}}}});
  std::fflush(stdout);
  write_line(stderr, fmt::format("{} {}", wrapped("error:", "1;31", STDERR_FILENO), error.message));
  if (!error.remedy.empty())
    write_line(stderr, fmt::format("  -> {}", error.remedy));
}

std::string Console::paint(std::string_view text, std::string_view escape) const {
  return json_ ? std::string{text} : wrapped(text, escape, STDOUT_FILENO);
}

std::string_view name_of(Category category) noexcept {
  switch (category) {
  case Category::failed:
    return "failed";
  case Category::usage:
    return "usage";
  case Category::bad_input:
    return "bad_input";
  case Category::unavailable:
    return "unavailable";
  case Category::interrupted:
    return "interrupted";
  }
  return "failed";
}

struct Progress::State {
  using Clock = std::chrono::steady_clock;

  std::string label, unit;
  std::optional<double> total;
  bool silent = false;
  bool on_terminal = terminal(STDERR_FILENO);
  Clock::time_point begin = Clock::now();
  Clock::time_point next = begin + (on_terminal ? std::chrono::seconds{1} : std::chrono::seconds{10});
  bool drawn = false;
  std::mutex mutex;

  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }

  [[nodiscard]] std::string amount(double value) const {
    return unit == "bytes" ? human_bytes(value) : human_short(value) + " " + unit;
  }

  [[nodiscard]] std::string text(double done, std::string_view now) const {
    auto elapsed = seconds();
    auto rate = elapsed > 0 ? done / elapsed : 0;
    auto out = label + " ";
    if (total && *total > 0) {
      auto part = std::clamp(done / *total, 0.0, 1.0);
      if (on_terminal) {
        constexpr auto cells = 24;
        auto full = static_cast<int>(std::lround(part * cells));
        for (auto cell = 0; cell < cells; ++cell)
          out += cell < full ? "█" : "░";
        out += ' ';
      }
      out += fmt::format("{:3.0f} %", part * 100);
      if (unit != "%")
        out += fmt::format("  {} of {}", amount(done), amount(*total));
    } else {
      out += amount(done);
    }
    if (unit != "%")
      out += fmt::format("  {}/s", amount(rate));
    if (total && rate > 0 && done < *total)
      out += fmt::format("  {} left", human_duration((*total - done) / rate));
    if (!now.empty())
      out += fmt::format("  {}", now);
    return out;
  }
};

Progress::Progress(const Console& console, std::string label, std::string unit, std::optional<double> total)
    : state_{std::make_unique<State>()} {
  state_->label = std::move(label);
  state_->unit = std::move(unit);
  state_->total = total;
  state_->silent = console.quiet();
}

Progress::~Progress() {
  if (state_->drawn)
    std::fputs("\r\033[K", stderr);
}

void Progress::update(double done, std::string_view now) {
  if (state_->silent)
    return;
  std::scoped_lock lock{state_->mutex};
  auto time = State::Clock::now();
  if (time < state_->next)
    return;
  auto text = state_->text(done, now);
  if (!state_->on_terminal) {
    state_->next = time + std::chrono::seconds{10};
    write_line(stderr, text);
    return;
  }
  state_->next = time + std::chrono::milliseconds{100};
  state_->drawn = true;
  winsize size{};
  auto width =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? std::size_t{size.ws_col} : 80;
  // A line longer than the terminal would wrap and could not be redrawn in place.
  while (display_width(text) >= width) {
    auto last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
      --last;
    text.resize(last);
  }
  std::fputs(("\r\033[K" + text).c_str(), stderr);
}

void Progress::set_total(double total) {
  std::scoped_lock lock{state_->mutex};
  state_->total = total;
}

double Progress::seconds() const { return state_->seconds(); }

} // namespace finch::runtime
