#include "actors/broker/book_actor.hpp"

namespace finch::broker {

void BookState::advance() {
  auto settled = book->advance();
  if (settled <= reported)
    return;
  reported = settled;
  self->send(clock, done_atom::value, settled);
}

BookActor::behavior_type book_actor(BookActor::stateful_pointer<BookState> self, std::shared_ptr<Book> book,
                                    ClockActor clock) {
  self->state.book = std::move(book);
  self->state.clock = std::move(clock);
  return {
      [self](const MarketFrame& block) {
        self->state.book->consume(block);
        self->state.advance();
      },
      [self](const VoteFrame& votes) {
        self->state.book->votes(*votes);
        self->state.advance();
      },
      [self](report_atom) { return self->state.book->result(); },
  };
}

} // namespace finch::broker
