-- A cause: what letters of one fingerprint at one provider died of, with what became of them: nine numbers in one text, which
-- the steps that bury, replay, discard and end a letter keep true.
--   first, last   when a letter died of it first, and last      seq           the last that did
--   ever          how often letters have died of it             dead          how many are dead now
--   going         how many were replayed and have not ended     closed        when none was left, else 0
--   reopened      when one died of it again that had none       reopenings    how often that was
-- One that has none left is forgotten after 30 days, when another comes. Of a provider 10,000 are kept apart. Where there are
-- more, the one that was closed first makes room; where none is closed, what has no room is under OTHERS.
local cause = {KEPT_MS = 2592000000, MOST = 10000, OTHERS = 'others', MARKED_MOST = 1000, NOTES_MOST = 20}
cause.FIELDS = {'first', 'last', 'seq', 'ever', 'dead', 'going', 'closed', 'reopened', 'reopenings'}

-- nil where nothing died of it. Of a ledger that an earlier version wrote: from its letters.
function cause.read(p, fingerprint)
  local text = redis.call('HGET', K.causes(p), fingerprint)
  if text then
    local c, at = {}, 1
    for number in string.gmatch(text, '%d+') do c[cause.FIELDS[at]], at = tonumber(number), at + 1 end
    return c
  end
  local letters = K.dead_group(p, fingerprint)
  local count = redis.call('ZCARD', letters)
  if count == 0 then return end
  local oldest = redis.call('ZRANGE', letters, 0, 0, 'WITHSCORES')
  local newest = redis.call('ZRANGE', letters, -1, -1, 'WITHSCORES')
  return {first = tonumber(oldest[2]), last = tonumber(newest[2]), seq = tonumber(newest[1]), ever = count, dead = count,
    going = 0, closed = 0, reopened = 0, reopenings = 0}
end

-- Where nothing is left of it, it is closed; where something is, open.
function cause.write(p, fingerprint, c)
  local is_over = c.dead == 0 and c.going == 0
  if is_over then
    c.closed = r.now
    redis.call('ZADD', K.causes_closed(p), c.closed, fingerprint)
  elseif c.closed > 0 then
    c.closed = 0
    redis.call('ZREM', K.causes_closed(p), fingerprint)
  end
  local told = {}
  for i, name in ipairs(cause.FIELDS) do told[i] = string.format('%.0f', math.max(0, c[name])) end
  redis.call('HSET', K.causes(p), fingerprint, table.concat(told, '|'))
end

function cause.forget(p, fingerprint)
  redis.call('HDEL', K.causes(p), fingerprint)
  redis.call('HDEL', K.dead_groups(p), fingerprint)
  redis.call('ZREM', K.causes_closed(p), fingerprint)
end

-- The fingerprint that a letter is under.
function cause.place_of(p, fingerprint)
  if redis.call('HEXISTS', K.dead_groups(p), fingerprint) == 1 then return fingerprint end
  local long_over = redis.call('ZRANGEBYSCORE', K.causes_closed(p), '-inf', r.now - cause.KEPT_MS, 'LIMIT', 0, 10)
  for _, old in ipairs(long_over) do cause.forget(p, old) end
  if redis.call('HLEN', K.dead_groups(p)) < cause.MOST then return fingerprint end
  local oldest = redis.call('ZRANGE', K.causes_closed(p), 0, 0)[1]
  if not oldest then return cause.OTHERS end
  cause.forget(p, oldest)
  return fingerprint
end

-- A letter has died of it. before: what it had died of when it was replayed, or false.
function cause.died(p, fingerprint, seq, before)
  local c = cause.read(p, fingerprint) or {first = r.now, ever = 0, dead = 0, going = 0, closed = 0, reopened = 0, reopenings = 0}
  if c.ever > 0 and c.dead == 0 then c.reopened, c.reopenings = r.now, c.reopenings + 1 end
  c.last, c.seq, c.ever, c.dead = r.now, seq, c.ever + 1, c.dead + 1
  if before == fingerprint then c.going = c.going - 1
  elseif before then cause.ended(p, before) end
  cause.write(p, fingerprint, c)
end

-- A letter of it is dead no more. is_replayed: it goes again, and has not ended.
function cause.left(p, fingerprint, is_replayed)
  local c = cause.read(p, fingerprint)
  if not c then return end
  c.dead = c.dead - 1
  if is_replayed then c.going = c.going + 1 end
  cause.write(p, fingerprint, c)
end

-- A letter that was replayed has ended, or has died of something else.
function cause.ended(p, fingerprint)
  local c = cause.read(p, fingerprint)
  if not c then return end
  c.going = c.going - 1
  cause.write(p, fingerprint, c)
end

-- What people have said of a cause stays where it was said last of 1,000 at a provider.
function cause.keep_marks(p, fingerprint, marks)
  redis.call('HSET', K.cause_marks(p), fingerprint, cjson.encode(marks))
  redis.call('ZADD', K.cause_deeds(p), r.now, fingerprint)
  if redis.call('ZCARD', K.cause_deeds(p)) <= cause.MARKED_MOST then return end
  local oldest = redis.call('ZPOPMIN', K.cause_deeds(p))[1]
  redis.call('HDEL', K.cause_marks(p), oldest)
  redis.call('DEL', K.cause_notes(p, oldest))
end

return cause
