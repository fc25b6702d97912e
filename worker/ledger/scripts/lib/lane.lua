-- A lane is worked strictly from its head; a snapshot gives way to the snapshot right behind it, but where the provider
-- wants every event (keeps_all, see lib/gate.lua): there nothing gives way, and nothing heals but by a person.
local function split(member)
  local seq, kind = string.match(member, '^(%d+)(%a)$')
  return seq, kind
end

local function supersede(p, lane, member, by)
  local seq = split(member)
  local state = redis.call('HGET', K.delivery(p, seq), 'st') or 'pending'
  if state == 'dead' then leave_dead(p, seq) end
  redis.call('ZREM', lane, member)
  pack(p, seq, 'superseded', 'newer', by, nil)
  count(p, state, 'superseded')
  count_minute(p, 'superseded')
end

-- One superseding costs some 10 µs: a step retires at most a hundred.
local may_retire
local function lane_begins() may_retire = 100 end

-- The head to work on with its past; nil where the lane is empty, stands behind a dead letter, or has more to retire
-- than this step may.
local function head_of(p, order)
  local lane = K.lane(p, order)
  while true do
    local two = redis.call('ZRANGE', lane, 0, 1)
    if not two[1] then return nil, nil, 'empty' end
    local seq, kind = split(two[1])
    if not (kind == 's' and two[2] and string.sub(two[2], -1) == 's') or gate_read(p).keeps_all then
      local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'n', 't', 'db', 'oc', 'ed', 'ua', 'ur', 'up', 'pf')
      if past[1] == 'dead' then return nil, nil, 'dead' end
      return seq, kind, past
    end
    if may_retire == 0 then return nil, nil, 'more' end
    may_retire = may_retire - 1
    supersede(p, lane, two[1], (split(two[2])))
  end
end

-- What was alone is a lane now.
local function keep_lane(p, order, c)
  if c.alone then redis.call('ZADD', K.lane(p, order), c.seq, c.seq .. c.kind) end
end

-- The lane takes its place again after its head is gone: ready if anything is left, else forgotten. It must not be ready
-- yet: in two classes two runners could have it.
local function lane_on(p, order)
  local first = redis.call('ZRANGE', K.lane(p, order), 0, 0)[1]
  if not first then return end
  local seq = split(first)
  make_ready(p, 'f', order, seq)
end

-- The head is done: it leaves, and the lane takes its place again. What a replay has put before it meanwhile stays.
local function head_done(p, order, member)
  local lane = K.lane(p, order)
  local two = redis.call('ZPOPMIN', lane, 2)
  for i = 1, #two, 2 do
    if two[i] ~= member then redis.call('ZADD', lane, two[i + 1], two[i]) end
  end
  if two[1] ~= member then
    redis.call('ZREM', lane, member)
    lane_on(p, order)
  elseif two[3] then
    make_ready(p, 'f', order, (split(two[3])))
  end
end
