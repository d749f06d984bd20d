#include "actors/feed/import/line_reader.hpp"

#include <algorithm>
#include <cstring>

namespace finch::feed {

void LineReader::fill() {
  if (at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
  }
  while (!done_ && end_ < buffer_.size()) {
    auto count = source_.read(buffer_.data() + end_, buffer_.size() - end_);
    if (!count) {
      status_ = tl::unexpected(count.error());
      done_ = true;
      return;
    }
    end_ += *count;
    done_ = *count == 0;
    // Enough for the longest line: a slow pipe must not wait for a full buffer.
    if (end_ > max_line)
      return;
  }
}

void LineReader::drop_mark() {
  started_ = true;
  if (end_ - at_ >= 3 && std::memcmp(buffer_.data() + at_, "\xEF\xBB\xBF", 3) == 0)
    at_ += 3;
}

std::string_view LineReader::sample() {
  if (!started_) {
    fill();
    drop_mark();
  }
  std::string_view text{buffer_.data() + at_, std::min<std::size_t>(end_ - at_, max_line)};
  if (text.size() == end_ - at_ && done_)
    return text;
  auto last = text.rfind('\n');
  return last == std::string_view::npos ? text : text.substr(0, last + 1);
}

bool LineReader::skip_long(Line& line) {
  std::memcpy(head_.data(), buffer_.data() + at_, head_.size());
  for (;;) {
    auto* newline = static_cast<char*>(std::memchr(buffer_.data() + at_, '\n', end_ - at_));
    if (newline != nullptr) {
      at_ = static_cast<std::size_t>(newline - buffer_.data()) + 1;
      break;
    }
    at_ = end_;
    if (done_)
      break;
    fill();
  }
  line = {std::string_view{head_.data(), head_.size()}, ++number_, true};
  return status_.has_value();
}

bool LineReader::next(Line& line) {
  if (!started_) {
    fill();
    drop_mark();
  }
  std::size_t searched = 0;
  for (;;) {
    auto* begin = buffer_.data() + at_;
    auto* newline = static_cast<char*>(std::memchr(begin + searched, '\n', end_ - at_ - searched));
    auto size = newline != nullptr ? static_cast<std::size_t>(newline - begin) : end_ - at_;
    if (size > max_line)
      return skip_long(line);
    if (newline == nullptr && !done_) {
      searched = size;
      fill();
      continue;
    }
    // What stands before a break in the stream is not a line: it may be half of one.
    if (newline == nullptr && (size == 0 || !status_))
      return false;
    at_ += size + (newline != nullptr ? 1 : 0);
    if (size > 0 && begin[size - 1] == '\r')
      --size;
    line = {std::string_view{begin, size}, ++number_, false};
    return true;
  }
}

} // namespace finch::feed
