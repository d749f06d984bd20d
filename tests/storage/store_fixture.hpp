/// A data directory of its own per test, and rows to put into it.
#pragma once

#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <random>

namespace finch::storage::test {

/// Made for one test and removed with it.
struct TemporaryDirectory {
  TemporaryDirectory() {
    static int count = 0;
    // Memory where there is some to write to: nothing here depends on a disk, and syncs are many.
    auto memory = std::filesystem::path{"/dev/shm"};
    auto base = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    path = base / fmt::format("finch-store-test-{}-{}", ::getpid(), count++);
    std::filesystem::remove_all(path);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path path;
};

inline constexpr std::int32_t test_day = 19'944; // 2024-08-09
inline constexpr market::TimeNs test_start = test_day * market::ns_per_day;

inline market::Instrument bitcoin() {
  market::Instrument out;
  out.name = {"binance", "um", "BTC", "USDT"};
  out.price_decimals = 2;
  out.quantity_decimals = 3;
  out.tick_size = 10;
  return out;
}

/// Seeded ticks, `step` apart on average, ids from `first_id` on (none when 0).
inline market::TickColumns make_ticks(std::size_t rows, market::TimeNs start, std::uint64_t first_id,
                                      std::uint64_t seed = 1, market::TimeNs step = 200 * market::ns_per_ms) {
  std::mt19937_64 random{seed};
  market::TickColumns out{2, 3, {}, {}, {}, {}, {}};
  auto time = start;
  std::int64_t price = 6'183'760;
  for (std::size_t i = 0; i < rows; ++i) {
    out.time_ns.push_back(time);
    price += static_cast<std::int64_t>(random() % 3) - 1;
    out.price.push_back(price);
    out.quantity.push_back(static_cast<std::int64_t>(1 + random() % 32 * (random() % 32)));
    out.side.push_back(random() % 2 == 0 ? market::Side::buy : market::Side::sell);
    if (first_id > 0)
      out.id.push_back(first_id + i);
    time += static_cast<market::TimeNs>(random() % static_cast<std::uint64_t>(2 * step / market::ns_per_ms)) *
            market::ns_per_ms;
  }
  return out;
}

/// Rows [first, last).
template <class C>
C slice(const C& rows, std::size_t first, std::size_t last) {
  C out;
  append_rows(out, rows, first, last);
  return out;
}

template <class C>
bool same_rows(const C& a, const C& b) {
  bool same = true;
  each_pair(a, b, [&](const auto& left, const auto& right) { same = same && left == right; });
  return same;
}

/// Everything the reader gives; the error's message where it ends in one.
template <class C>
std::pair<C, std::string> read_all(Reader<C> reader) {
  C all, batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more)
      return {std::move(all), more.error().message};
    if (!*more)
      return {std::move(all), {}};
    append_rows(all, batch, 0, batch.size());
  }
}

inline std::unique_ptr<TickStore> open_store(const std::filesystem::path& path, Options options = {}) {
  auto store = TickStore::open(path, Mode::write, options);
  if (!store)
    throw std::runtime_error(store.error().message);
  return std::move(*store);
}

} // namespace finch::storage::test
