-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 seq, 3 '1' forced, 4 edited body or '', 5 limit, 6 order, 7 kind s or a.
-- Returns {'replayed', runners to call} or {'refused', why in one word}.
-- Atomic because: the delivery leaves its end, takes its old place in the lane and is counted in one step.
local word, why = undo.replay(ARGV[1], ARGV[2], ARGV[6], ARGV[7], ARGV[3] == '1', ARGV[4])
if why then return {word, why} end
return {word, wakeups.wake_runners(ARGV[1], tonumber(ARGV[5]), 1)}
