/// Inside of a plan, for the calculators of this room only.
#pragma once

#include "actors/features/kernel.hpp"
#include "actors/features/user_kernel.hpp"

#include <array>
#include <string>
#include <vector>

namespace finch::features {

/// One kernel of the list: where its state and its columns are.
struct Step {
  decltype(Kernel::run) run;
  decltype(Kernel::run_together) run_together;
  std::uint32_t state; ///< offset in the arena
  std::uint32_t slots; ///< index of its first slot number in `PlanLayout::slots`
  std::uint32_t size;  ///< bytes of state
  bool woven;          ///< how the states of four series stand; see `Kernel`
  std::string_view name;
  std::uint64_t fingerprint; ///< of the definition, of what it reads and of the size
};

/// One user's feature, which the join computes.
struct UserStep {
  const UserKernel* kernel; ///< in the layout's catalogue
  std::size_t column;
  std::vector<std::size_t> inputs; ///< columns, in the order of the kernel's inputs
};

/// Every value has a slot: the row's columns first, then bar fields, then inner nodes.
struct PlanLayout {
  std::vector<std::string> names;
  std::vector<int> warmups;
  int longest_warmup = 0;
  std::vector<Step> steps;
  std::vector<Link> chain; ///< the same for a live update, with its end
  std::vector<std::uint16_t> slots;
  std::array<std::uint16_t, std::size(bar_fields)> field_slots{};
  std::vector<bool> cross_asset;          ///< by column: computed by the join, as users' features are
  std::vector<std::size_t> cross_columns; ///< those columns
  bool any_cross_asset = false;           ///< whether one is of the reference
  Catalogue catalogue;
  std::vector<UserStep> user_steps; ///< in an order in which each reads only what is there
  std::size_t value_count = 0;
  std::size_t arena_size = 0;
  std::vector<std::pair<std::uint32_t, void (*)(std::byte*)>> inits;
  std::uint64_t fingerprint = 0;
};

} // namespace finch::features
