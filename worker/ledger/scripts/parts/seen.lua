-- What has been accepted before, by identity, in generations of 30 days: an event that comes again is told by the newest
-- generation that knows it, and remembered anew, so that it is known for as long again.
local GENERATION = 2592000000

local function seen_before(identity)
  local current = math.floor(now / GENERATION)
  local known = redis.call('HGET', K.seen(current), identity)
  if known then return known end
  for _, generation in ipairs(redis.call('ZRANGE', K.generations(), 0, -1)) do
    known = tonumber(generation) ~= current and redis.call('HGET', K.seen(generation), identity)
    if known then return known, true end
  end
end

local function remember(identity, text, keep)
  local current = math.floor(now / GENERATION)
  redis.call('HSET', K.seen(current), identity, text)
  if redis.call('HLEN', K.seen(current)) > 1 then return end
  redis.call('PEXPIRE', K.seen(current), keep + GENERATION)
  redis.call('ZADD', K.generations(), current, current)
  redis.call('ZREMRANGEBYSCORE', K.generations(), '-inf', current - math.ceil(keep / GENERATION) - 2)
end
