/// Errors are values: what happened, to which thing, and what the reader can do about it.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace finch {

/// What kind of failure it was. The command line turns it into the exit code (see `exit_code`).
enum class Category {
  failed,      ///< the work could not be done, for a reason inside it
  usage,       ///< the request itself makes no sense: unknown option, unknown symbol, empty range
  bad_input,   ///< a file, frame, spec, config or body is malformed
  unavailable, ///< something needed is locked, missing, full or not answering
  interrupted, ///< the user asked to stop
};

/// An error a person can act on. `message` names the place and the value found; `remedy` says what to do.
struct Error {
  Category category = Category::failed;
  std::string message;
  std::string remedy;

  bool operator==(const Error&) const = default;
};

/// A value or the reason there is none.
template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(Category category, std::string message,
                                                std::string remedy = {}) {
  return tl::unexpected<Error>(Error{category, std::move(message), std::move(remedy)});
}

/// Exit codes of every command: 0 done, 1 failed, 2 usage, 3 bad input, 4 unavailable, 130 interrupted.
[[nodiscard]] constexpr int exit_code(Category category) noexcept {
  switch (category) {
  case Category::failed:
    return 1;
  case Category::usage:
    return 2;
  case Category::bad_input:
    return 3;
  case Category::unavailable:
    return 4;
  case Category::interrupted:
    return 130;
  }
  return 1;
}

} // namespace finch
