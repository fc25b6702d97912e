-- On the store. KEYS: task results where Celery looks for them. ARGV: 1 for how many seconds, then each one's result.
-- Returns nothing.
-- Atomic because: a receipt is told to whoever waits only once, by whoever wrote it. All in one round trip.
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[i + 1], 'EX', ARGV[1], 'NX')
  redis.call('PUBLISH', key, ARGV[i + 1])
end
