-- Runners are called, never kept: how many more a provider should have now. Idle runners linger and are nudged first.
local function forget_runner(p, runner) redis.call('ZREM', K.runners(p), runner) end

-- How many of the runners that are wanted the gate has work for, beside those there are.
local function gate_lets(p, limit, seats, wanted)
  local g = redis.call('HMGET', K.gate(p), 'paused', 'held', 'held_until', 'tripped', 'wait_until', 'lent', 'limit')
  if g[1] or (g[2] and now < (tonumber(g[3]) or 0)) or (g[4] and now < tonumber(g[4]))
    or (g[5] and now + 1000 < tonumber(g[5])) then return 0 end
  return math.min(wanted, (tonumber(g[6]) or limit) - seats, (tonumber(g[7]) or limit) - seats)
end

-- A lingering runner takes its nudge at once. One that lies there means that the idle ones are none: their worker could
-- not take them off while the store was away, or a copy of the store has brought them back. But where one waits for the
-- gate, which takes no nudge and comes by itself, there are as many as the gate lets through.
local NUDGE_TAKEN, WAITS_MOST = 800, 1000

local function some_wait(p)
  local left = (tonumber(redis.call('HGET', K.gate(p), 'waits_till')) or 0) - now
  return left > -NUDGE_TAKEN and left <= WAITS_MOST
end

local function forget_deaf(p)
  local oldest = redis.call('LINDEX', K.nudges(p), -1)
  if not oldest or now - tonumber(oldest) < NUDGE_TAKEN or ready_lanes(p) == 0 or some_wait(p) then return end
  redis.call('DEL', K.nudges(p))
  local is_busy = {}
  for _, text in ipairs(redis.call('HVALS', K.claims(p))) do is_busy[claim_parts(text).runner] = true end
  for _, runner in ipairs(redis.call('ZRANGE', K.runners(p), 0, -1)) do
    if not is_busy[runner] then forget_runner(p, runner) end
  end
end

local function nudge(p, count)
  for _ = 1, count do redis.call('LPUSH', K.nudges(p), now) end
  redis.call('PEXPIRE', K.nudges(p), 1000)
end

local function note_calls(p, count)
  local wait = tonumber(redis.call('HGET', K.gate(p), 'call_wait')) or 5000
  local last = redis.call('HINCRBY', K.gate(p), 'call_id', count)
  for id = last - count + 1, last do redis.call('ZADD', K.calls(p), now + wait, id) end
end

-- Gives how many runners are to be called now that so many lanes have become ready. busy: how many claims there are.
local function summon(p, limit, lanes, busy)
  busy = busy or redis.call('HLEN', K.claims(p))
  if busy >= limit then return 0 end
  local ready = ready_lanes(p)
  if ready == 0 then return 0 end
  lanes = math.min(lanes, ready)
  local running = redis.call('ZCOUNT', K.runners(p), '(' .. now, '+inf')
  local idle = math.max(0, running - busy)
  local nudged = math.min(lanes, math.max(0, idle - redis.call('LLEN', K.nudges(p))))
  if nudged > 0 then nudge(p, nudged) end
  if nudged == lanes then return 0 end
  local called = redis.call('ZCARD', K.calls(p))
  local wanted = math.min(lanes - nudged, ready - idle - called, limit - running - called)
  wanted = wanted > 0 and gate_lets(p, limit, running + called, wanted) or 0
  if wanted <= 0 then return 0 end
  note_calls(p, wanted)
  return wanted
end
