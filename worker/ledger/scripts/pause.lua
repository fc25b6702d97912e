-- with: clock gate ready hears
-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 who and why as JSON, or '' to resume, 3 why, 4 who. Returns 1 where it changed anything.
-- Atomic because: the gate's state and its clock of open hours change together.
local g = gate_read(ARGV[1])
local resumes, by = ARGV[2] == '', {who = ARGV[4], why = ARGV[3]}
if resumes and not (g.paused or g.held or g.tripped) then return 0 end
if resumes then
  gate_opens(ARGV[1], g, {paused = false, limit = (g.held or g.tripped) and 1 or g.limit or false}, by)
else gate_turn(ARGV[1], g, {paused = ARGV[2]}, by) end
redis.call('XADD', K.audit(), 'MAXLEN', '~', 10000, '*', 'at', now, 'verb', resumes and 'resume' or 'pause', 'what', ARGV[1], 'why', ARGV[3], 'who', ARGV[4])
return 1
