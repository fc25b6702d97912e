-- Time that decides: the server's. Every step reads it once, into r.now: see request.lua.
local clock = {UNSEEN_MS = 5000}

-- The time in ms, and the microseconds of that ms. Where tests set the clock by hand, an offset in ms is added, and from
-- slow_from on, an instant in microseconds, it runs ten times slower: what a busy machine takes for a test is no time here.
function clock.read()
  local t = redis.call('TIME')
  local micros = t[1] * 1000000 + t[2]
  if BY_HAND then
    local set = redis.call('HMGET', K.epoch(), 'clock', 'slow_from')
    local from = tonumber(set[2]) or micros
    micros = from + math.floor((micros - from) / 10) + (tonumber(set[1]) or 0) * 1000
  end
  return math.floor(micros / 1000), micros % 1000
end

-- Since when the clock is known to have run evenly: how long ago something was before that, nobody can say. From now on,
-- where no worker has seen it run for longer than each of them may be late: it may have jumped.
function clock.even_since()
  local seen = redis.call('HMGET', K.jump(), 'at', 'even')
  if seen[2] and math.abs(r.now - seen[2]) > clock.UNSEEN_MS then return r.now_text end
  return seen[1] or '0'
end

-- Now to the microsecond: what indexes are sorted by, so that two arrivals of one millisecond keep their order. later: how
-- many microseconds after that.
function clock.instant(later)
  local all = r.micros + later
  return string.format('%.0f.%03d', r.now + math.floor(all / 1000), all % 1000)
end

return clock
