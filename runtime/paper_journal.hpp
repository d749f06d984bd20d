/// Paper trading in the journal: every account's trades and equity.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/storage/journal/journal.hpp"

#include <map>
#include <string>

namespace finch::runtime {

/// Writes what is new since the last call. Records are keyed by session, account and trade or round, so that
/// a session relived after a restart replaces its own rows and doubles nothing.
class PaperJournal {
public:
  explicit PaperJournal(journal::Journal& journal) : journal_{journal} {}

  [[nodiscard]] Status keep(const desk::DeskConfig& config, const desk::DeskResult& result);
  /// Writes one control event; events of one round are numbered as they come.
  [[nodiscard]] Status control(market::Round session, market::Round round, const std::string& kind,
                               const std::string& subject, const std::string& detail);

private:
  [[nodiscard]] Status keep(std::int64_t session, const fb::AccountResult& account);

  struct Written {
    std::uint32_t trades = 0, points = 0;
  };
  journal::Journal& journal_;
  std::map<std::string, Written> written_; // by account
  market::Round control_round_ = 0;
  std::int64_t control_sequence_ = 0; // next of that round
};

} // namespace finch::runtime
