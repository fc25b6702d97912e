-- with: clock state gate ready hears call lane held claim finish
-- KEYS[1] the ledger's prefix. ARGV 1-5 lib/claim, 6-15 lib/finish, 16 wait ms, 17 spends a try, 18 in doubt,
-- 19 ms since a request was last on the wire, 20 open clock at its first try ('' to start it now), 21 attempts in a row
-- whose trouble was its own alone. Returns what claim returns, '!' before its first word where the claim was not ours.
-- Atomic because: the lane leaves the claim and has its due time, or it still stands under its lease.
local before = answered_before()
if before then return before end
local c = own_claim()
if c then
  local fields = {st = 'parked', rs = reason, due = now + tonumber(ARGV[16]), ur = ARGV[21],
    aw = heard.wait > 0 and '1' or false}  -- the provider itself asked it to wait
  if attempt ~= '' then fields.wl = false end
  if ARGV[17] == '1' then fields.t = (tonumber(redis.call('HGET', K.delivery(p, c.seq), 't')) or 0) + 1 end
  if ARGV[18] == '1' then
    doubt(fields, ARGV[19])
  elseif clears_doubt then
    fields.db = false
  end
  fields.oc = ARGV[20] ~= '' and ARGV[20] or string.format('%.0f', open_clock(gate_read(p)))
  if heard.kind == 'unauthorized' then fields.ua = now end
  if TROUBLE[heard.kind] and gate_read(p).probe == order then
    fields.pf = (tonumber(redis.call('HGET', K.delivery(p, c.seq), 'pf')) or 0) + 1
  end
  fields.due = string.format('%.0f', fields.due)
  keep_lane(p, order, c)
  move(c, fields)
  write_link('')
  redis.call('ZADD', K.parked(p), fields.due, order)
  count(p, 'attempting', 'parked')
  if attempt ~= '' then count_minute(p, 'parked') end
  release(c)
  if held_back.is_it(gate_read(p), heard) and reason ~= 'too_early' then held_back.add(p, order, fields.due) end
  return claim_in_its_place()
end
local answer = claim()
answer[1] = '!' .. answer[1]
return answer
