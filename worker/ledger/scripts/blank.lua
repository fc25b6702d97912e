-- KEYS[1] the ledger's prefix. ARGV: 1 in what, 2 in which (a seq, an order, a provider, a job; of attempts "provider seq", of a
-- cause's notes "provider fingerprint", of e-mails "block first byte", of gate news ''), then in threes: field of a hash, or ''
-- of a list; what it says now; what it is to say, '' to take it out. A refusal is marked as erased.
-- Returns 1, or 0 where something says another thing than it was read as, and nothing was written.
-- Atomic because: what has come since it was read stays, and is read again.
local which, past = ARGV[2], {}
for word in string.gmatch(which, '%S+') do past[#past + 1] = word end
local key_of = {
  event = function() return K.event(which) end, order = function() return K.order(which) end,
  refusal = function() return K.refusal(which) end, gate = function() return K.gate(which) end,
  dead_groups = function() return K.dead_groups(which) end, job = function() return K.job(which) end,
  emails = function() return K.emails(past[1], past[2]) end, attempts = function() return K.attempts(past[1], past[2]) end,
  job_results = function() return K.job_results(which) end, cause_marks = function() return K.cause_marks(which) end,
  cause_notes = function() return K.cause_notes(past[1], past[2]) end, gate_news = function() return K.gate_news() end,
  gate_told = function() return K.gate_told() end,
}
local key = key_of[ARGV[1]]()
local is_list, places = redis.call('TYPE', key).ok == 'list', {}
for i = 3, #ARGV, 3 do
  local now = not is_list and redis.call('HGET', key, ARGV[i])
  if is_list then places[i] = redis.call('LPOS', key, ARGV[i + 1]) end
  if now ~= ARGV[i + 1] and not places[i] then return 0 end
end
for i = 3, #ARGV, 3 do
  if is_list and ARGV[i + 2] == '' then redis.call('LREM', key, 1, ARGV[i + 1])
  elseif is_list then redis.call('LSET', key, places[i], ARGV[i + 2])
  elseif ARGV[i + 2] == '' then redis.call('HDEL', key, ARGV[i])
  else redis.call('HSET', key, ARGV[i], ARGV[i + 2]) end
end
if ARGV[1] == 'refusal' and redis.call('EXISTS', key) == 1 then redis.call('HSETNX', key, 'x', r.now_text) end
return 1
