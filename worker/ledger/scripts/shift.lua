-- with: clock held
-- KEYS[1] the ledger's prefix. ARGV: 1 ms that the clock has jumped, forward or back, then every provider.
-- Returns 1 where this moved what is held, 0 where another worker that saw the same jump has done it.
-- Atomic because: of the many workers that see a jump one moves the leases, and all of them at once.
local jump = tonumber(ARGV[1])
local last = redis.call('HMGET', K.jump(), 'ms', 'at')
if last[1] and math.abs(now - last[2]) < 30000 and math.abs(jump - last[1]) < 1000 then return 0 end

local function move(key)
  local held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #held, 2 do redis.call('ZADD', key, string.format('%.0f', held[i + 1] + jump), held[i]) end
end

for i = 2, #ARGV do
  local p = ARGV[i]
  local held = redis.call('HGETALL', K.claims(p))
  for n = 1, #held, 2 do
    local c = claim_parts(held[n + 1])
    c.ends = c.ends + jump
    redis.call('HSET', K.claims(p), held[n], claim_text(c))
  end
  move(K.runners(p))
  move(K.calls(p))
  for _, field in ipairs({'tripped', 'held_until', 'wait_until', 'closed_at', 'tokens_at'}) do
    local at = redis.call('HGET', K.gate(p), field)
    if at then redis.call('HSET', K.gate(p), field, string.format('%.0f', at + jump)) end
  end
end
move(K.workers())
redis.call('HSET', K.jump(), 'ms', jump, 'at', now)
return 1
