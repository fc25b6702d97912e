-- with: clock state gate hears call lane held claim finish
-- KEYS[1] the ledger's prefix. ARGV 1-16 parts/claim, 17-26 parts/finish, 27 fingerprint, 28 message, 29 in doubt,
-- 30 ms since a request was last on the wire.
-- Returns what claim returns, '!' before its first word where the claim was not ours.
-- Atomic because: a dead letter is counted, grouped and blocks its lane at once, or the attempt still stands.
heard.fingerprint = ARGV[27]
local before = answered_before()
if before then return before end
local c = own_claim()

-- The probe of a provider that rejects everything is not buried for what is not its own fault: it waits with the rest.
if c and heard.kind == 'rejected' and gate_read(p).held == 'rejects_everything' and gate_read(p).probe == order then
  local due = string.format('%.0f', now + 900000)
  move(c, {st = 'parked', rs = 'rejects_everything', due = due})
  redis.call('ZADD', K.parked(p), due, order)
  count(p, 'attempting', 'parked')
  release(c)
  return claim()
end
if c then
  local fields = {st = 'dead', rs = reason, fp = ARGV[27]}
  if ARGV[29] == '1' then fields.db = string.format('%.0f', now - tonumber(ARGV[30]))
  elseif clears_doubt then fields.db = false end
  move(c, fields)
  redis.call('ZADD', K.dead(p), now, c.seq)
  redis.call('ZADD', K.dead_group(p, ARGV[27]), now, c.seq)
  redis.call('HSET', K.dead_groups(p), ARGV[27], reason .. '|' .. ARGV[28])
  count(p, 'attempting', 'dead')
  count_minute(p, 'dead')
  write_link('')
  release(c)
  if not plan.block then
    redis.call('ZREM', K.lane(p, order), c.seq .. c.kind)
    lane_on(p, order)
  else
    heal(p, order)
  end
  return claim()
end
local answer = claim()
answer[1] = '!' .. answer[1]
return answer
