-- KEYS[1] the first shard's prefix. ARGV: 1 provider, 2 which shard asks, 3 most in flight, 4 a claim's lease (ms), 5 places
-- and 6 share that it is to have; then how it stands there: 7 number of its last loan, 8 places, 9 share, 10 claims in
-- flight, 11 its whole report, 12 how old that is (ms).
-- Returns {the lender's clock, number, places, share}, then for each shard: shard, places, ms since heard, report.
-- Atomic because: what is lent to all shards, with what their claims hold, is never more than there is to lend.
local p, shard, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local loans, now, world, is_new_world = loan.read_all(p)
local own = loans[shard] or {shard = shard, no = 0, places = 0, share = 0, held = 0, held_share = 0}
loans[shard] = own
for _, one in pairs(loans) do
  if is_new_world then one.held, one.held_share = most, 1 end  -- older files may have forgotten what was lent since
  if one.till and now > one.till and (one.held > 0 or one.held_share > 0) then
    one.no, one.places, one.share, one.held, one.held_share = one.no + 1, 0, 0, 0, 0
  end
end

-- A report of the last loan bounds what can come of it; one of an older loan says only what is in flight.
local no, flying = tonumber(ARGV[7]), tonumber(ARGV[10])
if no > own.no then own.no, own.places, own.share = no, tonumber(ARGV[8]), tonumber(ARGV[9]) end
if no == own.no then own.held, own.held_share = math.max(own.places, flying), own.share
else own.held = math.max(own.held, flying) end

local free, free_share = most, 1
for other, one in pairs(loans) do
  if other ~= shard then free, free_share = free - one.held, free_share - loan.part_of(one.held_share) end
end
local places, share = tonumber(ARGV[5]), tonumber(ARGV[6])
places = math.min(places, math.max(own.places, free))
if loan.part_of(share) > math.max(loan.part_of(own.share), free_share + 1e-9) then share = own.share end
if share == 0 then places = 0 end
if places ~= own.places or share ~= own.share then
  own.no, own.places, own.share = own.no + 1, places, share
  own.held, own.held_share = math.max(own.held, places), loan.larger(own.held_share, share)
end
own.till, own.heard, own.report = now + 2 * loan.LENGTH_MS + tonumber(ARGV[4]), now - tonumber(ARGV[12]), ARGV[11]
loan.write_all(p, loans, now, world)

local answer = {now, own.no, own.places, own.share}
for other, one in pairs(loans) do
  for _, told in ipairs({tonumber(other), one.places, now - one.heard, one.report}) do answer[#answer + 1] = told end
end
return answer
