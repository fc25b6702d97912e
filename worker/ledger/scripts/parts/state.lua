-- Counting and packing: the parts of every change of a delivery's state. What is pending, attempting or dead is counted
-- by the index that holds it.
local COUNTED = {delivered = true, skipped = true, superseded = true, discarded = true, parked = true}
local function count(provider, from, to)
  if COUNTED[from] then redis.call('HINCRBY', K.counts(provider), from, -1) end
  if COUNTED[to] then redis.call('HINCRBY', K.counts(provider), to, 1) end
end

local function count_minute(provider, state)
  local minute = K.minute(math.floor(now / 60000))
  if redis.call('HINCRBY', minute, provider .. '|' .. state, 1) == 1 then redis.call('EXPIRE', minute, 172800) end
end

-- A final delivery moves into its event's record; its attempts stay as a list only where there was more than one.
-- fresh: it is known to have no past.
local NO_PAST = {}
local function pack(provider, seq, state, reason, by, attempt, fresh)
  local past = fresh and NO_PAST or redis.call('HMGET', K.delivery(provider, seq), 'n', 'ed', 'st')
  redis.call('HSET', K.event(seq), '>' .. provider,
    table.concat({state, now, reason, by or '', past[2] or '', past[1] or '', attempt or ''}, '|'))
  if past[3] then redis.call('DEL', K.delivery(provider, seq)) end
  redis.call('ZREM', K.open(provider), seq)
  if state ~= 'delivered' then redis.call('ZADD', K.closed(provider, state), now, seq) end
end

local function push_attempt(provider, seq, attempt)
  if attempt == '' then return end
  local key = K.attempts(provider, seq)
  redis.call('RPUSH', key, attempt)
  redis.call('LTRIM', key, -30, -1)
end
