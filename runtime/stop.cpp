#include "runtime/stop.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace finch::runtime {

namespace {

std::atomic<bool> stop_requested{false};
// An eventfd, because it is one of the few things a signal handler may touch and a waiting thread can sleep
// on.
int wake_fd = -1;

void on_signal(int signal) {
  if (stop_requested.exchange(true) && signal == SIGINT)
    _exit(130);
  auto saved = errno;
  std::uint64_t one = 1;
  [[maybe_unused]] auto written = write(wake_fd, &one, sizeof one);
  errno = saved;
}

int ensure_wake_fd() {
  if (wake_fd < 0)
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return wake_fd;
}

} // namespace

void Stop::install() {
  ensure_wake_fd();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A reader that goes away (`finch … | head`) is an error of the write, not a reason to die mid-work.
  std::signal(SIGPIPE, SIG_IGN);
}

const std::atomic<bool>& Stop::flag() noexcept { return stop_requested; }

bool Stop::wait_for(std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  auto deadline = Clock::now() + timeout;
  while (!requested()) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0)
      return false;
    auto descriptor = pollfd{ensure_wake_fd(), POLLIN, 0};
    poll(&descriptor, 1, static_cast<int>(std::min<std::int64_t>(left.count() + 1, 60'000)));
  }
  return true;
}

void Stop::request() noexcept {
  stop_requested = true;
  std::uint64_t one = 1;
  [[maybe_unused]] auto written = write(ensure_wake_fd(), &one, sizeof one);
}

void Stop::reset() noexcept {
  stop_requested = false;
  std::uint64_t count = 0;
  [[maybe_unused]] auto read_bytes = read(ensure_wake_fd(), &count, sizeof count);
}

} // namespace finch::runtime
