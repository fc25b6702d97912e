-- The lanes that are ready, in three classes: f first tries, r retried, b replays and backfills. One sorted set for each;
-- its scores are places: first the band of the order's source, then since when it waits (arrival number, or ms).
-- A shop with one source has one band, 0: then the place is the time alone.
local SHARES = {'f', 'r', 'b'}
local BAND = 4398046511104 -- 2^42, past any arrival number and any ms until 2109; 2,000 of them are exact in a double

local function place(band, since) return string.format('%.0f', band * BAND + since) end

local function make_ready(p, share, order, since)
  local band = tonumber(redis.call('HGET', K.order(order), 'i')) or 0
  redis.call('ZADD', K.ready(p, share), place(band, since), order)
end

local function unready(p, order)
  for _, share in ipairs(SHARES) do redis.call('ZREM', K.ready(p, share), order) end
end

local function ready_lanes(p)
  return redis.call('ZCARD', K.ready(p, 'f')) + redis.call('ZCARD', K.ready(p, 'r')) + redis.call('ZCARD', K.ready(p, 'b'))
end

-- Where more than one class waits, of 80 turns 57 are f's, 19 r's and 4 b's: 3 to 1, and a floor of 5 %.
local function whose_turn(p, g)
  if redis.call('EXISTS', K.ready(p, 'f'), K.ready(p, 'r'), K.ready(p, 'b')) < 2 then return 'frb' end
  local turn = ((g.turn or 0) + 1) % 80
  gate_write(p, {turn = turn})
  if turn % 20 == 0 then return 'bfr' end
  return (turn - math.floor(turn / 20)) % 4 == 0 and 'rfb' or 'frb'
end

-- The longest waiting lane of the source whose turn it is: round robin over those that have any.
local function pop_share(p, g, share)
  local key, at = K.ready(p, share), 'at_' .. share
  if redis.call('HLEN', K.bands()) < 2 then return redis.call('ZPOPMIN', key) end
  local found = redis.call('ZRANGE', key, place((g[at] or -1) + 1, 0), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  if not found[1] then found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES') end
  if not found[1] then return found end
  redis.call('ZREM', key, found[1])
  gate_write(p, {[at] = math.floor(found[2] / BAND)})
  return found
end

local function pop_ready(p, g)
  for share in string.gmatch(whose_turn(p, g), '%a') do
    local popped = pop_share(p, g, share)
    if popped[1] then return {order = popped[1], share = share, place = popped[2]} end
  end
end

local function push_back(p, lanes)
  for _, lane in ipairs(lanes) do redis.call('ZADD', K.ready(p, lane.share), lane.place, lane.order) end
end
