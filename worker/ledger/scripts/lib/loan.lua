-- What a provider's gate lends to the shards of a ledger that is split, in the first of them. One hash: clock · at, now at
-- the last look · world, the store's epoch; and for each shard what it was lent last and what it may hold:
--   number of the loan | places | share | held: most that any loan that may still count and the claims come to, places
--   | held share | till when that is, then nothing of it can be left | when the shard was heard | its report
-- A share of the rate is told by its divisor: 3 is a third, 0 nothing.
local loan = {LENGTH_MS = 10000}

function loan.part_of(share) return share > 0 and 1 / share or 0 end

function loan.larger(one, other) return loan.part_of(one) >= loan.part_of(other) and one or other end

-- The lender's own clock goes only while somebody asks: a store's clock that jumps forward ends nobody's loan.
function loan.read_all(p)
  local kept, loans = {}, {}
  local flat = redis.call('HGETALL', K.loans(p))
  for i = 1, #flat, 2 do kept[flat[i]] = flat[i + 1] end
  for shard, text in pairs(kept) do
    if tonumber(shard) then
      local f = {}
      for part in string.gmatch(text .. '|', '([^|]*)|') do f[#f + 1] = part end
      loans[shard] = {no = tonumber(f[1]), places = tonumber(f[2]), share = tonumber(f[3]), held = tonumber(f[4]),
        held_share = tonumber(f[5]), till = tonumber(f[6]), heard = tonumber(f[7]), report = f[8]}
    end
  end
  local own_clock = (tonumber(kept.clock) or 0) + math.max(0, math.min(2000, r.now - (tonumber(kept.at) or r.now)))
  local number = redis.call('HGET', K.epoch(), 'number') or '1'
  return loans, own_clock, number, kept.world ~= nil and kept.world ~= number
end

function loan.write_all(p, loans, own_clock, world)
  local flat = {'clock', string.format('%.0f', own_clock), 'at', r.now_text, 'world', world}
  for shard, l in pairs(loans) do
    flat[#flat + 1] = shard
    flat[#flat + 1] = table.concat({l.no, l.places, l.share, l.held, l.held_share, string.format('%.0f', l.till),
      string.format('%.0f', l.heard), l.report}, '|')
  end
  redis.call('HSET', K.loans(p), unpack(flat))
end

return loan
