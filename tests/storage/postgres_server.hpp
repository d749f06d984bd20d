/// A PostgreSQL server of the tests' own: loopback, a temporary folder, a user that is not root, ended with
/// the tests.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace finch::journal::tests {

/// Started when it is first asked for. Where PostgreSQL is not installed nothing is started.
class PostgresServer {
public:
  static PostgresServer& instance();

  /// The address of a new, empty database; empty where there is no server, and `why` says why not.
  [[nodiscard]] std::string new_database();
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  /// Ends the server: `SIGINT` as an administrator would, `SIGQUIT` as a crash does. Its databases stay.
  void stop(int signal);
  /// Starts it again on the same port; whether it answers.
  [[nodiscard]] bool start_again();

  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

private:
  PostgresServer();
  ~PostgresServer();

  void start();
  /// Starts the server and waits until it answers.
  [[nodiscard]] bool launch();
  /// Starts one of PostgreSQL's programs and returns its process id.
  [[nodiscard]] pid_t spawn(const std::vector<std::string>& command) const;
  /// Runs one to its end; whether it succeeded.
  [[nodiscard]] bool run(const std::vector<std::string>& command) const;

  std::filesystem::path programs_, folder_;
  int port_ = 0, databases_ = 0;
  pid_t server_ = -1;
  std::string why_;
};

} // namespace finch::journal::tests
