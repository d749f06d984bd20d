#include "actors/broker/records.hpp"

namespace finch::broker {

void Records::order(const fb::OrderFields& fields, fb::OrderKind kind) {
  if (fields.round() >= from_)
    orders_.emplace_back(fields, kind);
}

void Records::refusal(std::int64_t round, std::uint32_t instrument, std::uint64_t order_id,
                      std::uint16_t reason) {
  // Counted also where it is dropped, so that a number does not depend on where the journal went on.
  sequence_ = round == refused_in_ ? sequence_ + 1 : 0;
  refused_in_ = round;
  if (round >= from_)
    refusals_.emplace_back(round, sequence_, instrument, order_id, reason);
}

void Records::fill(std::int64_t round, const fb::FillRecord& fill) {
  if (round >= from_)
    fills_.push_back(fill);
}

void Records::breakers(std::int64_t round, std::uint8_t tripped) {
  auto changed = static_cast<unsigned>(tripped ^ tripped_);
  for (unsigned bit = 0; changed >> bit != 0 && round >= from_; ++bit)
    if ((changed >> bit & 1U) != 0)
      breakers_.emplace_back(round, static_cast<fb::Breaker>(bit), (tripped >> bit & 1U) != 0);
  tripped_ = tripped;
}

void Records::take_decisions(std::int64_t last, std::vector<fb::Decision>& decisions,
                             std::vector<fb::Voice>& voices) {
  auto due = [&](std::int64_t round) { return round >= from_ && round <= last; };
  for (const auto& block : blocks_) {
    for (const auto* decision : *block->decisions())
      if (due(decision->round()))
        decisions.push_back(*decision);
    if (block->voices() != nullptr)
      for (const auto* voice : *block->voices())
        if (due(voice->round()))
          voices.push_back(*voice);
  }
  while (!blocks_.empty() && blocks_.front()->last_round() <= last)
    blocks_.pop_front();
}

Frame<fb::AccountRecords> Records::take(int instance, const std::string& name, std::int64_t last) {
  std::vector<fb::Decision> decisions;
  std::vector<fb::Voice> voices;
  take_decisions(last, decisions, voices);
  flatbuffers::FlatBufferBuilder builder{1'024};
  auto root = fb::CreateAccountRecords(
      builder, instance, builder.CreateString(name), from_, last, builder.CreateVectorOfStructs(decisions),
      builder.CreateVectorOfStructs(voices), builder.CreateVectorOfStructs(orders_),
      builder.CreateVectorOfStructs(refusals_), builder.CreateVectorOfStructs(fills_),
      builder.CreateVectorOfStructs(breakers_));
  orders_.clear(), refusals_.clear(), fills_.clear(), breakers_.clear();
  from_ = std::max(from_, last + 1);
  return Frame<fb::AccountRecords>::own(builder, root);
}

} // namespace finch::broker
