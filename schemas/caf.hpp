/// The one place CAF is included from: CAF 0.17.6 relies on standard headers it does not include itself.
#pragma once

#include <caf/all.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>
