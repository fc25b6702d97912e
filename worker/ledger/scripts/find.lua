-- KEYS[1] the ledger's prefix. ARGV: delivery ids, at most a thousand.
-- Returns for each the number of its event's arrival, or nothing where no such delivery is kept. Writes nothing.
-- Atomic because: what is looked for in one block after the other is not forgotten meanwhile. All in one round trip.
local found, wanted, places = {}, {}, {}
for i, id in ipairs(ARGV) do found[i], wanted[i], places[i] = false, delivery.short_id(id), i end
for _, block in ipairs(redis.call('ZREVRANGE', K.id_blocks(), 0, -1)) do
  if not wanted[1] then break end
  local missing, at = {}, {}
  for i, seq in ipairs(redis.call('HMGET', K.ids(block), unpack(wanted))) do
    if seq then found[places[i]] = seq
    else
      missing[#missing + 1] = wanted[i]
      at[#at + 1] = places[i]
    end
  end
  wanted, places = missing, at
end
return found
