-- The lanes that are ready, in three classes: f first tries, r retried, b replays and backfills. One sorted set for each;
-- its scores are places: first the band of the order's source, then since when it waits (arrival number, or ms).
-- A shop with one source has one band, 0: then the place is the time alone.
local SHARES = {'f', 'r', 'b'}
local BAND = 4398046511104 -- 2^42, past any arrival number and any ms until 2109; 2,000 of them are exact in a double

local function place(band, since) return string.format('%.0f', band * BAND + since) end

-- Where all that there is comes from one source every band is 0, and the gate knows it.
local function one_source(p) return not gate_read(p).several end

-- The gate knows whether any lane is ready that is of no first try: see whose_turn.
local function notes_behind(p)
  if not gate_read(p).behind then gate_write(p, {behind = '1'}) end
end

local function make_ready(p, share, order, since)
  if share ~= 'f' then notes_behind(p) end
  local band = one_source(p) and 0 or tonumber(redis.call('HGET', K.order(order), 'i')) or 0
  redis.call('ZADD', K.ready(p, share), place(band, since), order)
end

-- The first event of an order of which the provider is known to have nothing is alone: a lane by itself, which nothing tells
-- but its place here. It is kept as a lane from when more comes in or is known, or when it is not done at its first try.
local function alone(order, seq, kind) return order .. '|' .. seq .. kind end

-- The lane that a member of a ready set stands for. An order is 20 characters.
local ORDER = 20
local function lane_of(member, share, place)
  if #member == ORDER then return {member = member, share = share, place = place, order = member} end
  return {member = member, share = share, place = place, order = string.sub(member, 1, ORDER), alone = true,
    seq = string.sub(member, ORDER + 2, -2), kind = string.sub(member, -1)}
end

-- True where it waited alone, and waits as a lane now.
local function waits_as_lane(p, order, seq, kind)
  local since = redis.call('ZSCORE', K.ready(p, 'f'), alone(order, seq, kind))
  if not since then return false end
  redis.call('ZREM', K.ready(p, 'f'), alone(order, seq, kind))
  redis.call('ZADD', K.ready(p, 'f'), since, order)
  redis.call('ZADD', K.lane(p, order), seq, seq .. kind)
  return true
end

local function unready(p, order)
  for _, share in ipairs(SHARES) do redis.call('ZREM', K.ready(p, share), order) end
end

local function ready_lanes(p)
  return redis.call('ZCARD', K.ready(p, 'f')) + redis.call('ZCARD', K.ready(p, 'r')) + redis.call('ZCARD', K.ready(p, 'b'))
end

-- Where more than one class waits, of 80 turns 57 are f's, 19 r's and 4 b's: 3 to 1, and a floor of 5 %.
local function whose_turn(p, g)
  if not g.behind then return 'f' end
  local behind = redis.call('EXISTS', K.ready(p, 'r'), K.ready(p, 'b'))
  if behind == 0 then
    gate_write(p, {behind = false})
    return 'f'
  end
  if behind == 1 and redis.call('EXISTS', K.ready(p, 'f')) == 0 then return 'rb' end
  local turn = ((g.turn or 0) + 1) % 80
  gate_write(p, {turn = turn})
  if turn % 20 == 0 then return 'bfr' end
  return (turn - math.floor(turn / 20)) % 4 == 0 and 'rfb' or 'frb'
end

-- The longest waiting lane of the source whose turn it is: round robin over those that have any.
local function pop_share(p, g, share)
  local key, at = K.ready(p, share), 'at_' .. share
  if one_source(p) then return redis.call('ZPOPMIN', key) end
  local found = redis.call('ZRANGE', key, place((g[at] or -1) + 1, 0), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  if not found[1] then found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES') end
  if not found[1] then return found end
  redis.call('ZREM', key, found[1])
  gate_write(p, {[at] = math.floor(found[2] / BAND)})
  return found
end

local function pop_ready(p, g)
  local turns = whose_turn(p, g)
  for i = 1, #turns do
    local share = string.sub(turns, i, i)
    local popped = pop_share(p, g, share)
    if popped[1] then return lane_of(popped[1], share, popped[2]) end
  end
end

local function push_back(p, lanes)
  for _, lane in ipairs(lanes) do redis.call('ZADD', K.ready(p, lane.share), lane.place, lane.member) end
end
