-- What a dead letter does to its lane.
-- A dead action that was surely not done holds back only what depends on it, the actions behind it: snapshots say the whole
-- order and go ahead. So the places of a lane are in three stretches: first what goes on; past BLOCKED a dead action and the
-- actions behind it; past SHUT an action in doubt among those and all that is behind it. In a stretch each keeps its place.
local dead = {BLOCKED = 1125899906842624, SHUT = 2251799813685248} -- 2^50, 2^51: past any arrival number, exact in a double

-- A dead letter is on the list and in the group of its cause.
function dead.list(p, seq, reason, fingerprint, message)
  local group = cause.place_of(p, fingerprint)
  cause.died(p, group, seq, redis.call('HGET', K.delivery(p, seq), 'rp'))
  redis.call('HDEL', K.delivery(p, seq), 'rp')
  redis.call('HSET', K.delivery(p, seq), 'fp', group)
  redis.call('ZADD', K.dead(p), r.now, seq)
  redis.call('ZADD', K.dead_group(p, group), r.now, seq)
  redis.call('HSET', K.dead_groups(p), group, reason .. '|' .. message)
end

-- It leaves the list and its group. is_replayed: it goes again, and its group waits for what comes of that.
function dead.unlist(p, seq, is_replayed)
  redis.call('ZREM', K.dead(p), seq)
  local group = redis.call('HGET', K.delivery(p, seq), 'fp')
  if not group then return end
  cause.left(p, group, is_replayed)
  redis.call('ZREM', K.dead_group(p, group), seq)
  redis.call('HDEL', K.delivery(p, seq), 'fp')
  if is_replayed then redis.call('HSET', K.delivery(p, seq), 'rp', group) end
end

function dead.is_in_doubt(past) return past[2] == 'unknown' or (past[3] and past[3] ~= '0') end

-- The stretch that an action stands in, and what comes after it: given that of the one before it.
function dead.stretch_of(p, seq, before)
  if before == dead.SHUT then return dead.SHUT end
  local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'rs', 'db', 'uo')
  if dead.is_in_doubt(past) then return before == dead.BLOCKED and dead.SHUT or before end
  local lets_pass = past[1] == 'dead' and (past[4] or not gate.read(p).keeps_all)
  return lets_pass and dead.BLOCKED or before
end

-- The members of a lane in the order of their places, whatever their stretch.
function dead.by_place(p, order)
  local flat, members = redis.call('ZRANGE', K.lane(p, order), 0, -1, 'WITHSCORES'), {}
  for i = 1, #flat, 2 do
    local seq, kind = lane.split(flat[i])
    local score = tonumber(flat[i + 1])
    members[#members + 1] = {text = flat[i], seq = seq, kind = kind, score = score, place = score % dead.BLOCKED}
  end
  table.sort(members, function(a, b)
    return a.place < b.place or (a.place == b.place and tonumber(a.seq) < tonumber(b.seq))
  end)
  return members
end

-- Puts each member of a lane into its stretch: after an action has died, or has left, or a late event has come in between.
function dead.arrange(p, order)
  local stretch = 0
  for _, m in ipairs(dead.by_place(p, order)) do
    if m.kind == 'a' then stretch = dead.stretch_of(p, m.seq, stretch) end
    local own = (m.kind == 'a' or stretch == dead.SHUT) and stretch or 0
    if own + m.place ~= m.score then redis.call('ZADD', K.lane(p, order), string.format('%.0f', own + m.place), m.text) end
  end
end

-- A dead snapshot at the head heals by a newer one: next to it where the order is linked, else from wherever it stands,
-- but for what is behind an action in doubt.
function dead.heal(p, order)
  if gate.read(p).keeps_all then return false end
  local key = K.lane(p, order)
  local members = redis.call('ZRANGE', key, 0, 99, 'WITHSCORES')
  if not members[3] or string.sub(members[1], -1) ~= 's' then return false end
  local known = redis.call('HMGET', K.order(order), 'l:' .. p, 'm:' .. p)
  for i = 3, #members, 2 do
    if tonumber(members[i + 1]) >= dead.BLOCKED then return false end
    if string.sub(members[i], -1) == 's' then
      lane.supersede(p, order, members[1], (lane.split(members[i])))
      redis.call('ZADD', key, members[2], members[i])
      ready.remove(p, order)
      lane.go_on(p, order)
      return true
    end
    if known[1] or known[2] then return false end
  end
  return false
end

function dead.is_it(p, member) return redis.call('HGET', K.delivery(p, (lane.split(member))), 'st') == 'dead' end

-- A dead head is healed by what has come next to it.
function dead.heal_head(p, order)
  local head = lane.first(p, order)
  if head and dead.is_it(p, head) then dead.heal(p, order) end
end

-- A lane that nothing is in flight of, and that waits for no time, goes on from its head, where that may.
function dead.rouse(p, order)
  local head = lane.first(p, order)
  if not head or redis.call('HEXISTS', K.claims(p), order) == 1 or redis.call('ZSCORE', K.parked(p), order) then return end
  if dead.is_it(p, head) then return dead.heal(p, order) end
  ready.remove(p, order)
  lane.go_on(p, order)
end

-- Another's arrival in a lane whose last member is not it: false where that one is not behind a dead action.
function dead.arrives(p, order, seq, kind, last, is_late)
  local key = K.lane(p, order)
  local score = tonumber(redis.call('ZSCORE', key, last))
  if score < dead.BLOCKED then return false end
  local stretch = score >= dead.SHUT and dead.SHUT or dead.BLOCKED
  if is_late then dead.arrange(p, order)
  elseif kind == 'a' or stretch == dead.SHUT then redis.call('ZADD', key, string.format('%.0f', stretch + seq), seq .. kind) end
  dead.rouse(p, order)
  return true
end

return dead
