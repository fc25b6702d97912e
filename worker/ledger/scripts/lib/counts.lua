-- Counting. What is pending, attempting or dead is counted by the index that holds it; what is delivered is the rest of all
-- that was ever accepted.
local counts = {KEPT = {skipped = true, superseded = true, discarded = true, parked = true}, MINUTE_KEPT_S = 172800}

function counts.moved(p, from, to)
  local kept = counts.KEPT
  if kept[from] then redis.call('HINCRBY', K.counts(p), from, -1) end
  if kept[to] then redis.call('HINCRBY', K.counts(p), to, 1) end
end

function counts.in_minute(p, state)
  local minute = K.minute(math.floor(r.now / 60000))
  if redis.call('HINCRBY', minute, p .. '|' .. state, 1) == 1 then redis.call('EXPIRE', minute, counts.MINUTE_KEPT_S) end
end

-- Of what is accepted, and of what is delivered, which is nearly all, a minute's first tick notes how many there were until then.
function counts.note_so_far(p)
  local minute = K.minute(math.floor(r.now / 60000))
  if redis.call('HEXISTS', minute, p .. '|delivered') == 1 then return end
  local kept = redis.call('HMGET', K.counts(p), 'accepted', 'skipped', 'superseded', 'discarded')
  local accepted = tonumber(kept[1]) or 0
  local delivered = accepted - redis.call('ZCARD', K.open(p))
  for i = 2, #kept do delivered = delivered - (tonumber(kept[i]) or 0) end
  redis.call('HSET', minute, p .. '|delivered', delivered, p .. '|accepted', accepted)
  redis.call('EXPIRE', minute, counts.MINUTE_KEPT_S)
end

return counts
