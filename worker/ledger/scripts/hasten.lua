-- KEYS[1] the ledger's prefix. ARGV: 1 provider. Returns 1 where its next probe is due now, 0 where it is not held for its
-- credentials.
-- Atomic because: the hold that is looked at is the one whose probe is moved.
local p = ARGV[1]
local g = gate.read(p)
if g.held ~= 'credentials' then return 0 end
gate.write(p, {held_until = r.now, probe_wait = false})
return 1
