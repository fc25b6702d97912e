-- The request: what a step knows of the call that it answers, r. It is made anew for each call, and beside the parts' tables
-- nothing else is shared: what no part of this call has set is nil, whatever an earlier call said. Its fields:
--   now            the server's time in ms, by which all is decided
--   now_text       the same as text
--   micros         the microseconds of that ms
--   gates          gates that were read, by provider: gate.lua
--   put_off        what is written to gates at the end of the step, by provider: gate.lua
--   may_retire     how many snapshots the step may still retire: lane.lua
-- of a runner's step, see claim.lua:
--   provider, runner, request_id, plan
--   leaves         the runner leaves where nothing is found
--   is_last        it leaves without claiming
--   lengthens      its seat is to be lengthened
--   is_repeated    the request may have been answered before
--   clears_doubt   the attempt has ended its doubt
--   has_place      the runner comes from a lane, whose place it keeps
-- of an attempt's end, see ending.lua:
--   token, order, seq, number, kind, epoch: the claim as its holder knows it
--   heard          what the gate is told
--   fingerprint    the cause of what is buried
--   attempt, link, reason
-- of accept, see batch.lua, dedupe.lua and fan_out.lua:
--   keep_ms, most_open, providers
--   remembered, known, older
--   listed, ids, bands, last_seq, numbered
local request = {RETIRES = 100} -- one superseding costs some 10 µs

function request.new()
  local now, micros = clock.read()
  return {now = now, now_text = string.format('%.0f', now), micros = micros, gates = {}, put_off = {},
    may_retire = request.RETIRES}
end

return request
