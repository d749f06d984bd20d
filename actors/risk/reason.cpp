#include "actors/risk/reason.hpp"

#include <array>

namespace finch::risk {

std::string_view text(Reason reason) noexcept {
  constexpr std::array<std::string_view, reason_count> texts{
      "none",
      "kill switch",
      "daily drawdown breaker",
      "waits for acknowledgement",
      "daily stop",
      "data breaker",
      "order pending",
      "unknown instrument",
      "other currency",
      "spot cannot be shorted",
      "no price",
      "no stop",
      "stop past liquidation",
      "below defence threshold",
      "edge below cost",
      "no equity",
      "coin cap",
      "leverage cap",
      "open risk cap",
      "below lot size",
      "below minimum notional",
  };
  auto index = static_cast<std::size_t>(reason);
  return index < texts.size() ? texts[index] : "unknown";
}

} // namespace finch::risk
