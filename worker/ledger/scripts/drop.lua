-- On the broker. KEYS: 1 reader's token, 2 in-hand list, 3 takeovers. ARGV: 1 token, 2 how many, then their digests.
-- Returns 1, or 0 where the reader is another: then the new reader has these messages.
-- Atomic because: only what this reader has accepted may leave the in-hand list.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('RPOP', KEYS[2], ARGV[2])
if #ARGV > 2 then redis.call('HDEL', KEYS[3], unpack(ARGV, 3)) end
return 1
