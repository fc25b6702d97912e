-- On the broker. KEYS: 1 reader's token, 2 in-hand list, 3… the queue's lists, highest priority first.
-- ARGV: 1 token, 2 most. Returns the messages moved, oldest first, or nil where the reader is another.
-- Atomic because: a message is in the queue or in hand, never in neither; and only the one reader may move it.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local taken = {}
for i = 3, #KEYS do
  while #taken < tonumber(ARGV[2]) do
    local message = redis.call('LMOVE', KEYS[i], KEYS[2], 'RIGHT', 'LEFT')
    if not message then break end
    taken[#taken + 1] = message
  end
end
return taken
