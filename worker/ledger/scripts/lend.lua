-- with: clock loan
-- KEYS[1] the first shard's prefix. ARGV: 1 provider, 2 which shard asks, 3 most in flight, 4 a claim's lease (ms), 5 places
-- and 6 share that it is to have; then how it stands there: 7 number of its last loan, 8 places, 9 share, 10 claims in
-- flight, 11 its whole report, 12 how old that is (ms). Returns {clock, number, places, share}, then for each shard: shard, places, ms since heard, report.
-- Atomic because: what is lent to all shards, with what their claims hold, is never more than there is to lend.
local p, shard, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local loans, clock, world, is_new_world = loans_read(p)
local own = loans[shard] or {shard = shard, no = 0, places = 0, share = 0, held = 0, held_share = 0}
loans[shard] = own
for _, loan in pairs(loans) do
  if is_new_world then loan.held, loan.held_share = most, 1 end  -- older files may have forgotten what was lent since
  if loan.till and clock > loan.till and (loan.held > 0 or loan.held_share > 0) then
    loan.no, loan.places, loan.share, loan.held, loan.held_share = loan.no + 1, 0, 0, 0, 0
  end
end

-- A report of the last loan bounds what can come of it; one of an older loan says only what is in flight.
local no, flying = tonumber(ARGV[7]), tonumber(ARGV[10])
if no > own.no then own.no, own.places, own.share = no, tonumber(ARGV[8]), tonumber(ARGV[9]) end
if no == own.no then own.held, own.held_share = math.max(own.places, flying), own.share
else own.held = math.max(own.held, flying) end

local free, free_share = most, 1
for other, loan in pairs(loans) do
  if other ~= shard then free, free_share = free - loan.held, free_share - part_of(loan.held_share) end
end
local places, share = tonumber(ARGV[5]), tonumber(ARGV[6])
places = math.min(places, math.max(own.places, free))
if part_of(share) > math.max(part_of(own.share), free_share + 1e-9) then share = own.share end
if share == 0 then places = 0 end
if places ~= own.places or share ~= own.share then
  own.no, own.places, own.share = own.no + 1, places, share
  own.held, own.held_share = math.max(own.held, places), larger_share(own.held_share, share)
end
own.till, own.heard, own.report = clock + 2 * LOAN_MS + tonumber(ARGV[4]), clock - tonumber(ARGV[12]), ARGV[11]
loans_write(p, loans, clock, world)

local answer = {clock, own.no, own.places, own.share}
for other, loan in pairs(loans) do
  for _, told in ipairs({tonumber(other), loan.places, clock - loan.heard, loan.report}) do answer[#answer + 1] = told end
end
return answer
