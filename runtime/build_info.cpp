#include "runtime/build_info.hpp"

#include "build_id.hpp"

#include <CLI/Version.hpp>
#include <caf/config.hpp>
#include <flatbuffers/base.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rocksdb/version.h>
#include <soci/version.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <toml++/toml.h>
#include <xxhash.h>
#include <zstd.h>

namespace finch::runtime {

namespace {

std::string dotted(int major, int minor, int patch) { return fmt::format("{}.{}.{}", major, minor, patch); }

} // namespace

BuildInfo build_info() {
  BuildInfo info;
  info.version = FINCH_VERSION;
  info.build_id = FINCH_BUILD_ID;
#if defined(__clang__)
  info.compiler = fmt::format("clang {}", __clang_version__);
#else
  info.compiler = fmt::format("GCC {}", __VERSION__);
#endif
  info.build_type = FINCH_BUILD_TYPE;
  if (std::string_view sanitizers = FINCH_SANITIZERS; !sanitizers.empty())
    info.build_type += fmt::format(" ({} sanitizers)", sanitizers);
  info.libraries = {
      {"CAF", dotted(CAF_VERSION / 10'000, CAF_VERSION / 100 % 100, CAF_VERSION % 100)},
      {"CLI11", CLI11_VERSION},
      {"FlatBuffers",
       dotted(FLATBUFFERS_VERSION_MAJOR, FLATBUFFERS_VERSION_MINOR, FLATBUFFERS_VERSION_REVISION)},
      {"fmt", dotted(FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"nlohmann-json",
       dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"RocksDB", dotted(ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH)},
      {"SOCI", dotted(SOCI_VERSION / 100'000, SOCI_VERSION / 100 % 1'000, SOCI_VERSION % 100)},
      {"spdlog", dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"SQLite", sqlite3_libversion()},
      {"toml++", dotted(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
      {"xxHash", dotted(static_cast<int>(XXH_versionNumber() / 10'000),
                        static_cast<int>(XXH_versionNumber() / 100 % 100),
                        static_cast<int>(XXH_versionNumber() % 100))},
      {"zstd", ZSTD_versionString()},
  };
  return info;
}

} // namespace finch::runtime
