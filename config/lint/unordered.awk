# Prints loops over unordered containers: their order differs between runs and libraries, so it must not reach a
# result. Names are known per room from their declarations. A line with `edge:` in a comment is accepted.

function room_of(path,   part) { split(path, part, "/"); return part[1] "/" part[2] }

FNR == 1 { room = room_of(FILENAME); if (FILENAME in seen) pass = 2; else seen[FILENAME] = 1 }

pass != 2 {
  if (match($0, /unordered_(map|set)<.*>[&]? [a-z_]+[ ;,{=)]/)) {
    text = substr($0, RSTART, RLENGTH)
    sub(/^.*>[&]? /, "", text)
    sub(/[^a-z_].*$/, "", text)
    declared[room, text] = 1
  }
  next
}

/for \(.*: *[a-z_.>-]+\)/ && !/edge:/ {
  text = $0
  sub(/^.*: */, "", text)
  sub(/\).*$/, "", text)
  sub(/^.*[.>]/, "", text)
  if ((room, text) in declared)
    printf "%s:%d: loops over the unordered container %s\n", FILENAME, FNR, text
}
