/// Runs one test case of this program in a process of its own, which can then be killed.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace finch::storage::test {

/// Arguments reach the child as environment variables; what it writes to descriptor 3 reaches the parent.
class ChildProcess {
public:
  /// A new program image, not a mere fork: RocksDB's threads do not survive a fork.
  ChildProcess(const std::string& test_case,
               const std::vector<std::pair<std::string, std::string>>& variables) {
    int ends[2];
    if (::pipe(ends) != 0)
      return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 3);
      auto nothing = ::open("/dev/null", O_WRONLY);
      ::dup2(nothing, 1);
      for (const auto& [name, value] : variables)
        ::setenv(name.c_str(), value.c_str(), 1);
      auto filter = "-tc=" + test_case;
      ::execl("/proc/self/exe", "child", filter.c_str(), "--no-skip", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  ~ChildProcess() {
    kill();
    ::close(pipe_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The next number the child wrote; false once it has ended or, with a patience, after so many
  /// milliseconds.
  bool read(std::uint64_t& value, int patience_ms = -1) {
    pollfd waiting{pipe_, POLLIN, 0};
    return ::poll(&waiting, 1, patience_ms) == 1 && ::read(pipe_, &value, sizeof value) == sizeof value;
  }
  void kill() {
    if (pid_ <= 0)
      return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// Exit code, or minus the signal.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

private:
  pid_t pid_ = 0;
  int pipe_ = -1;
};

/// For the child: tells the parent a number.
inline void tell_parent(std::uint64_t value) {
  if (::write(3, &value, sizeof value) != sizeof value)
    ::_exit(3);
}

inline std::string variable(const char* name) {
  auto value = std::getenv(name);
  return value ? value : "";
}

} // namespace finch::storage::test
