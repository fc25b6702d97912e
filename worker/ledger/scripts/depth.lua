-- On the broker. KEYS: 1 since when each list's oldest message was seen, 2… lists. Returns how many messages wait in
-- all of them, and for how many milliseconds the oldest has been known to wait.
-- Atomic because: a count and an age of two moments would contradict each other. What cannot be noted, on a store that
-- is full or takes nothing, is left: the answer is right all the same, but for the age.
local time = redis.call('TIME')
local now, queued, longest = time[1] * 1000 + math.floor(time[2] / 1000), 0, 0
for i = 2, #KEYS do
  local count = redis.pcall('LLEN', KEYS[i])
  if type(count) == 'number' and count > 0 then
    queued = queued + count
    local digest = redis.sha1hex(redis.call('LINDEX', KEYS[i], -1))
    local seen, since = string.match(redis.call('HGET', KEYS[1], KEYS[i]) or '', '^(%x+) (%d+)$')
    if seen == digest then
      longest = math.max(longest, now - since)
    else
      redis.pcall('HSET', KEYS[1], KEYS[i], string.format('%s %.0f', digest, now))
      redis.pcall('EXPIRE', KEYS[1], 604800)
    end
  elseif redis.call('HEXISTS', KEYS[1], KEYS[i]) == 1 then
    redis.pcall('HDEL', KEYS[1], KEYS[i])
  end
end
return { queued, longest }
