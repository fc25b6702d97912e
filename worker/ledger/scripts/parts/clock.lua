-- Time that decides: the server's TIME in ms, plus an offset that only tests set.
local function read_clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000) + (tonumber(redis.call('GET', K.clock_offset())) or 0)
end
local now = read_clock()
