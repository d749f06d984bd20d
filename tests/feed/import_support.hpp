/// What the import tests share: a sink that keeps everything, files made on the spot, the real data.
#pragma once

#include "actors/feed/import/read_file.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace finch::feed::test {

namespace fs = std::filesystem;

/// Keeps every row as text in plain decimals, so that batches and their decimals do not matter.
struct KeepingSink : RowSink {
  Target target;
  int begun = 0, batches = 0;
  std::vector<std::string> rows;
  std::vector<market::TimeNs> times;
  std::vector<std::size_t> batch_sizes;

  static std::string decimal(std::int64_t value, int decimals) {
    return market::format_decimal(value, decimals);
  }

  void add(market::TimeNs time, std::string text) {
    times.push_back(time);
    rows.push_back(market::format_time(time) + " " + text);
  }
  Status begin(const Target& given) override {
    target = given;
    ++begun;
    return {};
  }
  Status ticks(const market::TickColumns& batch) override {
    note(batch.size());
    for (std::size_t at = 0; at < batch.size(); ++at)
      add(batch.time_ns[at], decimal(batch.price[at], batch.price_decimals) + " " +
                                 decimal(batch.quantity[at], batch.quantity_decimals) + " " +
                                 std::to_string(static_cast<int>(batch.side[at])) +
                                 (batch.id.empty() ? "" : " #" + std::to_string(batch.id[at])));
    return {};
  }
  Status quotes(const market::QuoteColumns& batch) override {
    note(batch.size());
    for (std::size_t at = 0; at < batch.size(); ++at)
      add(batch.time_ns[at], decimal(batch.bid_price[at], batch.price_decimals) + " x " +
                                 decimal(batch.bid_quantity[at], batch.quantity_decimals) + " / " +
                                 decimal(batch.ask_price[at], batch.price_decimals) + " x " +
                                 decimal(batch.ask_quantity[at], batch.quantity_decimals) +
                                 (batch.id.empty() ? "" : " #" + std::to_string(batch.id[at])));
    return {};
  }
  Status bars(const market::BarColumns& batch) override {
    note(batch.size());
    for (std::size_t at = 0; at < batch.size(); ++at) {
      auto text = decimal(batch.open[at], batch.price_decimals) + " " +
                  decimal(batch.high[at], batch.price_decimals) + " " +
                  decimal(batch.low[at], batch.price_decimals) + " " +
                  decimal(batch.close[at], batch.price_decimals) + " v" +
                  decimal(batch.volume[at], batch.volume_decimals);
      if (!batch.quote_volume.empty())
        text += " q" + decimal(batch.quote_volume[at], batch.quote_decimals);
      if (!batch.trade_count.empty())
        text += " n" + std::to_string(batch.trade_count[at]);
      if (!batch.buy_volume.empty())
        text += " b" + decimal(batch.buy_volume[at], batch.volume_decimals);
      add(batch.open_time_ns[at], text);
    }
    return {};
  }
  Status funding(const market::FundingColumns& batch) override {
    note(batch.size());
    for (std::size_t at = 0; at < batch.size(); ++at)
      add(batch.time_ns[at], decimal(batch.rate[at], batch.decimals));
    return {};
  }
  void note(std::size_t size) {
    ++batches;
    batch_sizes.push_back(size);
  }
};

/// Counts rows and forgets them.
struct CountingSink : RowSink {
  std::uint64_t rows = 0;
  Status begin(const Target&) override { return {}; }
  Status ticks(const market::TickColumns& batch) override { return count(batch.size()); }
  Status quotes(const market::QuoteColumns& batch) override { return count(batch.size()); }
  Status bars(const market::BarColumns& batch) override { return count(batch.size()); }
  Status funding(const market::FundingColumns& batch) override { return count(batch.size()); }
  Status count(std::size_t size) {
    rows += size;
    return {};
  }
};

/// A folder that is gone when the test is.
class TempFolder {
public:
  TempFolder() {
    auto pattern = (fs::temp_directory_path() / "finch-import-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  std::string write(const std::string& name, std::string_view text) const {
    auto file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << text;
    return file.string();
  }

private:
  fs::path path_;
};

/// Reads all parts of one file into the sink; the report of the last part.
inline Result<ReadReport> read_all(const std::string& path, RowSink& sink, const ReadOptions& options = {},
                                   const OnProgress& progress = {}) {
  auto parts = open_source(path);
  if (!parts)
    return tl::unexpected(parts.error());
  Result<ReadReport> report = fail(Category::failed, "no part");
  for (auto& part : *parts) {
    report = read_part(part, options, sink, progress);
    if (!report)
      break;
  }
  return report;
}

/// Reads a text as if it were the file `name`.
inline Result<ReadReport> read_text(const std::string& name, std::string_view text, RowSink& sink,
                                    const ReadOptions& options = {}) {
  TempFolder folder;
  return read_all(folder.write(name, text), sink, options);
}

/// The folder of recorded market data, or empty where it is not there.
inline fs::path data_folder() {
  const auto* given = std::getenv("FINCH_TEST_DATA");
  const auto* source = std::getenv("FINCH_SOURCE");
  auto folder = given != nullptr ? fs::path{given}
                                 : fs::path{source != nullptr ? source : "."} / ".." / "shared" / "data";
  return fs::exists(folder / "README.md") ? folder : fs::path{};
}

/// Rows the README of the data states for each file of a set, by the file's path inside the set.
inline std::map<std::string, std::uint64_t> stated_rows(const fs::path& data, const std::string& set) {
  std::ifstream readme{data / "README.md"};
  std::map<std::string, std::uint64_t> out;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## "))
      inside = line == "## " + set;
    if (!inside || !line.starts_with("| ") || line.starts_with("| file "))
      continue;
    auto second = line.find(" | ", 2), third = line.find(" | ", second + 3);
    out[line.substr(2, second - 2)] = std::stoull(line.substr(second + 3, third - second - 3));
  }
  return out;
}

} // namespace finch::feed::test
