-- On the broker. KEYS: 1 reader's token, 2 in-hand list, 3… the queue's lists: first those of no priority, then the
-- others, highest priority first. ARGV: 1 token, 2 most, 3 how many lists are of no priority. Returns the messages
-- moved, oldest first, or nil where the reader is another. What bears a list's name and is none is passed over.
-- Atomic because: a message is in the queue or in hand, never in neither; and only the one reader may move it.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local taken, most, plain = {}, tonumber(ARGV[2]), 2 + tonumber(ARGV[3])
local function move(first, last)
  for i = first, last do
    while #taken < most do
      local message = redis.pcall('LMOVE', KEYS[i], KEYS[2], 'RIGHT', 'LEFT')
      if not message then break end
      if type(message) == 'table' then
        if string.find(message.err, 'WRONGTYPE') then break end
        return message
      end
      taken[#taken + 1] = message
    end
  end
end
local failed = move(3, plain)
local more = not failed and #taken < most and #KEYS > plain
if more and redis.call('EXISTS', unpack(KEYS, plain + 1)) > 0 then failed = move(plain + 1, #KEYS) end
return failed or taken
