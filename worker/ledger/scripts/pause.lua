-- KEYS[1] the ledger's prefix. ARGV: 1 provider, 2 who and why as JSON, or '' to resume, 3 why, 4 who, 5 the request's id.
-- Returns 1 where it changed anything, else 0.
-- Atomic because: the gate's state and its clock of open hours change together.
local p, g = ARGV[1], gate.read(ARGV[1])
local resumes, by = ARGV[2] == '', {who = ARGV[4], why = ARGV[3]}
if resumes and not gate.is_closed(g) then return 0 end
if resumes then
  gate.opens(p, g, {paused = false, limit = (g.held or g.tripped) and 1 or g.limit or false}, by)
else
  gate.turn(p, g, {paused = ARGV[2]}, by)
end
audit.note(resumes and 'resume' or 'pause', p, ARGV[3], ARGV[4], ARGV[5])
return 1
