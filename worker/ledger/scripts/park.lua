-- KEYS[1] the ledger's prefix. ARGV: 1-5 lib/claim.lua, 6-15 ending.lua, 16 wait ms, 17 spends a try, 18 in doubt,
-- 19 ms since a request was last on the wire, 20 open clock at its first try ('' to start it now), 21 attempts in a row
-- whose failure was its own alone, 22 what was sent (lib/attempts.lua).
-- Returns what claim returns, '!' before its first word where the claim was not ours.
-- Atomic because: the lane leaves the claim and has its due time, or it still stands under its lease.
claim.read(ARGV, 0)
ending.read(ARGV, 0)
local before = claim.answered_before()
if before then return before end
local c = ending.own_claim()
if not c then return claim.marked('!', claim.afresh()) end

local p, order, heard = r.provider, r.order, r.heard
local due = string.format('%.0f', r.now + tonumber(ARGV[16]))
local fields = {st = 'parked', rs = r.reason, due = due, ur = ARGV[21]}
fields.oc = ARGV[20] ~= '' and ARGV[20] or string.format('%.0f', gate.open_clock(gate.read(p)))
fields.aw = heard.wait > 0 and '1' or false -- the provider itself asked it to wait
if r.attempt ~= '' then fields.wl = false end
if ARGV[17] == '1' then fields.t = (tonumber(redis.call('HGET', K.delivery(p, c.seq), 't')) or 0) + 1 end
if heard.kind == 'unauthorized' then fields.ua = r.now end
if circuit_breaker.TROUBLE[heard.kind] and gate.read(p).probe == order then
  fields.pf = (tonumber(redis.call('HGET', K.delivery(p, c.seq), 'pf')) or 0) + 1
end
ending.note_doubt(fields, ARGV[18] == '1', ARGV[19])
single.keep(p, order, c)
attempts.keep_sent(p, c.seq, ARGV[22])
ending.note(c, fields)
ending.write_link('')
redis.call('ZADD', K.parked(p), due, order)
counts.moved(p, 'attempting', 'parked')
if r.attempt ~= '' then counts.in_minute(p, 'parked') end
outcomes.unclean(c.seq, 'parked')
ending.release(c)
if held_back.is_it(gate.read(p), heard) and r.reason ~= 'too_early' then held_back.add(p, order, due) end
return claim.in_its_place()
