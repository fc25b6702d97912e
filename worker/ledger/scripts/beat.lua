-- with: clock
-- KEYS[1] the ledger's prefix. ARGV: 1 worker. Returns how many workers have been heard of in the last hour.
-- Atomic because: a beat and the forgetting of the silent are one look at the clock.
redis.call('ZADD', K.workers(), now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', K.workers(), '-inf', now - 3600000)
return redis.call('ZCARD', K.workers())
