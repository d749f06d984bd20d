/// A frame: an immutable, reference-counted FlatBuffer that actors pass to each other without copying its
/// bytes.
#pragma once

#include "schemas/caf.hpp"
#include "schemas/error.hpp"

#include <flatbuffers/flatbuffers.h>

#include <memory>
#include <span>
#include <string>

namespace finch {

/// Holds one finished buffer whose root table is `Table`. Copying a frame copies a pointer, never the bytes.
///
/// Bytes this process built itself come in through `own`; bytes from outside (disk, socket) only through
/// `adopt`, which verifies structure and file identifier exactly once. Past either door nobody verifies
/// again.
template <class Table>
class Frame {
public:
  Frame() = default;

  /// Finishes `builder` with `root` and takes its buffer. For bytes built here, hence not verified.
  [[nodiscard]] static Frame own(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<Table> root) {
    builder.Finish(root);
    return Frame{std::make_shared<const flatbuffers::DetachedBuffer>(builder.Release())};
  }

  /// Verifies and copies `bytes`; `identifier` is the schema's file identifier, or null where it has none.
  [[nodiscard]] static Result<Frame> adopt(std::span<const std::uint8_t> bytes, const char* identifier) {
    flatbuffers::Verifier verifier{bytes.data(), bytes.size(), 8, 1U << 20U};
    if (bytes.size() < 8 || !verifier.VerifyBuffer<Table>(identifier))
      return fail(Category::bad_input, "a frame of " + std::to_string(bytes.size()) +
                                           " bytes is not a valid " + (identifier ? identifier : "buffer"));
    auto copy = flatbuffers::DefaultAllocator{}.allocate(bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy);
    return Frame{std::make_shared<const flatbuffers::DetachedBuffer>(nullptr, false, copy, bytes.size(), copy,
                                                                     bytes.size())};
  }

  const Table* operator->() const noexcept { return root_; }
  const Table& operator*() const noexcept { return *root_; }
  explicit operator bool() const noexcept { return root_ != nullptr; }

  /// The finished buffer, for writing it to disk or a socket.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return buffer_ ? std::span<const std::uint8_t>{buffer_->data(), buffer_->size()}
                   : std::span<const std::uint8_t>{};
  }

private:
  explicit Frame(std::shared_ptr<const flatbuffers::DetachedBuffer> buffer)
      : buffer_{std::move(buffer)}, root_{flatbuffers::GetRoot<Table>(buffer_->data())} {}

  std::shared_ptr<const flatbuffers::DetachedBuffer> buffer_;
  const Table* root_ = nullptr;
};

/// Found by CAF when it prints a message.
template <class Table>
std::string to_string(const Frame<Table>& frame) {
  return "frame of " + std::to_string(frame.bytes().size()) + " bytes";
}

} // namespace finch

namespace caf {

// Frames never leave the process through CAF: the gateway writes their bytes itself.
template <class Table>
struct allowed_unsafe_message_type<finch::Frame<Table>> : std::true_type {};

} // namespace caf
