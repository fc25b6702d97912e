-- Runners are called, never kept: how many more a provider should have now. Idle runners linger and are nudged first.
-- A lingering runner takes its nudge at once.
local wakeups = {NUDGE_TAKEN_MS = 800, NUDGE_KEPT_MS = 1000, WAITS_MOST_MS = 1000, FIRST_CALL_WAIT_MS = 5000}

function wakeups.forget_runner(p, runner) redis.call('ZREM', K.runners(p), runner) end

-- How many of the runners that are wanted the gate has work for, beside those there are.
function wakeups.gate_lets(p, limit, seats, wanted)
  local g = redis.call('HMGET', K.gate(p), 'paused', 'held', 'held_until', 'tripped', 'wait_until', 'lent', 'limit')
  if g[1] or (g[2] and r.now < (tonumber(g[3]) or 0)) or (g[4] and r.now < tonumber(g[4]))
    or (g[5] and r.now + 1000 < tonumber(g[5])) then return 0 end
  return math.min(wanted, (tonumber(g[6]) or limit) - seats, (tonumber(g[7]) or limit) - seats)
end

-- Whether one waits for the gate: it takes no nudge, and comes by itself.
function wakeups.some_wait(p)
  local left = (tonumber(redis.call('HGET', K.gate(p), 'waits_till')) or 0) - r.now
  return left > -wakeups.NUDGE_TAKEN_MS and left <= wakeups.WAITS_MOST_MS
end

-- A nudge that lies there means that the idle runners are none: their worker could not take them off while the store was away,
-- or a copy of the store has brought them back. But where one waits for the gate there are as many as the gate lets through.
function wakeups.drop_unresponsive(p)
  local oldest = redis.call('LINDEX', K.nudges(p), -1)
  if not oldest or r.now - tonumber(oldest) < wakeups.NUDGE_TAKEN_MS or ready.count(p) == 0 or wakeups.some_wait(p) then return end
  redis.call('DEL', K.nudges(p))
  local is_busy = {}
  for _, text in ipairs(redis.call('HVALS', K.claims(p))) do is_busy[claim_record.parse(text).runner] = true end
  for _, runner in ipairs(redis.call('ZRANGE', K.runners(p), 0, -1)) do
    if not is_busy[runner] then wakeups.forget_runner(p, runner) end
  end
end

-- Runners whose worker is no longer heard of hold nobody's place.
function wakeups.drop_silent(p)
  for _, runner in ipairs(redis.call('ZRANGE', K.runners(p), 0, -1)) do
    local worker = string.match(runner, '^(.+)/')
    if worker and r.now - (tonumber(redis.call('ZSCORE', K.workers(), worker)) or 0) > 5000 then
      wakeups.forget_runner(p, runner)
    end
  end
end

function wakeups.nudge(p, count)
  for _ = 1, count do redis.call('LPUSH', K.nudges(p), r.now) end
  redis.call('PEXPIRE', K.nudges(p), wakeups.NUDGE_KEPT_MS)
end

function wakeups.call_wait_ms(p)
  return tonumber(redis.call('HGET', K.gate(p), 'call_wait')) or wakeups.FIRST_CALL_WAIT_MS
end

function wakeups.note_calls(p, count)
  local wait = wakeups.call_wait_ms(p)
  local last = redis.call('HINCRBY', K.gate(p), 'call_id', count)
  for id = last - count + 1, last do redis.call('ZADD', K.calls(p), r.now + wait, id) end
end

-- Gives how many runners are to be called now that so many lanes have become ready. busy: how many claims there are.
function wakeups.wake_runners(p, limit, lanes, busy)
  busy = busy or redis.call('HLEN', K.claims(p))
  if busy >= limit then return 0 end
  local waiting = ready.count(p)
  if waiting == 0 then return 0 end
  lanes = math.min(lanes, waiting)
  local running = redis.call('ZCOUNT', K.runners(p), '(' .. r.now, '+inf')
  local idle = math.max(0, running - busy)
  local nudged = math.min(lanes, math.max(0, idle - redis.call('LLEN', K.nudges(p))))
  if nudged > 0 then wakeups.nudge(p, nudged) end
  if nudged == lanes then return 0 end
  local called = redis.call('ZCARD', K.calls(p))
  local wanted = math.min(lanes - nudged, waiting - idle - called, limit - running - called)
  wanted = wanted > 0 and wakeups.gate_lets(p, limit, running + called, wanted) or 0
  if wanted <= 0 then return 0 end
  wakeups.note_calls(p, wanted)
  return wanted
end

return wakeups
