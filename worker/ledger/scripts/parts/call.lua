-- Runners are called, never kept: how many more a provider should have now. Idle runners linger and are nudged first.
local function forget_runner(p, runner)
  redis.call('ZREM', K.runners(p), runner)
  redis.call('HDEL', K.requests(p), runner)
end

local function gate_lets_none(p, seats)
  local g = redis.call('HMGET', K.gate(p), 'paused', 'held', 'held_until', 'tripped', 'wait_until', 'lent')
  return g[1] or (g[2] and now < (tonumber(g[3]) or 0)) or (g[4] and now < tonumber(g[4]))
    or (g[5] and now + 1000 < tonumber(g[5]))
    or (g[6] and seats >= tonumber(g[6]))
end

-- A lingering runner takes its nudge at once. One that lies there means that the idle ones are none: their worker could
-- not take them off while the store was away, or a copy of the store has brought them back.
local NUDGE_TAKEN = 800

local function forget_deaf(p)
  local oldest = redis.call('LINDEX', K.nudges(p), -1)
  if not oldest or now - tonumber(oldest) < NUDGE_TAKEN or ready_lanes(p) == 0 then return end
  redis.call('DEL', K.nudges(p))
  for _, runner in ipairs(redis.call('ZRANGE', K.runners(p), 0, -1)) do
    local order = string.match(redis.call('HGET', K.requests(p), runner) or '', '|(.+)')
    if not order or redis.call('HEXISTS', K.claims(p), order) == 0 then forget_runner(p, runner) end
  end
end

local function summon(p, limit)
  local seats = redis.call('ZCARD', K.runners(p))
  if seats >= limit and redis.call('HLEN', K.claims(p)) >= seats then return 0 end
  local ready = ready_lanes(p)
  if ready == 0 then return 0 end
  redis.call('ZREMRANGEBYSCORE', K.runners(p), '-inf', now)
  local running, busy = redis.call('ZCARD', K.runners(p)), redis.call('HLEN', K.claims(p))
  local idle = math.max(0, running - busy)
  local nudges = redis.call('LLEN', K.nudges(p))
  if idle > nudges then
    redis.call('LPUSH', K.nudges(p), now)
    redis.call('PEXPIRE', K.nudges(p), 1000)
    return 0
  end
  local called = redis.call('ZCARD', K.calls(p))
  if ready <= idle + called or running + called >= limit or gate_lets_none(p, running + called) then return 0 end
  local wait = tonumber(redis.call('HGET', K.gate(p), 'call_wait')) or 5000
  redis.call('ZADD', K.calls(p), now + wait, redis.call('HINCRBY', K.gate(p), 'call_id', 1))
  return 1
end
