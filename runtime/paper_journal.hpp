/// Paper trading in the journal: everything a desk and its books did, batch by batch.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/storage/journal/journal.hpp"

#include <functional>
#include <map>
#include <string>

namespace finch::runtime {

/// Writes what is new since the last call, in one transaction. Rows are keyed by session, account and what
/// they are about, so that a session relived after a restart replaces its own rows and doubles nothing.
class PaperJournal {
public:
  /// After so many failed writes in a row a node should end: what was not written waits in memory.
  static constexpr std::size_t most_behind = 24;

  explicit PaperJournal(journal::Journal& journal) : journal_{journal} {}

  /// Names a session (`live` or `replay`), its instruments and universe; a known session goes on. Answers the
  /// last round whose records are here: a desk that relives the session need not keep those again.
  [[nodiscard]] Result<market::Round> begin(market::Round session, const std::string& kind,
                                            const std::string& snapshot, market::Round first_round,
                                            const std::vector<market::Instrument>& instruments);
  /// Writes what the accounts did up to `last`. After a failure nothing of it is there, and the next call
  /// writes it too.
  [[nodiscard]] Status keep(market::Round session, market::Round last, const desk::DeskConfig& config,
                            const desk::DeskResult& result, desk::DeskRecords records);
  /// The last round whose records are in the journal.
  [[nodiscard]] market::Round kept() const noexcept { return session_.kept_round; }
  [[nodiscard]] market::Round session() const noexcept { return session_.id; }
  /// How many calls' records wait to be written.
  [[nodiscard]] std::size_t behind() const noexcept { return waiting_.size(); }

  /// Writes one control event, before it acts.
  [[nodiscard]] Status control(market::Round session, const desk::ControlEvent& event);
  /// Writes a change in the health of a part.
  [[nodiscard]] Status health(const journal::Health& change);

private:
  /// Writes what cannot wait: once more, connected anew, where the server went away since the last write.
  [[nodiscard]] Status write_now(const std::function<Status()>& put);
  [[nodiscard]] Status write(market::Round session, const desk::DeskConfig& config,
                             const desk::DeskResult& result);
  [[nodiscard]] Status write(market::Round session, const desk::DeskConfig& config,
                             const fb::AccountResult& account);

  /// How far an account's trades and equity curve were written, and into which day.
  struct Written {
    std::uint32_t trades = 0, points = 0;
    std::int64_t day = INT64_MIN;
  };
  journal::Journal& journal_;
  journal::Session session_;
  std::vector<desk::DeskRecords> waiting_;
  std::map<std::string, Written> written_, next_; // by account; `next_` once the transaction is through
};

} // namespace finch::runtime
