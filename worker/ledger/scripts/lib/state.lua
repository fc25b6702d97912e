-- Counting and packing: the parts of every change of a delivery's state. What is pending, attempting or dead is counted
-- by the index that holds it; what is delivered is the rest of all that was ever accepted.
local COUNTED = {skipped = true, superseded = true, discarded = true, parked = true}
local function count(provider, from, to)
  if COUNTED[from] then redis.call('HINCRBY', K.counts(provider), from, -1) end
  if COUNTED[to] then redis.call('HINCRBY', K.counts(provider), to, 1) end
end

local function count_minute(provider, state)
  local minute = K.minute(math.floor(now / 60000))
  if redis.call('HINCRBY', minute, provider .. '|' .. state, 1) == 1 then redis.call('EXPIRE', minute, 172800) end
end

-- Of what is delivered, which is nearly all, a minute's first tick notes how many there were until then.
local function note_delivered(provider)
  local minute = K.minute(math.floor(now / 60000))
  if redis.call('HEXISTS', minute, provider .. '|delivered') == 1 then return end
  local delivered = -redis.call('ZCARD', K.open(provider))
  for i, many in ipairs(redis.call('HMGET', K.counts(provider), 'accepted', 'skipped', 'superseded', 'discarded')) do
    delivered = delivered + (tonumber(many) or 0) * (i == 1 and 1 or -1)
  end
  redis.call('HSET', minute, provider .. '|delivered', delivered)
  redis.call('EXPIRE', minute, 172800)
end

-- What a delivery is found by: 60 bits of its id, among those of so many events in a row.
local BLOCK = 16384
local function short_id(id) return string.sub(id, 2, 13) end
local function block_of(seq) return math.floor(tonumber(seq) / BLOCK) end

-- A final delivery moves into its event's record; its attempts stay as a list only where there was more than one.
-- link: what it learned of its order, where it was alone and nobody else needs to know yet (see adopt_link).
-- fresh: it is known to have no past. What nearly all of them are goes without saying: delivered, because saved.
local NO_PAST = {}
local function pack(provider, seq, state, reason, by, attempt, fresh, link)
  local past = fresh and NO_PAST or redis.call('HMGET', K.delivery(provider, seq), 'n', 'ed', 'st')
  redis.call('HSET', K.event(seq), '>' .. provider,
    (state == 'delivered' and '' or state) .. '|' .. now_text .. '|' .. (reason == 'saved' and '' or reason) .. '|'
      .. (by or '') .. '|' .. (past[2] or '') .. '|' .. (past[1] or '') .. '|' .. (attempt or '')
      .. (link and link ~= '' and '\n' .. link or ''))
  if past[3] then redis.call('DEL', K.delivery(provider, seq)) end
  redis.call('ZREM', K.open(provider), seq)
  if state ~= 'delivered' then redis.call('ZADD', K.closed(provider, state), now, seq) end
end

-- What the order's first event learned of it goes into the order: from now on there is more than that event.
local function adopt_link(provider, order, first)
  local packed = redis.call('HGET', K.event(first), '>' .. provider)
  local ends = packed and string.find(packed, '\n', 1, true)
  if not ends then return end
  redis.call('HSET', K.order(order), 'l:' .. provider, string.sub(packed, ends + 1))
  redis.call('HSET', K.event(first), '>' .. provider, string.sub(packed, 1, ends - 1))
end

-- A dead letter leaves the list and its group; a group that nobody is in any more is forgotten.
local function leave_dead(provider, seq)
  redis.call('ZREM', K.dead(provider), seq)
  local group = redis.call('HGET', K.delivery(provider, seq), 'fp')
  if not group then return end
  redis.call('ZREM', K.dead_group(provider, group), seq)
  if redis.call('EXISTS', K.dead_group(provider, group)) == 0 then redis.call('HDEL', K.dead_groups(provider), group) end
end

local function push_attempt(provider, seq, attempt)
  if attempt == '' then return end
  local key = K.attempts(provider, seq)
  redis.call('RPUSH', key, attempt)
  redis.call('LTRIM', key, -30, -1)
end
