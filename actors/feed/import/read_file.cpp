#include "actors/feed/import/read_file.hpp"

#include "actors/feed/import/line_reader.hpp"
#include "actors/feed/import/recognise.hpp"
#include "actors/feed/import/row_parsers.hpp"
#include "actors/feed/import/target.hpp"
#include "actors/feed/import/text.hpp"

#include <fmt/format.h>

#include <tuple>

namespace finch::feed {
namespace {

constexpr std::uint64_t progress_rows = 65'536;

/// Runs the lines of one text through a parser and keeps the books on them.
class Reading {
public:
  Reading(LineReader& lines, const Layout& layout, const ReadOptions& options, RowParser& parser,
          ReadReport& report)
      : lines_(lines), layout_(layout), options_(options), parser_(parser), report_(report) {}

  template <class Tick>
  Status run(Tick tick) {
    Line line;
    Fields fields;
    while (lines_.next(line)) {
      report_.text_bytes += line.text.size() + 1;
      if (line.number <= layout_.header_lines || (line.text.size() < 64 && trim(line.text).empty()))
        continue;
      ++report_.rows;
      auto reason = check(line, fields);
      if (reason == Reject::none)
        ++report_.accepted;
      else if (auto kept = reject(line, reason); !kept)
        return kept;
      if (report_.rows % progress_rows == 0) {
        if (!parser_.status())
          return parser_.status();
        if (!tick())
          return fail(Category::interrupted, fmt::format("interrupted while reading {}", report_.label),
                      "nothing of this file was imported; import it again");
      }
    }
    if (!lines_.status()) {
      auto error = lines_.status().error();
      error.message += fmt::format(", after line {}", lines_.line_number());
      return tl::unexpected(std::move(error));
    }
    auto done = parser_.flush();
    return parser_.status() ? done : parser_.status();
  }

private:
  Reject check(const Line& line, Fields& fields) {
    if (line.too_long)
      return Reject::line_too_long;
    split(line.text, layout_.delimiter, fields);
    return fields.count == layout_.columns ? parser_.row(fields) : Reject::column_count;
  }

  Status reject(const Line& line, Reject reason) {
    ++report_.rejected_by[static_cast<std::size_t>(reason)];
    if (options_.strict)
      return fail(Category::bad_input,
                  fmt::format("{}: line {}: {}: '{}'", report_.label, line.number, describe(reason),
                              excerpt(line.text)),
                  "correct the row, or import without --strict to leave such rows out");
    if (report_.rejections.size() < ReadReport::kept_rejections)
      report_.rejections.push_back({line.number, reason, excerpt(line.text)});
    return {};
  }

  LineReader& lines_;
  const Layout& layout_;
  const ReadOptions& options_;
  RowParser& parser_;
  ReadReport& report_;
};

Status check_outcome(const ReadReport& report) {
  if (report.rows == 0)
    return fail(Category::bad_input, fmt::format("{} has a header and no rows", report.label),
                "fetch the file again; nothing was imported");
  if (report.accepted == 0) {
    const auto& first = report.rejections.front();
    return fail(Category::bad_input,
                fmt::format("{}: all {} rows were rejected ({}); line {}: '{}'", report.label, report.rows,
                            summarise_rejections(report), first.line, first.text),
                "check the file, or its format with --format");
  }
  return {};
}

} // namespace

Result<ReadReport> read_part(SourcePart& part, const ReadOptions& options, RowSink& sink,
                             const OnProgress& on_progress) {
  LineReader lines{*part.bytes};
  auto sample = lines.sample();
  if (!lines.status())
    return tl::unexpected(lines.status().error());
  auto name = read_name(part.path, part.member);
  auto layout = recognise(sample, options.format, name, part.label);
  if (!layout)
    return tl::unexpected(layout.error());
  auto target = decide_target(*layout, sample, name, options, part.label);
  if (!target)
    return tl::unexpected(target.error());
  ReadReport report;
  report.label = part.label;
  report.format = layout->format;
  report.target = *target;
  auto parser = make_parser(*layout, target->timeframe, name.day, sink);
  if (!parser)
    return tl::unexpected(parser.error());
  auto tell = [&] {
    return !on_progress || on_progress({part.label, part.bytes->consumed(), part.total_bytes, report.rows});
  };
  auto done = sink.begin(*target);
  if (done)
    done = Reading{lines, *layout, options, **parser, report}.run(tell);
  if (done)
    done = check_outcome(report);
  if (!done)
    return tl::unexpected(done.error());
  std::ignore = tell();
  report.first_ns = (*parser)->first_ns();
  report.last_ns = (*parser)->last_ns();
  return report;
}

std::string summarise_rejections(const ReadReport& report) {
  std::string out;
  for (std::size_t at = 0; at < report.rejected_by.size(); ++at)
    if (report.rejected_by[at] > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", report.rejected_by[at],
                         describe(static_cast<Reject>(at)));
  return out;
}

} // namespace finch::feed
