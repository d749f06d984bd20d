#include "actors/backtest/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace finch::backtest {

void for_each_index(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work) {
  threads = std::min(threads, count);
  if (threads <= 1) {
    for (std::size_t i = 0; i < count; ++i)
      work(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  auto take = [&] {
    try {
      for (auto i = next++; i < count; i = next++)
        work(i);
    } catch (...) {
      next = count;
      std::lock_guard lock{mutex};
      failure = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i)
    others.emplace_back(take);
  take();
  others.clear();
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace finch::backtest
