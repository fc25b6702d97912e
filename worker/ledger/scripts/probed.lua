-- with: clock gate
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 gate epoch, 3 '1' where the test passed, 4 probe wait ms, 5 cap ms.
-- Returns 1 where the gate took it, else 0.
-- Atomic because: only the probe of the present hold may release it.
local p = ARGV[1]
local g = gate_read(p)
if g.probe ~= 'test' or g.epoch ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '1' then
  gate_turn(p, g, {held = false, held_until = false, probe_wait = false, probe = false, limit = 1, ok = 0, tested_at = now})
else
  local wait = math.min((g.probe_wait or tonumber(ARGV[4])) * 2, tonumber(ARGV[5]))
  gate_write(p, {probe = false, probe_wait = wait, held_until = now + wait})
end
return 1
