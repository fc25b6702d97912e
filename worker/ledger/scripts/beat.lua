-- with: clock
-- KEYS[1] the ledger's prefix. ARGV: 1 worker, 2 what it says of itself. Returns the version of the
-- provider table, 0 where there is none.
-- Atomic because: a beat and the forgetting of the silent are one look at the clock.
for _, silent in ipairs(redis.call('ZRANGEBYSCORE', K.workers(), '-inf', now - 3600000)) do
  redis.call('ZREM', K.workers(), silent)
  redis.call('HDEL', K.worker_facts(), silent)
end
redis.call('ZADD', K.workers(), now, ARGV[1])
redis.call('HSET', K.worker_facts(), ARGV[1], ARGV[2])
return tonumber(redis.call('HGET', K.table(), 'version')) or 0
