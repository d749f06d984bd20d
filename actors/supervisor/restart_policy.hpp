/// When a part that died may be started again, and when it is given up: the pure core of supervision.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace finch::supervisor {

/// Restarts with a delay that doubles from `first_delay_ns` to `longest_delay_ns`; a part that dies more than
/// `most_restarts` times within `within_ns` is given up. A part that has lived for `within_ns` starts afresh.
class RestartPolicy {
public:
  struct Terms {
    std::int64_t first_delay_ns = 100'000'000;
    std::int64_t longest_delay_ns = 30'000'000'000;
    std::int64_t within_ns = 600'000'000'000;
    std::size_t most_restarts = 5;
  };

  explicit RestartPolicy(Terms terms) : terms_{terms} {}

  /// The part died at `now_ns` (any monotonic clock). The instant at which to start it again, or nothing:
  /// give up.
  [[nodiscard]] std::optional<std::int64_t> died(std::int64_t now_ns);
  [[nodiscard]] bool given_up() const noexcept { return given_up_; }
  /// Deaths remembered.
  [[nodiscard]] std::size_t deaths() const noexcept { return deaths_.size(); }

private:
  Terms terms_;
  std::deque<std::int64_t> deaths_;
  bool given_up_ = false;
};

} // namespace finch::supervisor
