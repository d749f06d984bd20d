#include "runtime/logging.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace finch::runtime {

namespace {

/// The message as the inside of a JSON string: a log line must stay one valid object whatever it quotes.
class JsonMessage : public spdlog::custom_flag_formatter {
public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    for (auto c : message.payload) {
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (static_cast<unsigned char>(c) < 0x20) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
      } else {
        out.push_back(c);
      }
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

std::unique_ptr<spdlog::formatter> formatter_of(const LogConfig& config) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonMessage>('J');
  formatter->set_pattern(config.format == "json"
                             ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","thread":%t,"message":"%J"})"
                             : "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v");
  return formatter;
}

} // namespace

Status start_logging(const LogConfig& config) {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("finch", std::move(sink));
  logger->set_formatter(formatter_of(config));
  logger->set_level(spdlog::level::from_str(config.level == "warn" ? "warning" : config.level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

Status log_to_files(const LogConfig& config, const std::filesystem::path& directory) {
  auto file = directory / "finch.log";
  try {
    std::filesystem::create_directories(directory);
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        file.string(), static_cast<std::size_t>(config.file_mib) << 20,
        static_cast<std::size_t>(config.files));
    sink->set_formatter(formatter_of(config));
    spdlog::default_logger()->sinks().push_back(std::move(sink));
    spdlog::flush_every(std::chrono::seconds{1});
  } catch (const std::exception& error) {
    return fail(Category::unavailable,
                fmt::format("{}: the log cannot be written ({})", file.string(), error.what()),
                "make the directory writable, or choose another with --data");
  }
  return {};
}

} // namespace finch::runtime
