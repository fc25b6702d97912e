-- Time that decides: the server's TIME in ms, plus an offset that only tests set. `instant` is the same to the
-- microsecond: what indexes are sorted by, so that two arrivals of one millisecond keep their order.
local now, instant
local function clock_begins()
  local t = redis.call('TIME')
  local ms = t[1] * 1000 + math.floor(t[2] / 1000) + (tonumber(redis.call('GET', K.clock_offset())) or 0)
  now, instant = ms, string.format('%.0f.%03d', ms, t[2] % 1000)
end
