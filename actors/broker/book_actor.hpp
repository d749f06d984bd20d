/// The book actor: one instance's own paper account.
#pragma once

#include "actors/broker/book.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace finch::broker {

struct BookState {
  BookActor::stateful_pointer<BookState> self;
  std::shared_ptr<Book> book;
  ClockActor clock;
  market::Round reported = 0; ///< last round the clock was told of

  explicit BookState(BookActor::stateful_pointer<BookState> pointer) : self{pointer} {}
  void advance();
  static inline const char* name = "book";
};

/// Settles every round whose data and votes are here and tells the clock.
BookActor::behavior_type book_actor(BookActor::stateful_pointer<BookState> self, std::shared_ptr<Book> book,
                                    ClockActor clock);

} // namespace finch::broker
