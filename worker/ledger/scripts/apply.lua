-- KEYS[1] the ledger's prefix. ARGV: 1 version the new table was made from, 2 the new table as JSON, 3 '1' of a ledger
-- that is split: there each provider waits for what the first shard lends it; 4 what changed, for the audit, '' where
-- another shard's has it, 5 why, 6 who; then each provider and '1' where it wants every event. Returns the version that
-- stands now, or -1 where another process changed the table meanwhile.
-- Atomic because: accept fans out by the table and runners claim by the gates; two processes must not overwrite each
-- other's providers unseen, and no change is without its author.
local version = tonumber(redis.call('HGET', K.table(), 'version')) or 0
if version ~= tonumber(ARGV[1]) then return -1 end
redis.call('HSET', K.table(), 'version', version + 1, 'json', ARGV[2])
local several = redis.call('HLEN', K.bands()) > 1
for i = 7, #ARGV, 2 do
  local key = K.gate(ARGV[i])
  if ARGV[3] == '1' then redis.call('HSETNX', key, 'lent', 0) end
  if several then redis.call('HSET', key, 'several', '1') end
  if ARGV[i + 1] == '1' then redis.call('HSET', key, 'keeps_all', '1') else redis.call('HDEL', key, 'keeps_all') end
end
if ARGV[4] ~= '' then audit.note('table', ARGV[4], ARGV[5], ARGV[6]) end
return version + 1
