-- with: clock state gate ready hears call lane
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 limit. Returns {lanes woken, runners to call}.
-- Atomic because: a due lane is parked or ready, never both or neither. At most 200 lanes at a time, and as many
-- that a hold or a trip had parked which is over; where it is not, and may be tried, one to try it with.
local p = ARGV[1]
local due = redis.call('ZRANGEBYSCORE', K.parked(p), '-inf', now, 'WITHSCORES', 'LIMIT', 0, 200)
for i = 1, #due, 2 do
  redis.call('ZREM', K.parked(p), due[i])
  make_ready(p, 'r', due[i], tonumber(due[i + 1]))
end
local woken = #due / 2
local g = gate_read(p)
if gate_is_closed(g) then woken = woken + held_back.probe(p, g)
elseif redis.call('EXISTS', K.gate_parked(p)) == 1 then woken = woken + held_back.wake(p) end
-- Runners whose worker is no longer heard of hold nobody's place.
for _, runner in ipairs(redis.call('ZRANGE', K.runners(p), 0, -1)) do
  local worker = string.match(runner, '^(.+)/')
  if worker and now - (tonumber(redis.call('ZSCORE', K.workers(), worker)) or 0) > 5000 then
    forget_runner(p, runner)
  end
end
forget_deaf(p)
note_delivered(p)
if redis.call('EXISTS', K.ready(p, 'r'), K.ready(p, 'b')) > 0 then notes_behind(p) end
local unread = redis.call('ZREMRANGEBYSCORE', K.calls(p), '-inf', now)
if unread > 0 then
  local wait = tonumber(redis.call('HGET', K.gate(p), 'call_wait')) or 5000
  redis.call('HSET', K.gate(p), 'call_wait', math.min(wait * 2, 300000))
end
redis.call('ZREMRANGEBYSCORE', K.runners(p), '-inf', now)
return {woken, summon(p, tonumber(ARGV[2]), tonumber(ARGV[2]))}
