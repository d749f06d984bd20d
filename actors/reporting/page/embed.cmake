# Writes STYLE and SCRIPT as string constants.
file(READ ${STYLE} style)
file(READ ${SCRIPT} script)
file(WRITE ${OUTPUT} "#pragma once

namespace finch::reporting {

inline constexpr char report_style[] = R\"page(${style})page\";
inline constexpr char report_script[] = R\"page(${script})page\";

} // namespace finch::reporting
")
