-- Time that decides: the server's TIME in ms. Where tests set the clock by hand, an offset is added.
local now, now_text, micros
local function clock_begins()
  local t = redis.call('TIME')
  now, micros = t[1] * 1000 + math.floor(t[2] / 1000), t[2] % 1000
  if BY_HAND then now = now + (tonumber(redis.call('HGET', K.epoch(), 'clock')) or 0) end
  now_text = string.format('%.0f', now)
end

-- Since when the clock is known to have run evenly: how long ago something was before that, nobody can say. From now on,
-- where no worker has seen it run for longer than each of them may be late: it may have jumped.
local UNSEEN_MS = 5000
local function even_since()
  local seen = redis.call('HMGET', K.jump(), 'at', 'even')
  if seen[2] and math.abs(now - seen[2]) > UNSEEN_MS then return now_text end
  return seen[1] or '0'
end

-- Now to the microsecond: what indexes are sorted by, so that two arrivals of one millisecond keep their order. later: how
-- many microseconds after that.
local function instant(later)
  local all = micros + later
  return string.format('%.0f.%03d', now + math.floor(all / 1000), all % 1000)
end
