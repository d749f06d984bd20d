/// What an account did order by order, kept until the journal takes it.
#pragma once

#include "schemas/frame.hpp"
#include "schemas/records_generated.h"

#include <deque>
#include <string>
#include <vector>

namespace finch::broker {

/// Collects the records of the rounds from `from` on; earlier ones are in the journal already and are
/// dropped.
class Records {
public:
  explicit Records(std::int64_t from) : from_{from} {}

  void order(const fb::OrderFields& fields, fb::OrderKind kind);
  void refusal(std::int64_t round, std::uint32_t instrument, std::uint64_t order_id, std::uint16_t reason);
  void fill(std::int64_t round, const fb::FillRecord& fill);
  /// The desk's decisions of one window. They may come rounds before those close.
  void decisions(const Frame<fb::DecisionBlock>& block) { blocks_.push_back(block); }
  /// The breakers tripped at the close of `round`, as bits.
  void breakers(std::int64_t round, std::uint8_t tripped);

  /// What was collected of the rounds up to `last`, which ends with it.
  [[nodiscard]] Frame<fb::AccountRecords> take(int instance, const std::string& name, std::int64_t last);

private:
  void take_decisions(std::int64_t last, std::vector<fb::Decision>& decisions,
                      std::vector<fb::Voice>& voices);

  std::int64_t from_;
  std::vector<fb::OrderRecord> orders_;
  std::vector<fb::RefusalRecord> refusals_;
  std::vector<fb::FillRecord> fills_;
  std::vector<fb::BreakerRecord> breakers_;
  std::deque<Frame<fb::DecisionBlock>> blocks_;
  std::int64_t refused_in_ = INT64_MIN; ///< round of the last refusal
  std::uint32_t sequence_ = 0;          ///< of the next refusal in that round
  std::uint8_t tripped_ = 0;
};

} // namespace finch::broker
