#include "actors/expression/state.hpp"

#include <xxhash.h>

#include <array>
#include <cstring>
#include <limits>

namespace finch::expression {

namespace {

constexpr std::uint64_t format_mark = 0x31305453'45485846; // "FXHEST01"
constexpr std::size_t header_words = 4;

std::size_t payload_bytes(const State& state) { return 8 * (state.store.size() + state.marks.size()); }

} // namespace

State fresh_state(const Program& program, std::size_t lanes) {
  State state;
  state.lanes = lanes;
  state.store.assign(program.store * lanes, std::numeric_limits<double>::quiet_NaN());
  state.marks.assign(program.marks, 0);
  for (const auto& instruction : program.code)
    if (is_stateful(instruction.op))
      state.marks[instruction.mark] = std::numeric_limits<std::int64_t>::min(); // no block yet
  return state;
}

std::vector<std::uint8_t> save(const State& state, const Program& program) {
  std::vector<std::uint8_t> bytes(8 * header_words + payload_bytes(state));
  auto payload = bytes.data() + 8 * header_words;
  if (!state.store.empty())
    std::memcpy(payload, state.store.data(), 8 * state.store.size());
  std::memcpy(payload + 8 * state.store.size(), state.marks.data(), 8 * state.marks.size());
  std::array<std::uint64_t, header_words> header{format_mark, program.fingerprint(), state.lanes,
                                                 XXH3_64bits(payload, payload_bytes(state))};
  std::memcpy(bytes.data(), header.data(), 8 * header_words);
  return bytes;
}

Result<State> restore(std::span<const std::uint8_t> bytes, const Program& program, std::size_t lanes) {
  auto state = fresh_state(program, lanes);
  auto refuse = [](const char* why) {
    return fail(Category::bad_input, std::string{"the saved state of a strategy "} + why,
                "drop it and warm the strategy up again from stored data");
  };
  if (bytes.size() < 8 * header_words)
    return refuse("is cut short");
  std::array<std::uint64_t, header_words> header{};
  std::memcpy(header.data(), bytes.data(), 8 * header_words);
  auto payload = bytes.subspan(8 * header_words);
  if (header[0] != format_mark)
    return refuse("is not a saved state");
  if (header[3] != XXH3_64bits(payload.data(), payload.size()))
    return refuse("is damaged: its checksum does not match");
  if (header[1] != program.fingerprint() || header[2] != lanes || payload.size() != payload_bytes(state))
    return refuse("belongs to other rules or other instruments");
  if (!state.store.empty())
    std::memcpy(state.store.data(), payload.data(), 8 * state.store.size());
  std::memcpy(state.marks.data(), payload.data() + 8 * state.store.size(), 8 * state.marks.size());
  return state;
}

} // namespace finch::expression
