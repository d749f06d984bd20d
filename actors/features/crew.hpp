/// A few threads that share out many small pieces of work again and again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace finch::features {

/// Keeps its threads between calls, because a window of rows takes less time than starting one.
class Crew {
public:
  /// `threads` in all, the caller's among them.
  explicit Crew(std::size_t threads);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Calls `work(i)` once for every i below `count` and returns when all are done. Pieces share no state;
  /// large ones should come first. `work` must not throw.
  void run(std::size_t count, const std::function<void(std::size_t)>& work);

private:
  void take();

  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_{0}, busy_{0};
  std::atomic<std::uint32_t> call_{0};
  std::atomic<bool> over_{false};
  std::vector<std::jthread> others_;
};

} // namespace finch::features
