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

-- Of what is delivered, which is nearly all, a minute's first tick notes how many there were until then.
function counts.note_delivered(p)
  local minute = K.minute(math.floor(r.now / 60000))
  if redis.call('HEXISTS', minute, p .. '|delivered') == 1 then return end
  local delivered = -redis.call('ZCARD', K.open(p))
  for i, many in ipairs(redis.call('HMGET', K.counts(p), 'accepted', 'skipped', 'superseded', 'discarded')) do
    delivered = delivered + (tonumber(many) or 0) * (i == 1 and 1 or -1)
  end
  redis.call('HSET', minute, p .. '|delivered', delivered)
  redis.call('EXPIRE', minute, counts.MINUTE_KEPT_S)
end

return counts
