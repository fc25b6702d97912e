-- KEYS[1] the ledger's prefix. ARGV: in threes the id of an entry of the record, what it is to say in "what", and in "why".
-- Returns how many of them were there.
-- Atomic because: an entry of a stream cannot be written over. All are written anew under their own ids, and whoever reads
-- or adds one sees all of them. Some 10,000 at most: tens of milliseconds.
local said, found = {}, 0
for i = 1, #ARGV, 3 do said[ARGV[i]] = {what = ARGV[i + 1], why = ARGV[i + 2]} end
local entries = redis.call('XRANGE', K.audit(), '-', '+')
for _, entry in ipairs(entries) do found = found + (said[entry[1]] and 1 or 0) end
if found == 0 then return 0 end
redis.call('DEL', K.audit())
for _, entry in ipairs(entries) do
  local new = said[entry[1]]
  for i = 1, new and #entry[2] or 0, 2 do
    entry[2][i + 1] = new[entry[2][i]] or entry[2][i + 1]
  end
  redis.call('XADD', K.audit(), entry[1], unpack(entry[2]))
end
return found
