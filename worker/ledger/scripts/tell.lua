-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 what was said of our credentials. Returns 1.
-- Atomic because: it is one write; what was said last stands, whoever heard it.
redis.call('HSET', K.gate(ARGV[1]), 'told', ARGV[2])
return 1
