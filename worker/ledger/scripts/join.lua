-- KEYS[1] the ledger's prefix. ARGV: 1 which shard this is, 2 of how many, 3 the ledger's id; in the first shard the id to
-- take where it has none, 4 '1' where this shard has joined before.
-- Returns {'joined', the ledger's id} or {why it cannot, what it is instead}; then nothing is written.
-- Atomic because: a store becomes a shard of one ledger, whoever else asks at the same time.
local ledger, shard, of = unpack(redis.call('HMGET', K.split(), 'ledger', 'shard', 'of'))
local is_first, is_used = ARGV[1] == '0', redis.call('EXISTS', K.seq()) == 1
if ledger then
  if shard ~= ARGV[1] then return {'shard', shard} end
  if not is_first and ledger ~= ARGV[3] then return {'ledger', ''} end
  local is_only = is_first and not is_used and redis.call('HLEN', K.split()) == 3
  if of ~= ARGV[2] and not is_only then return {'of', of} end
  redis.call('HSET', K.split(), 'of', ARGV[2])
  return {'joined', ledger}
end
if ARGV[4] == '1' then return {'lost', ''} end
if is_used then return {'of', '1'} end
redis.call('HSET', K.split(), 'ledger', ARGV[3], 'shard', ARGV[1], 'of', ARGV[2])
return {'joined', ARGV[3]}
