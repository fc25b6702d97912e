-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 gate epoch, 3 '1' where the test passed, 4 probe wait ms,
-- 5 the answer as an attempt's text, or ''.
-- Returns 1 where the gate took it, else 0.
-- Atomic because: only the probe of the present hold may release it.
local p = ARGV[1]
local g = gate.read(p)
if g.probe ~= 'test' or g.epoch ~= ARGV[2] then return 0 end
if ARGV[3] == '1' then
  gate.opens(p, g, {tested_at = r.now})
else
  gate.note_answer(p, ARGV[5])
  circuit_breaker.probe_fails(p, g, tonumber(ARGV[4]), circuit_breaker.LANES_ENOUGH)
end
return 1
