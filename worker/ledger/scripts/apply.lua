-- KEYS[1] the ledger's prefix. ARGV: 1 version the new table was made from, 2 the new table as JSON, 3 '1' of a ledger
-- that is split, then its providers: of a split one each waits for what the first shard lends it. Returns the version that stands now, or -1 where
-- another process changed the table meanwhile.
-- Atomic because: accept fans out by the table; two processes must not overwrite each other's providers unseen.
local version = tonumber(redis.call('HGET', K.table(), 'version')) or 0
if version ~= tonumber(ARGV[1]) then return -1 end
redis.call('HSET', K.table(), 'version', version + 1, 'json', ARGV[2])
local several = redis.call('HLEN', K.bands()) > 1
for i = 4, #ARGV do
  if ARGV[3] == '1' then redis.call('HSETNX', K.gate(ARGV[i]), 'lent', 0) end
  if several then redis.call('HSET', K.gate(ARGV[i]), 'several', '1') end
end
return version + 1
