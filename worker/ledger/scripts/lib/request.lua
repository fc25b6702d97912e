-- The request: what a step knows of the call that it answers, r. It is made anew for each call, and beside the parts' tables
-- nothing else is shared: what no part of this call has set is nil, whatever an earlier call said. Its fields:
--   now            the server's time in ms, by which all is decided
--   now_text       the same as text
--   micros         the microseconds of that ms
--   gates          gates that were read, by provider: gate.lua
--   put_off        what is written to gates at the end of the step, by provider, or nil: gate.lua
--   retired        how many snapshots the step has retired, or nil: lane.lua
-- of a runner's step, see claim.lua:
--   provider, runner, request_id, plan
--   says           what the runner says of this step
-- of an attempt's end, see ending.lua:
--   order, held    the lane, and its claim as its holder knows it
--   heard          what the gate is told
--   fingerprint    the cause of what is buried
--   attempt, link, reason
-- of accept, see batch.lua, dedupe.lua and fan_out.lua:
--   keep_ms, most_open, providers
--   remembered, known, older
--   listed, ids, bands, last_seq, numbered
local request = {}

-- Named here for room: 16 fields, which a settle has, fit without making the table anew.
function request.new()
  local now, micros = clock.read()
  return {now = now, now_text = string.format('%.0f', now), micros = micros, gates = {},
    provider = nil, runner = nil, request_id = nil, plan = nil, says = nil}
end

return request
