/// Tables and small charts of an account: when it earned, in which regime, and how its trades are spread.
#pragma once

#include "actors/reporting/account.hpp"

#include <string>

namespace finch::reporting::page {

/// Years by months, each with the return on the equity at its start, and the year's.
[[nodiscard]] std::string month_table(const Account& account);
/// Net result by UTC day of exit.
[[nodiscard]] std::string day_chart(const Account& account);
/// Net result by UTC hour of entry.
[[nodiscard]] std::string hour_chart(const Account& account);
/// How many trades ended with how many planned risks won or lost.
[[nodiscard]] std::string risk_histogram(const Account& account);
[[nodiscard]] std::string regime_table(const Account& account);

} // namespace finch::reporting::page
