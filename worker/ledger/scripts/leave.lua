-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 runner, 3 limit. Returns how many runners to call in its place.
-- Atomic because: what became ready while the runner was leaving is seen by the step that removes it.
wakeups.forget_runner(ARGV[1], ARGV[2])
return wakeups.wake_runners(ARGV[1], tonumber(ARGV[3]), 1)
