-- with: clock state gate ready lane held
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 the word why, 3 the clock as the caller saw it or ''. Returns the seqs
-- whose attempt was lost.
-- Atomic because: a lane whose lease ran out is in doubt and ready again in one step, or still leased. 50 at a time.
local p = ARGV[1]
if ARGV[3] ~= '' and math.abs(now - tonumber(ARGV[3])) > 2000 then return {} end  -- jumped since: nobody has moved it yet
local lost = {}

-- Once lost is tried again at once. What is lost again and again may be what ends the workers.
local function wait_after(losses)
  return losses > 1 and math.min(3600000, 5000 * 3 ^ math.min(losses - 2, 20)) or 0
end

local held = redis.call('HGETALL', K.claims(p))
for i = 1, #held, 2 do
  local order, c = held[i], claim_parts(held[i + 1])
  if c.ends <= now and #lost < 50 then
    local seq, number, ended = c.seq, c.number, string.format('%.0f', c.ends)
    redis.call('HDEL', K.claims(p), order)
    keep_lane(p, order, c)
    local due = now + wait_after(redis.call('HINCRBY', K.delivery(p, seq), 'wl', 1))
    redis.call('HSET', K.delivery(p, seq), 'st', 'parked', 'rs', ARGV[2], 'db', ended, 'due', string.format('%.0f', due),
      'n', number, 'up', now)
    redis.call('HSET', K.order(order), 'm:' .. p, ended)
    push_attempt(p, seq, '[' .. number .. ',' .. c.started .. ',' .. string.format('%.0f', now - c.started)
      .. ',"unknown","' .. ARGV[2] .. '",null,"The worker that made this attempt is gone.","",""]')
    if due > now then redis.call('ZADD', K.parked(p), string.format('%.0f', due), order)
    else make_ready(p, 'r', order, c.ends) end
    count(p, 'attempting', 'parked')
    lost[#lost + 1] = seq
    if redis.call('HGET', K.gate(p), 'probe') == order then redis.call('HDEL', K.gate(p), 'probe') end
  end
end
return lost
