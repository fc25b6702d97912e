-- What the ledger's Lua may name beside the language: the server's own, and what worker/ledger/store/library.py puts
-- before each file. tests/ledger/test_library.py keeps the list of parts true.
std = "none"  -- the server takes io, os and require away
max_line_length = 132
codes = true
globals = {"r"}  -- the request: its fields are in scripts/lib/request.lua
read_globals = {
  "redis", "cjson", "ipairs", "math", "pairs", "select", "string", "table", "tonumber", "tostring", "type", "unpack",
  "K", "BY_HAND",
  "attempts", "audit", "backfill", "batch", "cause", "circuit_breaker", "claim", "claim_record", "clock", "counts", "dead",
  "dedupe", "delivery", "ending", "fan_out", "gate", "held_back", "job", "lane", "linking", "loan", "outcomes", "ready", "replaying",
  "request", "settle_one",
  "single", "stale", "undo", "wakeups",
}
files["worker/ledger/scripts/*.lua"] = {read_globals = {"ARGV", "KEYS"}}
