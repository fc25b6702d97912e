-- KEYS[1] the ledger's prefix. ARGV: 1 the server's run_id, 2 how many shards the caller knows.
-- Returns {number, at, '1' where a new epoch began, how many shards there are}; of another number nothing is written.
-- at is 0 where no event was ever accepted: what is accepted later was sent nowhere before this server's life.
-- Atomic because: the first that sees another server opens the epoch, and only once.
local shards = redis.call('HGET', K.split(), 'of') or '1'
if shards ~= ARGV[2] then return {0, 0, 0, shards} end
local known = redis.call('HMGET', K.epoch(), 'run_id', 'number', 'at')
if known[1] == ARGV[1] then return {tonumber(known[2]), tonumber(known[3]), 0, shards} end
local number = (tonumber(known[2]) or 0) + 1
local at = redis.call('GET', K.seq()) and r.now or 0
redis.call('HSET', K.epoch(), 'run_id', ARGV[1], 'number', number, 'at', at)
outcomes.forget()
return {number, at, 1, shards}
