-- A lane is worked strictly from its head; a snapshot gives way to the snapshot right behind it, but where the provider
-- wants every event (keeps_all, see gate.lua): there nothing gives way, and nothing heals but by a person.
local lane = {RETIRES_MOST = 100} -- in a step: one superseding costs some 10 µs

function lane.split(member)
  local seq, kind = string.match(member, '^(%d+)(%a)$')
  return seq, kind
end

function lane.first(p, order) return redis.call('ZRANGE', K.lane(p, order), 0, 0)[1] end

function lane.supersede(p, order, member, by)
  local seq = lane.split(member)
  local state = redis.call('HGET', K.delivery(p, seq), 'st') or 'pending'
  if state == 'dead' then dead.unlist(p, seq) end
  redis.call('ZREM', K.lane(p, order), member)
  delivery.close(p, seq, {state = 'superseded', reason = 'newer', by = by})
  counts.moved(p, state, 'superseded')
  counts.in_minute(p, 'superseded')
end

-- The head to work on with its past; nil, and in the past's stead a word, where the lane is empty, stands behind a dead letter,
-- or has more to retire than this step may.
function lane.head(p, order)
  while true do
    local two = redis.call('ZRANGE', K.lane(p, order), 0, 1)
    if not two[1] then return nil, nil, 'empty' end
    local seq, kind = lane.split(two[1])
    if not (kind == 's' and two[2] and string.sub(two[2], -1) == 's') or gate.read(p).keeps_all then
      local past = delivery.past(p, seq)
      if past.state == 'dead' then return nil, nil, 'dead' end
      return seq, kind, past
    end
    local retired = r.retired or 0
    if retired == lane.RETIRES_MOST then return nil, nil, 'more' end
    r.retired = retired + 1
    lane.supersede(p, order, two[1], (lane.split(two[2])))
  end
end

-- The lane takes its place again after its head is gone: ready if anything is left, else forgotten. It must not be ready
-- yet: in two classes two runners could have it.
function lane.go_on(p, order)
  local first = lane.first(p, order)
  if not first then return end
  local seq = lane.split(first)
  ready.add(p, 'f', order, seq)
end

-- The head is done: it leaves, and the lane takes its place again. What a replay has put before it meanwhile stays.
function lane.head_done(p, order, member)
  local key = K.lane(p, order)
  local two = redis.call('ZPOPMIN', key, 2)
  for i = 1, #two, 2 do
    if two[i] ~= member then redis.call('ZADD', key, two[i + 1], two[i]) end
  end
  if two[1] ~= member then
    redis.call('ZREM', key, member)
    lane.go_on(p, order)
  elseif two[3] then
    ready.add(p, 'f', order, (lane.split(two[3])))
  end
end

return lane
