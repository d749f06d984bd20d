/// The one global of the program: whether the user asked to stop.
#pragma once

#include <atomic>
#include <chrono>

namespace finch::runtime {

/// Turns SIGINT and SIGTERM into a flag that long work polls and waiting work wakes up for. The first signal
/// asks for a clean end; a second SIGINT ends the process at once with exit code 130.
class Stop {
public:
  /// Installs the signal handlers. Called once, by main, before any thread starts.
  static void install();
  /// Whether a stop was requested. Cheap enough for inner loops; safe from any thread.
  [[nodiscard]] static bool requested() noexcept { return flag().load(std::memory_order_relaxed); }
  /// The flag itself, for cores that take `const std::atomic<bool>&` and know nothing of signals.
  [[nodiscard]] static const std::atomic<bool>& flag() noexcept;
  /// Sleeps until `timeout` passes or a stop is requested; true when stopped. Safe from any thread.
  static bool wait_for(std::chrono::milliseconds timeout);
  /// Requests a stop as a signal would. For parts of the program that must end it, and for tests.
  static void request() noexcept;
  /// Forgets a request. For tests.
  static void reset() noexcept;
};

} // namespace finch::runtime
