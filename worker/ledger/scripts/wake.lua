-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 limit. Returns {lanes woken, runners to call}.
-- Atomic because: a due lane is parked or ready, never both or neither. At most 200 lanes at a time, and as many
-- that a hold or a trip had parked which is over; where it is not, and may be tried, one to try it with.
local p = ARGV[1]
local due = redis.call('ZRANGEBYSCORE', K.parked(p), '-inf', r.now, 'WITHSCORES', 'LIMIT', 0, 200)
for i = 1, #due, 2 do
  redis.call('ZREM', K.parked(p), due[i])
  ready.add(p, 'r', due[i], tonumber(due[i + 1]))
end
local woken = #due / 2
local g = gate.read(p)
if gate.is_closed(g) then woken = woken + held_back.probe(p, g)
elseif redis.call('EXISTS', K.gate_parked(p)) == 1 then woken = woken + held_back.wake(p) end
wakeups.drop_silent(p)
wakeups.drop_unresponsive(p)
counts.note_so_far(p)
outcomes.keep_delays(p)
if redis.call('EXISTS', K.ready(p, 'r'), K.ready(p, 'b')) > 0 then ready.note_behind(p) end
local unread = redis.call('ZREMRANGEBYSCORE', K.calls(p), '-inf', r.now)
if unread > 0 then
  redis.call('HSET', K.gate(p), 'call_wait', math.min(wakeups.call_wait_ms(p) * 2, 300000))
end
redis.call('ZREMRANGEBYSCORE', K.runners(p), '-inf', r.now)
return {woken, wakeups.wake_runners(p, tonumber(ARGV[2]), tonumber(ARGV[2]))}
