-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 seq, 3 limit, 4 order, 5 kind s or a.
-- Returns {'discarded', runners to call} or {'refused', why in one word}.
-- Atomic because: what a person gave up leaves its lane, its group and the open list at once, and frees what waited.
local word, why = undo.discard(ARGV[1], ARGV[2], ARGV[4], ARGV[5], 'discarded')
if why then return {word, why} end
return {word, wakeups.wake_runners(ARGV[1], tonumber(ARGV[3]), 1)}
