-- KEYS[1] the ledger's prefix. ARGV: 1-5 lib/claim.lua, 6-15 ending.lua, 16 fingerprint, 17 message, 18 in doubt,
-- 19 ms since a request was last on the wire, 20 '1' where the provider does not know the order, 21 what was sent
-- (lib/attempts.lua).
-- Returns what claim returns, '!' before its first word where the claim was not ours, '~' where it waits with the rest.
-- Atomic because: a dead letter is counted, grouped and blocks its lane at once, or the attempt still stands.
claim.read(ARGV, 0)
ending.read(ARGV, 0)
r.fingerprint = ARGV[16]
-- The account is good, this order is not for it: to the gate that is a refusal, twenty of which are the account's fault.
if r.reason == 'forbidden' then r.heard.kind = 'rejected' end
local before = claim.answered_before()
if before then return before end
local c = ending.own_claim()
if not c then return claim.marked('!', claim.afresh()) end
local p, order = r.provider, r.order
single.keep(p, order, c)
attempts.keep_sent(p, c.seq, ARGV[21])

-- While a provider rejects everything, its probe and what was in flight are not buried for what is not their own fault:
-- they wait with the rest.
if r.heard.kind == 'rejected' and gate.read(p).held == 'rejects_everything' then
  local due = string.format('%.0f', r.now + 900000)
  ending.note(c, {st = 'parked', rs = 'rejects_everything', due = due, aw = false})
  redis.call('ZADD', K.parked(p), due, order)
  held_back.add(p, order, due)
  counts.moved(p, 'attempting', 'parked')
  outcomes.unclean(c.seq, 'parked')
  ending.release(c)
  return claim.marked('~', claim.in_its_place())
end

local fields = {st = 'dead', rs = r.reason}
ending.note_doubt(fields, ARGV[18] == '1', ARGV[19])
ending.note(c, fields)
dead.list(p, c.seq, r.reason, r.fingerprint, ARGV[17])
counts.moved(p, 'attempting', 'dead')
counts.in_minute(p, 'dead')
outcomes.unclean(c.seq, 'dead')
if ARGV[20] == '1' and c.kind == 'a' then replaying.wait_for_order(p, order, c.seq) end
ending.write_link('')
ending.release(c)
if not r.plan.block then
  redis.call('ZREM', K.lane(p, order), c.seq .. c.kind)
  lane.go_on(p, order)
else
  if c.kind == 'a' then dead.arrange(p, order) end
  dead.rouse(p, order)
end
return claim.in_its_place()
