#include "actors/feed/import/import_job.hpp"

#include "actors/feed/import/hashing_source.hpp"
#include "actors/feed/import/store_sink.hpp"

#include <filesystem>
#include <numeric>

namespace finch::feed {
namespace {

/// Takes rows and forgets them: for the check before a strict import.
class NullSink final : public RowSink {
public:
  Status begin(const Target&) override { return {}; }
  Status ticks(const market::TickColumns&) override { return {}; }
  Status quotes(const market::QuoteColumns&) override { return {}; }
  Status bars(const market::BarColumns&) override { return {}; }
  Status funding(const market::FundingColumns&) override { return {}; }
};

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  auto size = path == "-" ? 0 : std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

/// The import of all files: what is done so far, and the steps for one.
class Job {
public:
  Job(storage::TickStore& store, const ImportRequest& request, const OnImportProgress& on_progress)
      : store_(store), request_(request), on_progress_(on_progress) {
    for (const auto& path : request.files)
      bytes_total_ += size_of(path);
    // Strict reads everything twice.
    if (checks_first())
      bytes_total_ *= 2;
  }

  std::vector<FileOutcome> run() {
    std::vector<FileOutcome> outcomes;
    if (checks_first() && !check_all(outcomes))
      return outcomes;
    for (const auto& path : request_.files) {
      auto& outcome = outcomes.emplace_back();
      outcome.path = path;
      if (auto done = store(outcome); !done)
        outcome.error = done.error();
      bytes_before_ += size_of(path);
      if (outcome.error &&
          (request_.read.strict || store_failed_ || outcome.error->category == Category::interrupted))
        break;
    }
    return outcomes;
  }

private:
  [[nodiscard]] bool checks_first() const { return request_.read.strict && request_.files.size() > 1; }

  bool check_all(std::vector<FileOutcome>& outcomes) {
    for (const auto& path : request_.files) {
      FileOutcome outcome;
      outcome.path = path;
      NullSink sink;
      auto done = path == "-"
                      ? Status{}
                      : each_part(outcome, [&](SourcePart& part) { return read(part, sink, outcome); });
      bytes_before_ += size_of(path);
      if (done)
        continue;
      outcome.error = done.error();
      outcomes.push_back(std::move(outcome));
      return false;
    }
    return true;
  }

  template <class Each>
  Status each_part(FileOutcome& outcome, Each each) {
    auto parts = open_source(outcome.path);
    if (!parts)
      return tl::unexpected(parts.error());
    for (auto& part : *parts)
      if (auto done = each(part); !done)
        return done;
    return {};
  }

  Status read(SourcePart& part, RowSink& sink, FileOutcome& outcome) {
    auto report = read_part(part, request_.read, sink, [&](const ReadProgress& progress) {
      return !on_progress_ || on_progress_({progress.label, bytes_before_ + progress.bytes_done, bytes_total_,
                                            rows_before_ + progress.rows});
    });
    if (!report)
      return tl::unexpected(report.error());
    rows_before_ += report->rows;
    outcome.parts.push_back(std::move(*report));
    return {};
  }

  Status store(FileOutcome& outcome) {
    auto session = store_.begin_import({.replace = request_.replace});
    if (!session)
      return refused(outcome.path, session.error());
    StoreSink sink{*session};
    TextHash hash;
    auto done = each_part(outcome, [&](SourcePart& part) -> Status {
      part.bytes = std::make_unique<HashingSource>(std::move(part.bytes), hash);
      if (auto read_done = read(part, sink, outcome); !read_done)
        return read_done;
      return sink.finish_target();
    });
    if (!done)
      return done;
    session->set_source(hash.value());
    auto stored = session->finish();
    if (!stored)
      return refused(outcome.path, stored.error());
    outcome.stored = *stored;
    return note_interval(outcome.parts.back().target, sink);
  }

  /// The store's error with the file it is about. What the store cannot do now it will not do for the next
  /// file either.
  tl::unexpected<Error> refused(const std::string& path, Error error) {
    store_failed_ = error.category == Category::unavailable || error.category == Category::failed;
    error.message = path + ": " + error.message;
    return tl::unexpected(std::move(error));
  }

  /// The newest settlements say how often the instrument pays funding.
  Status note_interval(const Target& target, const StoreSink& sink) {
    auto interval = sink.funding_interval_min();
    if (!interval)
      return {};
    for (auto facts : store_.instruments())
      if (facts.name == target.instrument && facts.funding_interval_min != *interval) {
        facts.funding_interval_min = *interval;
        return store_.update_instrument(facts);
      }
    return {};
  }

  storage::TickStore& store_;
  const ImportRequest& request_;
  const OnImportProgress& on_progress_;
  bool store_failed_ = false;
  std::uint64_t bytes_before_ = 0, bytes_total_ = 0, rows_before_ = 0;
};

} // namespace

std::uint64_t FileOutcome::rows() const noexcept {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](auto sum, const auto& part) { return sum + part.rows; });
}

std::uint64_t FileOutcome::rejected() const noexcept {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](auto sum, const auto& part) { return sum + part.rejected(); });
}

std::vector<FileOutcome> import_files(storage::TickStore& store, const ImportRequest& request,
                                      const OnImportProgress& on_progress) {
  return Job{store, request, on_progress}.run();
}

} // namespace finch::feed
