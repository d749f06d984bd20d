#include "actors/features/crew.hpp"

namespace finch::features {

Crew::Crew(std::size_t threads) {
  for (std::size_t i = 1; i < threads; ++i)
    others_.emplace_back([this] {
      for (std::uint32_t seen = 0;;) {
        call_.wait(seen);
        seen = call_.load();
        if (over_.load())
          return;
        take();
        if (--busy_ == 0)
          busy_.notify_one();
      }
    });
}

Crew::~Crew() {
  over_ = true;
  ++call_;
  call_.notify_all();
}

void Crew::take() {
  for (auto i = next_++; i < count_; i = next_++)
    (*work_)(i);
}

void Crew::run(std::size_t count, const std::function<void(std::size_t)>& work) {
  work_ = &work;
  count_ = count;
  next_ = 0;
  if (!others_.empty() && count > 1) {
    busy_ = others_.size();
    ++call_;
    call_.notify_all();
  }
  take();
  if (!others_.empty() && count > 1)
    for (auto busy = busy_.load(); busy != 0; busy = busy_.load())
      busy_.wait(busy);
}

} // namespace finch::features
