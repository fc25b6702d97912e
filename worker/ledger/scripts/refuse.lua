-- KEYS[1] the ledger's prefix. ARGV: 1 source, 2 event id, 3 reason, 4 errors as JSON, 5 body, 6 days to keep (ms),
-- 7 reader queue or '', 8 reader token, 9 order number, 10 task id, 11 headers as JSON; the last three may be ''.
-- Returns the refusal's seq, or 0 where the reader has lost its lease.
-- Atomic because: a refusal is numbered, kept and listed in one step.
if ARGV[7] ~= '' and redis.call('GET', K.reader(ARGV[7])) ~= ARGV[8] then return 0 end
local seq = string.format('%.0f', redis.call('INCR', K.seq()))
redis.call('HSET', K.refusal(seq), 'at', r.now, 'source', ARGV[1], 'id', ARGV[2], 'reason', ARGV[3],
  'errors', ARGV[4], 'body', ARGV[5])
for place, field in pairs({ [9] = 'order', [10] = 'task', [11] = 'headers' }) do
  if ARGV[place] and ARGV[place] ~= '' then redis.call('HSET', K.refusal(seq), field, ARGV[place]) end
end
redis.call('PEXPIRE', K.refusal(seq), ARGV[6])
redis.call('ZADD', K.refusals(), r.now, seq)
redis.call('ZREMRANGEBYSCORE', K.refusals(), '-inf', r.now - tonumber(ARGV[6]))
return seq
