/// How often an instance fires over stored rows, and what keeps it from firing.
#pragma once

#include "actors/strategies/evaluator.hpp"

#include <span>
#include <string>
#include <vector>

namespace finch::strategies {

/// One of the conditions an entry rule joins with `and`, over all rows × instruments of the universe.
struct TermCoverage {
  std::string text;        ///< canonical
  std::size_t holds = 0;   ///< known and true
  std::size_t unknown = 0; ///< an input is missing or a window not full
  std::size_t alone = 0;   ///< not true, while all others of its rule are: what it alone prevents
};

/// Something a spec reads: a feature, a model's output or votes.
struct InputCoverage {
  std::string text;
  std::size_t missing = 0; ///< rows × instruments without a value
};

struct Coverage {
  std::size_t rows = 0; ///< rows × instruments of the universe
  std::size_t longs = 0, shorts = 0;
  std::size_t abstained = 0; ///< something its entry reads is missing, or a distance is not positive
  std::vector<TermCoverage> long_terms, short_terms;
  std::vector<InputCoverage> inputs;
};

/// Counts over windows that come in order. What it counts is evaluated by the same evaluator as votes are.
class CoverageMeter {
public:
  [[nodiscard]] static Result<CoverageMeter> make(const Instance& instance, const FeatureLayout& layout);

  /// Takes a window; `counted` is the first row that counts, those before only warm windows up. Arguments are
  /// those of `Evaluator::vote_columns`, and the instance's own `votes` on it.
  void take(const Evaluator::Columns& own, std::span<const Evaluator::Columns> others,
            std::span<const fb::Vote> votes, std::span<const fb::Vote* const> taken, std::size_t counted);

  [[nodiscard]] const Coverage& coverage() const noexcept { return coverage_; }

private:
  explicit CoverageMeter(std::vector<bool> listed) : listed_{std::move(listed)} {}
  [[nodiscard]] Status add_rule(const Instance& instance, const FeatureLayout& layout,
                                const std::optional<expression::Expression>& rule,
                                std::vector<TermCoverage>& terms, std::vector<Evaluator>& probes);
  void count_terms(const Evaluator::Columns& own, std::span<const Evaluator::Columns> others,
                   std::span<const fb::Vote* const> taken, std::size_t counted,
                   std::vector<Evaluator>& probes, std::vector<TermCoverage>& terms);
  template <class Each>
  void for_listed(std::size_t rows, std::size_t counted, Each each) const;

  std::vector<bool> listed_;
  std::vector<Evaluator> whole_; ///< one: long wherever everything its entry reads is known
  std::vector<Evaluator> long_probes_, short_probes_, input_probes_;
  std::vector<fb::Vote> answers_;
  std::vector<std::uint32_t> failing_; ///< per cell: terms that do not hold
  Coverage coverage_;
};

} // namespace finch::strategies
