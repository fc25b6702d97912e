-- Runners are called, never kept: how many more a provider should have now. Idle runners linger and are nudged first.
local function gate_lets_none(p, seats)
  local g = redis.call('HMGET', K.gate(p), 'paused', 'held', 'held_until', 'tripped', 'wait_until', 'lent')
  return g[1] or (g[2] and now < (tonumber(g[3]) or 0)) or (g[4] and now < tonumber(g[4]))
    or (g[5] and now + 1000 < tonumber(g[5]))
    or (g[6] and seats >= tonumber(g[6]))
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
    redis.call('LPUSH', K.nudges(p), '1')
    redis.call('PEXPIRE', K.nudges(p), 1000)
    return 0
  end
  local called = redis.call('ZCARD', K.calls(p))
  if ready <= idle + called or running + called >= limit or gate_lets_none(p, running + called) then return 0 end
  local wait = tonumber(redis.call('HGET', K.gate(p), 'call_wait')) or 5000
  redis.call('ZADD', K.calls(p), now + wait, redis.call('HINCRBY', K.gate(p), 'call_id', 1))
  return 1
end
