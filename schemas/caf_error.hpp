/// Errors on their way through CAF: an actor that cannot go on quits with the error's text as its reason.
#pragma once

#include "schemas/caf.hpp"
#include "schemas/error.hpp"

namespace finch {

/// The error as an exit reason; message and remedy survive as text.
[[nodiscard]] inline caf::error to_caf(const Error& error) {
  return caf::make_error(caf::sec::runtime_error,
                         error.remedy.empty() ? error.message : error.message + " -> " + error.remedy);
}

} // namespace finch
