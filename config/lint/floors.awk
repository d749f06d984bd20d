# Reads the table of floors, then lines "file:line:#include "path"", and prints every include that goes up or across.
# The page of interfaces and the market's vocabulary are everybody's: everyone from their floor up may read them.

function room_of(path,   name) {
  for (name in floor)
    if (path == name || index(path, name "/") == 1)
      return name
  return ""
}

FNR == NR {
  if (/^[0-9]/)
    floor[$2] = $1
  next
}

{
  split($0, part, ":")
  match($0, /"[^"]+"/)
  target = substr($0, RSTART + 1, RLENGTH - 2)
  from = room_of(part[1])
  to = room_of(target)
  if (target !~ /^(actors|schemas|runtime|tests|bench)\//)
    next
  if (from == "" || to == "") {
    printf "%s:%s: %s is in no room of config/lint/floors\n", part[1], part[2], from == "" ? part[1] : target
  } else if (to == "actors/interfaces.hpp" || to == "actors/market" ? floor[from] < floor[to] : from != to && floor[to] >= floor[from]) {
    printf "%s:%s: %s (floor %s) includes %s (floor %s)\n", part[1], part[2], from, floor[from], target, floor[to]
  }
}
