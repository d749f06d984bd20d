#include "bench/tick_stores.hpp"

#include <fmt/format.h>

namespace finch::bench {

TickSet set_of(const D1& job) {
  return {job.symbols, [job](std::uint32_t symbol) { return d1_symbol(job, symbol); }};
}

TickSet set_of(std::vector<market::TickColumns> symbols) {
  auto kept = std::make_shared<const std::vector<market::TickColumns>>(std::move(symbols));
  return {static_cast<std::uint32_t>(kept->size()), [kept](std::uint32_t symbol) { return (*kept)[symbol]; }};
}

Result<std::unique_ptr<PackedTicks>> PackedTicks::open(const std::filesystem::path& folder) {
  auto store = storage::TickStore::open(folder, storage::Mode::write);
  if (!store)
    return tl::unexpected(store.error());
  auto keeper = std::make_unique<PackedTicks>();
  keeper->store_ = std::move(*store);
  for (const auto& known : keeper->store_->instruments())
    keeper->ids_.push_back(known.id); // symbols were stored in order
  return keeper;
}

Result<Seconds> PackedTicks::ingest(const TickSet& ticks) {
  Seconds seconds;
  ids_.clear();
  for (std::uint32_t symbol = 0; symbol < ticks.symbols; ++symbol) {
    auto columns = ticks.make(symbol);
    market::Instrument wanted;
    wanted.name = {"bench", "um", fmt::format("S{:02}", symbol), "USDT"};
    wanted.price_decimals = columns.price_decimals;
    wanted.quantity_decimals = columns.quantity_decimals;
    Watch watch;
    auto session = store_->begin_import();
    auto id = session ? session->instrument(wanted) : tl::unexpected(session.error());
    if (!id)
      return tl::unexpected(id.error());
    if (auto added = session->add(*id, storage::Kind::trades, columns); !added)
      return tl::unexpected(added.error());
    if (auto report = session->finish(); !report)
      return tl::unexpected(report.error());
    seconds += watch;
    ids_.push_back(*id);
  }
  return seconds;
}

Status PackedTicks::settle() { return store_->compact(); }

Status PackedTicks::scan(std::uint32_t symbol, const OnTicks& take) const {
  market::TickColumns batch;
  for (auto reader = store_->ticks(ids_[symbol], 0, INT64_MAX);;) {
    auto more = reader.next(batch);
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return {};
    take(batch);
  }
}

Result<std::uint64_t> PackedTicks::sum() const {
  std::uint64_t total = 0;
  for (std::uint32_t symbol = 0; symbol < ids_.size(); ++symbol)
    if (auto read = scan(symbol, [&](const market::TickColumns& batch) { total += witness(batch); }); !read)
      return tl::unexpected(read.error());
  return total;
}

} // namespace finch::bench
