-- with: clock gate ready loan hears
-- KEYS[1] a shard's prefix. ARGV: 1 provider, 2 calls per second, 3 burst, then of the loan: 4 its number, '' to report
-- only, 5 places, 6 share, 7 till when, by this shard's clock, 8 ms that the provider asked elsewhere to be left alone,
-- 9 '1' where it has been found well elsewhere. Returns {now, number, places, share, claims in flight, report}, the report
-- being: lanes ready, claims in flight, limit or '', ms until it may be probed or '' where it is open, ms since it closed or '', ms
-- since it was well or '', ms that it is to be left alone.
-- Atomic because: the places, the share and the end of the loan are of one loan, and an older loan is never taken for it.
local p, g = ARGV[1], gate_read(ARGV[1])
local no = tonumber(ARGV[4])
if no and no >= (g.lent_no or 0) then
  local till, share = tonumber(ARGV[7]), tonumber(ARGV[6])
  if no == g.lent_no and g.lent_until and g.lent_until <= now + LOAN_MS then till = math.max(till, g.lent_until) end
  local tokens = tokens_now(g, tonumber(ARGV[2]), tonumber(ARGV[3]))
  gate_write(p, {lent = tonumber(ARGV[5]), lent_no = no, lent_until = string.format('%.0f', till), one_of = share,
    tokens = math.min(tokens, tonumber(ARGV[3]) * part_of(share)), tokens_at = string.format('%.0f', now)})
end
local wait = tonumber(ARGV[8]) or 0
if wait > 0 and now + wait > (g.wait_until or 0) + 1000 then
  gate_write(p, {wait_until = string.format('%.0f', now + wait)})
end
if ARGV[9] == '1' and (g.held or g.tripped) and not g.paused then gate_opens(p, g) end

local flying, till = redis.call('HLEN', K.claims(p)), nil
if not g.paused then till = g.held and (g.held_until or 0) or g.tripped end
local function ms(value) return value and string.format('%.0f', math.max(0, value)) or '' end
local report = {g.paused and 0 or ready_lanes(p), flying, ms(g.limit), ms(till and till - now), ms(till and now - (g.closed_at or now)),
  ms(g.ok_at and now - g.ok_at), ms((g.wait_until or 0) - now)}
return {string.format('%.0f', now), g.lent_no or 0, g.lent or 0, g.one_of or 0, flying, table.concat(report, ' ')}
