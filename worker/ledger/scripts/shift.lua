-- KEYS[1] the ledger's prefix. ARGV: 1 ms that the clock has jumped, forward or back, then for each provider its name and
-- its lease (ms). Returns 1 where this moved what is held, 0 where another worker that saw the same jump has done it.
-- Atomic because: of the many workers that see a jump one moves the leases, and all of them at once.
-- What was written between the jump and this step is right as it is: nothing may end later than the longest it can last,
-- and of two readings of an instant the one that the new clock can have written stays.
local jump = tonumber(ARGV[1])
local last = redis.call('HMGET', K.jump(), 'ms', 'at')
if last[1] and math.abs(r.now - last[2]) < 30000 and math.abs(jump - last[1]) < 1000 then return 0 end

local function moved(at, longest)
  if jump > 0 then return math.min(at + jump, r.now + longest) end
  return at > r.now + longest and at + jump or at
end

local function since_then(at) return moved(at, 0) end

-- What comes early is only tried early: a jump forward moves none of these, and one back all that is still to come, since
-- nobody can tell what was written after it.
local function until_then(at) return jump < 0 and at > r.now and math.max(at + jump, r.now) or at end

local function move(key, longest)
  local held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #held, 2 do redis.call('ZADD', key, string.format('%.0f', moved(tonumber(held[i + 1]), longest)), held[i]) end
end

local function move_field(p, field, move_one)
  local at = tonumber(redis.call('HGET', K.gate(p), field))
  if at then redis.call('HSET', K.gate(p), field, string.format('%.0f', move_one(at))) end
end

local function move_due(p, key)
  local parked = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #parked, 2 do
    local order, due = parked[i], string.format('%.0f', until_then(tonumber(parked[i + 1])))
    local head = lane.first(p, order)
    redis.call('ZADD', key, due, order)
    if head then redis.call('HSET', K.delivery(p, (lane.split(head))), 'due', due) end
  end
end

for i = 2, #ARGV, 2 do
  local p, lease = ARGV[i], tonumber(ARGV[i + 1])
  local held = redis.call('HGETALL', K.claims(p))
  for n = 1, #held, 2 do
    local c = claim_record.parse(held[n + 1])
    c.ends = moved(c.ends, lease)
    redis.call('HSET', K.claims(p), held[n], claim_record.format(c))
  end
  move(K.runners(p), claim.SEAT_MS)
  move(K.calls(p), claim.SEAT_MS)
  if jump < 0 then
    move_due(p, K.parked(p))
    move_due(p, K.gate_parked(p))
  end
  for _, field in ipairs({'tripped', 'held_until', 'wait_until'}) do move_field(p, field, until_then) end
  for _, field in ipairs({'closed_at', 'tokens_at'}) do move_field(p, field, since_then) end
end
move(K.workers(), 0)
redis.call('HSET', K.jump(), 'ms', jump, 'at', r.now)
return 1
