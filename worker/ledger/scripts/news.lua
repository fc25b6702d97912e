-- KEYS[1] the ledger's prefix. Returns what changed at the gates and is to be told, each as JSON (see gate.lua).
-- Atomic because: what one worker is given to tell no other is, and changes that are too many are counted once.
-- Of one provider 6 are told in 10 minutes, and 6 holds beside, which wait for a person. Of more than that the last waits
-- until these are over, and says how many it stands for; so what was told last is always how it stands. What a person did is
-- told whatever the number.
local MOST, SPAN = 6, 600000
local told = {}

local function read(kept)
  local begun, count, holds, untold, last = string.match(kept or '', '^(%d+)|(%d+)|(%d+)|(%d+)|(.*)$')
  local f = {begun = tonumber(begun) or 0, count = tonumber(count) or 0, holds = tonumber(holds) or 0,
    untold = tonumber(untold) or 0, last = last or ''}
  if math.abs(r.now - f.begun) >= SPAN then f.begun, f.count, f.holds = r.now, 0, 0 end
  return f
end

local function tell(f, news)
  if f.untold > 0 then news.untold = f.untold end
  told[#told + 1] = cjson.encode(news)
  local is_hold = news.state == 'held'
  f.count, f.holds = f.count + (is_hold and 0 or 1), f.holds + (is_hold and 1 or 0)
  f.untold, f.last = 0, ''
end

local function keep(p, f)
  redis.call('HSET', K.gate_told(), p,
    string.format('%.0f', f.begun) .. '|' .. f.count .. '|' .. f.holds .. '|' .. f.untold .. '|' .. f.last)
end

for _, text in ipairs(redis.call('LPOP', K.gate_news(), 100) or {}) do
  local news = cjson.decode(text)
  local f = read(redis.call('HGET', K.gate_told(), news.provider))
  local so_far = news.state == 'held' and f.holds or f.count
  if news.who or so_far < MOST then tell(f, news) else f.untold, f.last = f.untold + 1, text end
  keep(news.provider, f)
end

local flat = redis.call('HGETALL', K.gate_told())
for i = 1, #flat, 2 do
  local f = read(flat[i + 1])
  local is_over = f.count == 0 and f.holds == 0
  if f.untold > 0 and is_over then
    f.untold = f.untold - 1  -- the last of them is told itself
    tell(f, cjson.decode(f.last))
    keep(flat[i], f)
  elseif is_over then
    redis.call('HDEL', K.gate_told(), flat[i])
  end
end
return told
