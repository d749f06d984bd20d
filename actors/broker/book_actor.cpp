#include "actors/broker/book_actor.hpp"

#include "schemas/caf_error.hpp"

namespace finch::broker {

void BookState::advance() {
  auto settled = book->advance();
  if (!book->account().status())
    return self->quit(to_caf(book->account().status().error()));
  if (settled <= reported)
    return;
  reported = settled;
  self->send(clock, done_atom::value, settled);
}

BookActor::behavior_type book_actor(BookActor::stateful_pointer<BookState> self, std::shared_ptr<Book> book,
                                    ClockActor clock) {
  self->state.reported = book->config().account.first_round - 1;
  self->state.book = std::move(book);
  self->state.clock = std::move(clock);
  return {
      [self](const MarketFrame& block) {
        if (auto taken = self->state.book->consume(block); !taken)
          return self->quit(to_caf(taken.error()));
        self->state.advance();
      },
      [self](const FeatureFrame& block) { self->state.book->features(block); },
      [self](const VoteFrame& votes) {
        if (auto taken = self->state.book->votes(votes); !taken)
          return self->quit(to_caf(taken.error()));
        self->state.advance();
      },
      [self](report_atom, bool finish) {
        if (finish)
          self->state.book->finish();
        return self->state.book->result();
      },
      [self](records_atom) { return self->state.book->take_records(); },
  };
}

} // namespace finch::broker
