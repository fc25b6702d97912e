-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 the word why, 3 the clock as the caller saw it or ''. Returns the seqs
-- whose attempt was lost.
-- Atomic because: a lane whose lease ran out is in doubt and ready again in one step, or still leased. 50 at a time.
local p = ARGV[1]
if ARGV[3] ~= '' and math.abs(r.now - tonumber(ARGV[3])) > 2000 then return {} end  -- jumped since: nobody has moved it yet
local lost = {}

-- Once lost is tried again at once. What is lost again and again may be what ends the workers.
local function wait_after(losses)
  return losses > 1 and math.min(3600000, 5000 * 3 ^ math.min(losses - 2, 20)) or 0
end

local held = redis.call('HGETALL', K.claims(p))
for i = 1, #held, 2 do
  local order, c = held[i], claim_record.parse(held[i + 1])
  if c.ends <= r.now and #lost < 50 then
    local seq, ended = c.seq, string.format('%.0f', c.ends)
    redis.call('HDEL', K.claims(p), order)
    single.keep(p, order, c)
    local due = r.now + wait_after(redis.call('HINCRBY', K.delivery(p, seq), 'wl', 1))
    redis.call('HSET', K.delivery(p, seq), 'st', 'parked', 'rs', ARGV[2], 'db', ended, 'due', string.format('%.0f', due),
      'n', c.number, 'up', r.now)
    redis.call('HSET', K.order(order), 'm:' .. p, ended)
    attempts.push(p, seq, attempts.lost(c, ARGV[2]))
    if due > r.now then redis.call('ZADD', K.parked(p), string.format('%.0f', due), order)
    else ready.add(p, 'r', order, c.ends) end
    counts.moved(p, 'attempting', 'parked')
    lost[#lost + 1] = seq
    if redis.call('HGET', K.gate(p), 'probe') == order then redis.call('HDEL', K.gate(p), 'probe') end
  end
end
return lost
