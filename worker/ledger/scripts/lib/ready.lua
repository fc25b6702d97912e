-- The lanes that are ready, in three classes: f first tries, r retried, b replays and backfills. One sorted set for each;
-- its scores are places: first the band of the order's source, then since when it waits (arrival number, or ms).
-- A shop with one source has one band, 0: then the place is the time alone.
local ready = {CLASSES = {'f', 'r', 'b'}}
ready.BAND = 4398046511104 -- 2^42, past any arrival number and any ms until 2109; 2,000 of them are exact in a double

function ready.place(band, since) return string.format('%.0f', band * ready.BAND + since) end

-- Where all that there is comes from one source every band is 0, and the gate knows it.
function ready.has_one_source(p) return not gate.read(p).several end

-- The gate knows whether any lane is ready that is of no first try: see whose_turn.
function ready.note_behind(p)
  if not gate.read(p).behind then gate.write(p, {behind = '1'}) end
end

function ready.add(p, class, order, since)
  if class ~= 'f' then ready.note_behind(p) end
  local band = ready.has_one_source(p) and 0 or tonumber(redis.call('HGET', K.order(order), 'i')) or 0
  redis.call('ZADD', K.ready(p, class), ready.place(band, since), order)
end

-- The lane that a member of a ready set stands for.
function ready.lane_of(member, class, place)
  local order, seq, kind = member, nil, nil
  if #member ~= single.ORDER then order, seq, kind = single.read(member) end
  return {member = member, class = class, place = place, order = order, single = seq ~= nil, seq = seq, kind = kind, past = nil}
end

function ready.remove(p, order)
  for _, class in ipairs(ready.CLASSES) do redis.call('ZREM', K.ready(p, class), order) end
end

function ready.count(p)
  return redis.call('ZCARD', K.ready(p, 'f')) + redis.call('ZCARD', K.ready(p, 'r')) + redis.call('ZCARD', K.ready(p, 'b'))
end

-- Where more than one class waits, of 80 turns 57 are f's, 19 r's and 4 b's: 3 to 1, and a floor of 5 %.
function ready.whose_turn(p, g)
  if not g.behind then return 'f' end
  local behind = redis.call('EXISTS', K.ready(p, 'r'), K.ready(p, 'b'))
  if behind == 0 then
    gate.write(p, {behind = false})
    return 'f'
  end
  if behind == 1 and redis.call('EXISTS', K.ready(p, 'f')) == 0 then return 'rb' end
  local turn = ((g.turn or 0) + 1) % 80
  gate.write(p, {turn = turn})
  if turn % 20 == 0 then return 'bfr' end
  return (turn - math.floor(turn / 20)) % 4 == 0 and 'rfb' or 'frb'
end

-- The longest waiting lane of the source whose turn it is: round robin over those that have any.
function ready.pop_class(p, g, class)
  local key, at = K.ready(p, class), 'at_' .. class
  if ready.has_one_source(p) then return redis.call('ZPOPMIN', key) end
  local found = redis.call('ZRANGE', key, ready.place((g[at] or -1) + 1, 0), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  if not found[1] then found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES') end
  if not found[1] then return found end
  redis.call('ZREM', key, found[1])
  gate.write(p, {[at] = math.floor(found[2] / ready.BAND)})
  return found
end

function ready.pop(p, g)
  local turns = ready.whose_turn(p, g)
  for i = 1, #turns do
    local class = string.sub(turns, i, i)
    local popped = ready.pop_class(p, g, class)
    if popped[1] then return ready.lane_of(popped[1], class, popped[2]) end
  end
end

function ready.push_back(p, lanes)
  for _, one in ipairs(lanes) do redis.call('ZADD', K.ready(p, one.class), one.place, one.member) end
end

return ready
