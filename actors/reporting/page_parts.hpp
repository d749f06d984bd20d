/// Parts of HTML pages that several reports share. Each returns finished HTML.
#pragma once

#include "actors/reporting/account.hpp"
#include "actors/reporting/price_series.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace finch::reporting::page {

/// Text in the colour of gains or losses, by the sign of `value`.
[[nodiscard]] std::string tinted(double value, const std::string& text);
/// `2024-08-09 00:00`, minutes being all a reader of a span needs.
[[nodiscard]] std::string minute(market::TimeNs time);
/// A name that may break where it is joined, for cells of narrow screens.
[[nodiscard]] std::string breakable(std::string_view name);
/// The equity curve as a small drawing for a table's cell.
[[nodiscard]] std::string sparkline(const std::vector<EquityPoint>& all);
/// One headline figure: name, value, and what stands below it.
[[nodiscard]] std::string figure(std::string_view name, const std::string& value, const std::string& beside);
/// An account's headline figures, shown while the account at `index` of the page is chosen.
[[nodiscard]] std::string figures(const Account& account, std::size_t index, const std::string& currency);
[[nodiscard]] std::string symbol_table(const Account& account);
[[nodiscard]] std::string exit_table(const Account& account);
[[nodiscard]] std::string refusal_table(const Account& account);
/// Equity with drawdown and trades on price: what the page's script draws of `data`.
[[nodiscard]] std::string charts(const std::vector<PriceSeries>& prices);
/// The JSON the page's script draws from.
[[nodiscard]] std::string data(const std::string& currency, const std::vector<PriceSeries>& series_of,
                               const std::vector<const Account*>& accounts);
/// `<option>`s numbered from 0.
[[nodiscard]] std::string options(const std::vector<std::string>& names);
/// Names and values at the foot of a page; empty values are left out.
[[nodiscard]] std::string foot(const std::vector<std::pair<std::string, std::string>>& rows);
/// The whole page, which loads nothing.
[[nodiscard]] std::string document(std::string_view title, std::string_view body, std::string_view data);

} // namespace finch::reporting::page
