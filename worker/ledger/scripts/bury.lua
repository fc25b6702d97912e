-- with: clock state gate ready hears call lane dead replaying held claim finish
-- KEYS[1] the ledger's prefix. ARGV 1-5 lib/claim, 6-15 lib/finish, 16 fingerprint, 17 message, 18 in doubt,
-- 19 ms since a request was last on the wire, 20 '1' where the provider does not know the order.
-- Returns what claim returns, '!' before its first word where the claim was not ours, '~' where it waits with the rest.
-- Atomic because: a dead letter is counted, grouped and blocks its lane at once, or the attempt still stands.
heard.fingerprint = ARGV[16]
-- The account is good, this order is not for it: to the gate that is a refusal, twenty of which are the account's fault.
if reason == 'forbidden' then heard.kind = 'rejected' end
local before = answered_before()
if before then return before end
local c = own_claim()
if c then keep_lane(p, order, c) end

-- While a provider rejects everything, its probe and what was in flight are not buried for what is not their own fault:
-- they wait with the rest.
if c and heard.kind == 'rejected' and gate_read(p).held == 'rejects_everything' then
  local due = string.format('%.0f', now + 900000)
  move(c, {st = 'parked', rs = 'rejects_everything', due = due, aw = false})
  redis.call('ZADD', K.parked(p), due, order)
  held_back.add(p, order, due)
  count(p, 'attempting', 'parked')
  release(c)
  local answer = claim_in_its_place()
  answer[1] = '~' .. answer[1]
  return answer
end
if c then
  local fields = {st = 'dead', rs = reason, fp = ARGV[16]}
  if ARGV[18] == '1' then doubt(fields, ARGV[19])
  elseif clears_doubt then fields.db = false end
  move(c, fields)
  redis.call('ZADD', K.dead(p), now, c.seq)
  redis.call('ZADD', K.dead_group(p, ARGV[16]), now, c.seq)
  redis.call('HSET', K.dead_groups(p), ARGV[16], reason .. '|' .. ARGV[17])
  count(p, 'attempting', 'dead')
  count_minute(p, 'dead')
  if ARGV[20] == '1' and c.kind == 'a' then again.waits(p, order, c.seq) end
  write_link('')
  release(c)
  if not plan.block then
    redis.call('ZREM', K.lane(p, order), c.seq .. c.kind)
    lane_on(p, order)
  else
    if c.kind == 'a' then dead.arrange(p, order) end
    dead.rouse(p, order)
  end
  return claim_in_its_place()
end
local answer = claim()
answer[1] = '!' .. answer[1]
return answer
