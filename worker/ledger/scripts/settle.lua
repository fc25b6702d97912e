-- with: clock state gate ready hears call lane held claim finish
-- KEYS[1] the ledger's prefix. ARGV 1-5 parts/claim, 6-15 parts/finish, 16 final state.
-- Returns what claim returns; its first word has '!' before it where the old claim was not ours any more.
-- Atomic because: the delivery ends, its lane, counters, link and gate follow, and the next lane is taken, or none of it.
local before = answered_before()
if before then return before end

local c = own_claim()
if c then
  end_delivery(ARGV[16], c.seq, c.kind, 'attempting', c.number, c.fresh, c.first, c.alone)
  release(c)
  if not c.alone then head_done(p, order, c.seq .. c.kind) end
  return claim_in_its_place()
end

-- Too late: another holder has the lane or had it. What was accepted is evidence all the same.
local seq = ARGV[8]
local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'n')
local state = past[1]
if heard.kind == 'accepted' and redis.call('HEXISTS', K.claims(p), order) == 0
  and (state == 'parked' or state == 'pending') then
  redis.call('ZREM', K.parked(p), order)
  unready(p, order)
  local kind = redis.call('HGET', K.event(seq), 'k') or 's'
  end_delivery(ARGV[16], seq, kind, state, (tonumber(past[2]) or 0) + 1)
  redis.call('ZREM', K.lane(p, order), seq .. kind)
  lane_on(p, order)
elseif state then
  if heard.kind == 'accepted' and redis.call('HEXISTS', K.order(order), 'l:' .. p) == 0 then write_link('') end
  push_attempt(p, seq, attempt)
end
local answer = claim()
answer[1] = '!' .. answer[1]
return answer
