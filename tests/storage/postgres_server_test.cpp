#include "tests/storage/postgres_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace finch::journal::tests {
namespace {

namespace fs = std::filesystem;
constexpr uid_t nobody = 65'534;

/// The newest installed version's programs, or nothing.
fs::path find_programs() {
  fs::path best;
  int newest = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/usr/lib/postgresql", ignored}) {
    auto version = std::atoi(entry.path().filename().c_str());
    if (version > newest && fs::exists(entry.path() / "bin" / "initdb"))
      newest = version, best = entry.path() / "bin";
  }
  return best;
}

/// A port nobody listens on, on loopback.
int free_port() {
  auto handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto found = handle >= 0 && bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (handle >= 0)
    close(handle);
  return found ? ntohs(address.sin_port) : 0;
}

} // namespace

PostgresServer& PostgresServer::instance() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() : programs_{find_programs()} {
  if (programs_.empty())
    why_ = "PostgreSQL is not installed (package postgresql)";
  else
    start();
}

PostgresServer::~PostgresServer() {
  stop(SIGINT);
  std::error_code ignored;
  if (!folder_.empty())
    fs::remove_all(folder_, ignored);
}

pid_t PostgresServer::spawn(const std::vector<std::string>& command) const {
  auto program = (programs_ / command.front()).string(), log = (folder_ / "log").string();
  std::vector<char*> arguments;
  for (const auto& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  auto child = fork();
  if (child != 0)
    return child;
  // The server refuses to run as root.
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGINT);
  auto out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, 1);
  dup2(out, 2);
  if (chdir(folder_.c_str()) != 0)
    _exit(126);
  setenv("LC_ALL", "C", 1);
  execv(program.c_str(), arguments.data());
  _exit(127);
}

bool PostgresServer::run(const std::vector<std::string>& command) const {
  auto child = spawn(command);
  int state = 0;
  return child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

void PostgresServer::start() {
  auto name = (fs::temp_directory_path() / "finch-postgres-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    why_ = "no temporary folder for PostgreSQL";
    return;
  }
  folder_ = name;
  if (geteuid() == 0 && chown(folder_.c_str(), nobody, nobody) != 0)
    why_ = "the folder of PostgreSQL could not be given to another user";
  auto data = (folder_ / "data").string();
  port_ = free_port();
  if (!why_.empty() ||
      !run({"initdb", "-D", data, "-U", "finch", "-A", "trust", "-E", "UTF8", "--no-sync"})) {
    why_ = why_.empty() ? "initdb failed" : why_;
    return;
  }
  if (!launch())
    why_ = "PostgreSQL did not start";
}

bool PostgresServer::launch() {
  auto data = (folder_ / "data").string();
  server_ = spawn(
      {"postgres", "-D", data, "-k", folder_.string(), "-h", "127.0.0.1", "-p", std::to_string(port_), "-F"});
  for (int attempt = 0; attempt < 300; ++attempt) {
    if (run({"pg_isready", "-q", "-h", "127.0.0.1", "-p", std::to_string(port_)}))
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  return false;
}

void PostgresServer::stop(int signal) {
  if (server_ <= 0)
    return;
  kill(server_, signal);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

bool PostgresServer::start_again() { return launch(); }

std::string PostgresServer::new_database() {
  if (!why_.empty())
    return {};
  auto name = "finch" + std::to_string(++databases_), port = std::to_string(port_);
  if (!run({"createdb", "-h", "127.0.0.1", "-p", port, "-U", "finch", "-T", "template0", name})) {
    why_ = "createdb failed";
    return {};
  }
  return "postgresql://finch@127.0.0.1:" + port + "/" + name;
}

} // namespace finch::journal::tests
