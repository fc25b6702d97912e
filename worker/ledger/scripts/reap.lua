-- with: clock state gate held
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 the word why. Returns the seqs whose attempt was lost.
-- Atomic because: a lane whose lease ran out is in doubt and ready again in one step, or still leased. 50 at a time.
local p = ARGV[1]
local lost = {}
local held = redis.call('HGETALL', K.claims(p))
for i = 1, #held, 2 do
  local order, c = held[i], claim_parts(held[i + 1])
  if c.ends <= now and #lost < 50 then
    local seq, number, ended = c.seq, c.number, string.format('%.0f', c.ends)
    redis.call('HDEL', K.claims(p), order)
    redis.call('HSET', K.delivery(p, seq), 'st', 'parked', 'rs', ARGV[2], 'db', ended, 'due', now, 'n', number, 'up', now)
    if c.kind == 's' and redis.call('HEXISTS', K.order(order), 'l:' .. p) == 0 then
      redis.call('HSET', K.order(order), 'm:' .. p, ended)
    end
    push_attempt(p, seq, '[' .. number .. ',' .. c.started .. ',' .. string.format('%.0f', now - c.started)
      .. ',"unknown","' .. ARGV[2] .. '",null,"The worker that made this attempt is gone.","",""]')
    redis.call('ZADD', K.ready(p, 'r'), ended, order)
    count(p, 'attempting', 'parked')
    lost[#lost + 1] = seq
    if redis.call('HGET', K.gate(p), 'probe') == order then redis.call('HDEL', K.gate(p), 'probe') end
  end
end
return lost
