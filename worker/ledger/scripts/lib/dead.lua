-- What a dead letter does to its lane.
-- A dead action that was surely not done holds back only what depends on it, the actions behind it: snapshots say the whole
-- order and go ahead. So the places of a lane are in three stretches: first what goes on; past BLOCKED a dead action and the
-- actions behind it; past SHUT an action in doubt among those and all that is behind it. In a stretch each keeps its place.
local dead = {BLOCKED = 1125899906842624, SHUT = 2251799813685248} -- 2^50, 2^51: past any arrival number, exact in a double

function dead.is_in_doubt(past) return past[2] == 'unknown' or (past[3] and past[3] ~= '0') end

-- The stretch that an action stands in, and what comes after it: given that of the one before it.
function dead.stretch_of(p, seq, before)
  if before == dead.SHUT then return dead.SHUT end
  local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'rs', 'db', 'uo')
  if dead.is_in_doubt(past) then return before == dead.BLOCKED and dead.SHUT or before end
  local lets_pass = past[1] == 'dead' and (past[4] or not gate_read(p).keeps_all)
  return lets_pass and dead.BLOCKED or before
end

-- The members of a lane in the order of their places, whatever their stretch.
function dead.by_place(lane)
  local flat, members = redis.call('ZRANGE', lane, 0, -1, 'WITHSCORES'), {}
  for i = 1, #flat, 2 do
    local seq, kind = split(flat[i])
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
  local lane, stretch = K.lane(p, order), 0
  for _, m in ipairs(dead.by_place(lane)) do
    if m.kind == 'a' then stretch = dead.stretch_of(p, m.seq, stretch) end
    local own = (m.kind == 'a' or stretch == dead.SHUT) and stretch or 0
    if own + m.place ~= m.score then redis.call('ZADD', lane, string.format('%.0f', own + m.place), m.text) end
  end
end

-- A dead snapshot at the head heals by a newer one: next to it where the order is linked, else from wherever it stands,
-- but for what is behind an action in doubt.
function dead.heal(p, order)
  if gate_read(p).keeps_all then return false end
  local lane = K.lane(p, order)
  local members = redis.call('ZRANGE', lane, 0, 99, 'WITHSCORES')
  if not members[3] or string.sub(members[1], -1) ~= 's' then return false end
  local known = redis.call('HMGET', K.order(order), 'l:' .. p, 'm:' .. p)
  for i = 3, #members, 2 do
    if tonumber(members[i + 1]) >= dead.BLOCKED then return false end
    if string.sub(members[i], -1) == 's' then
      supersede(p, lane, members[1], (split(members[i])))
      redis.call('ZADD', lane, members[2], members[i])
      unready(p, order)
      lane_on(p, order)
      return true
    end
    if known[1] or known[2] then return false end
  end
  return false
end

function dead.is_it(p, member) return redis.call('HGET', K.delivery(p, (split(member))), 'st') == 'dead' end

-- A dead head is healed by what has come next to it.
function dead.heal_head(p, order)
  local head = redis.call('ZRANGE', K.lane(p, order), 0, 0)[1]
  if head and dead.is_it(p, head) then dead.heal(p, order) end
end

-- A lane that nothing is in flight of, and that waits for no time, goes on from its head, where that may.
function dead.rouse(p, order)
  local head = redis.call('ZRANGE', K.lane(p, order), 0, 0)[1]
  if not head or redis.call('HEXISTS', K.claims(p), order) == 1 or redis.call('ZSCORE', K.parked(p), order) then return end
  if dead.is_it(p, head) then return dead.heal(p, order) end
  unready(p, order)
  lane_on(p, order)
end

-- Another's arrival in a lane whose last member is not it: false where that one is not behind a dead action.
function dead.arrives(p, order, seq, kind, last, is_late)
  local lane = K.lane(p, order)
  local score = tonumber(redis.call('ZSCORE', lane, last))
  if score < dead.BLOCKED then return false end
  local stretch = score >= dead.SHUT and dead.SHUT or dead.BLOCKED
  if is_late then dead.arrange(p, order)
  elseif kind == 'a' or stretch == dead.SHUT then redis.call('ZADD', lane, string.format('%.0f', stretch + seq), seq .. kind) end
  dead.rouse(p, order)
  return true
end
