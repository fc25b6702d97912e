-- What every step knows of the store. Time that decides: the server's TIME in ms, plus an offset that only tests set.
-- `world` is what else goes without saying here: {the offset, number of the store's epoch, its beginning, how many sources
-- there are}.
local now, now_text, micros, world
local function clock_begins()
  local t = redis.call('TIME')
  world = redis.call('HMGET', K.world(), 'clock', 'number', 'at', 'sources')
  now, micros = t[1] * 1000 + math.floor(t[2] / 1000) + (tonumber(world[1]) or 0), t[2] % 1000
  now_text = string.format('%.0f', now)
end

-- Now to the microsecond: what indexes are sorted by, so that two arrivals of one millisecond keep their order. later: how
-- many microseconds after that.
local function instant(later)
  local all = micros + later
  return string.format('%.0f.%03d', now + math.floor(all / 1000), all % 1000)
end
