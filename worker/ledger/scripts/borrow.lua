-- KEYS[1] a shard's prefix. ARGV: 1 provider, 2 calls per second, 3 burst, then of the loan: 4 its number, '' to report
-- only, 5 places, 6 share, 7 till when, by this shard's clock, 8 ms that the provider asked elsewhere to be left alone,
-- 9 '1' where it has been found well elsewhere. Returns {now, number, places, share, claims in flight, report}, the report
-- being: lanes ready, claims in flight, limit or '', ms until it may be probed or '' where it is open, ms since it closed or '', ms
-- since it was well or '', ms that it is to be left alone.
-- Atomic because: the places, the share and the end of the loan are of one loan, and an older loan is never taken for it.
local p, g = ARGV[1], gate.read(ARGV[1])
local no = tonumber(ARGV[4])
if no and no >= (g.lent_no or 0) then
  local till, share = tonumber(ARGV[7]), tonumber(ARGV[6])
  if no == g.lent_no and g.lent_until and g.lent_until <= r.now + loan.LENGTH_MS then till = math.max(till, g.lent_until) end
  local tokens = gate.tokens_now(g, tonumber(ARGV[2]), tonumber(ARGV[3]))
  gate.write(p, {lent = tonumber(ARGV[5]), lent_no = no, lent_until = string.format('%.0f', till), one_of = share,
    tokens = math.min(tokens, tonumber(ARGV[3]) * loan.part_of(share)), tokens_at = r.now_text})
end
local wait = tonumber(ARGV[8]) or 0
if wait > 0 and r.now + wait > (g.wait_until or 0) + 1000 then
  gate.write(p, {wait_until = string.format('%.0f', r.now + wait)})
end
if ARGV[9] == '1' and (g.held or g.tripped) and not g.paused then gate.opens(p, g) end

local flying, till = redis.call('HLEN', K.claims(p)), nil
if not g.paused then till = g.held and (g.held_until or 0) or g.tripped end
local function ms(value) return value and string.format('%.0f', math.max(0, value)) or '' end
local report = {g.paused and 0 or ready.count(p), flying, ms(g.limit), ms(till and till - r.now),
  ms(till and r.now - (g.closed_at or r.now)), ms(g.ok_at and r.now - g.ok_at), ms((g.wait_until or 0) - r.now)}
return {r.now_text, g.lent_no or 0, g.lent or 0, g.one_of or 0, flying, table.concat(report, ' ')}
