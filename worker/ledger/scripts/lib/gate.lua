-- A provider's gate, one hash:
--   paused who/when/why as JSON · held reason · held_until next probe · probe_wait · tripped until · cool ms
--   limit now · ok successes since it grew · row troubles in a row, row_lanes the first three lanes of them
--   deny_lanes the first three unauthorized lanes · refused, refused_lanes fingerprint and lanes of rejections in a row,
--   none accepted since · epoch · probe lane of the probe · wait_until the provider's own word
--   tokens, tokens_at · usual calls of a conversation · behind, several, turn, at_f, at_r, at_b: see lib/ready.lua
--   looked_at: see lib/claim.lua
--   answer the last bad answer of the provider, see note_answer
--   keeps_all where every event goes out and no snapshot stands for those before it, as the provider table says: apply.lua
--   waits_till: till when some runner waits that is barred, and comes by itself
--   closed_at, closed_ms: the clock of open hours · tested_at when the adapter's test last released it · ok_at when a
--   readable answer last came, to the second
--   of a ledger that is split, what this shard is lent: lent places, lent_no, lent_until, one_of its share of the rate
local NUMBERS = {held_until = 1, probe_wait = 1, tripped = 1, cool = 1, limit = 1, ok = 1, row = 1, tokens = 1,
  tokens_at = 1, usual = 1, turn = 1, at_f = 1, at_r = 1, at_b = 1, wait_until = 1, looked_at = 1, waits_till = 1, closed_at = 1,
  closed_ms = 1, tested_at = 1, ok_at = 1, lent = 1, lent_no = 1, lent_until = 1, one_of = 1}
local gates  -- read once in a step; gate_write keeps them true
local later  -- what is written of them at its end
local function gate_begins() gates, later = {}, nil end

local function gate_read(provider)
  if gates[provider] then return gates[provider] end
  local flat = redis.call('HGETALL', K.gate(provider))
  local g = {}
  for i = 1, #flat, 2 do g[flat[i]] = NUMBERS[flat[i]] and tonumber(flat[i + 1]) or flat[i + 1] end
  g.epoch = g.epoch or '1'
  gates[provider] = g
  return g
end

local function gate_write(provider, changes)
  local set, del, g = {}, {}, gate_read(provider)
  for f, v in pairs(changes) do
    g[f] = v or nil
    if v == false then del[#del + 1] = f else set[#set + 1] = f; set[#set + 1] = tostring(v) end
  end
  if #set > 0 then redis.call('HSET', K.gate(provider), unpack(set)) end
  if #del > 0 then redis.call('HDEL', K.gate(provider), unpack(del)) end
end

-- What changes with every attempt, and nobody asks the store for in the same step, is written once, at its end.
local function gate_notes(provider, field, value)
  gate_read(provider)[field] = value
  later = later or {}
  later[provider] = later[provider] or {}
  later[provider][field] = value
end

local function gate_ends()
  for provider, fields in pairs(later or {}) do gate_write(provider, fields) end
end

local function gate_is_closed(g) return g.paused or g.held or g.tripped end

-- Milliseconds the gate has been open since its beginning: what give_up_after_s is measured by.
local function open_clock(g)
  return now - (g.closed_ms or 0) - (g.closed_at and (now - g.closed_at) or 0)
end

-- The places that this shard is lent now; nil where the ledger is not split. A loan that would last longer than any can is
-- of a clock that has jumped.
local function lent_places(g)
  if not g.lent then return end
  local left = (g.lent_until or 0) - now
  return left > 0 and left <= LOAN_MS and g.lent or 0
end

-- Whether this shard is lent anything at all now, be it no places; true where the ledger is not split.
local function loan_stands(p)
  local g = redis.call('HMGET', K.gate(p), 'lent', 'lent_until')
  local left = (tonumber(g[2]) or 0) - now
  return not g[1] or (left > 0 and left <= LOAN_MS)
end

-- The tokens of the rate that are left, the most that there can be, and how many come in a second. A shard begins with
-- none, since another may have used them.
local function tokens_now(g, per_second, burst)
  local first = burst
  if g.lent then per_second, burst, first = per_second * part_of(g.one_of or 0), burst * part_of(g.one_of or 0), 0 end
  return math.min(burst, (g.tokens or first) + (now - (g.tokens_at or now)) * per_second / 1000), burst, per_second
end

-- What the gate last closed for, in the provider's own words, as a JSON array: ms, outcome, reason, HTTP status, message.
-- attempt: as lib/finish has it.
local function note_answer(provider, attempt)
  if attempt == '' then return end
  local a = cjson.decode(attempt)
  if a[5] == 'too_early' then return end  -- we wait for an order to settle there: nobody answered badly
  gate_write(provider, {answer = cjson.encode({now, a[4], a[5], a[6] or cjson.null, a[7] or ''})})
end

local function gate_word(g)
  return g.paused and 'paused' or g.held and 'held ' .. g.held or g.tripped and 'tripped' or 'open'
end

-- What has changed goes on a list, for whoever ticks next to tell people: see news.lua, and GateNews in schemas/gate.py.
-- by: the person who did it.
local function gate_tells(provider, g, closed_ms, by)
  local state = string.match(gate_word(g), '%a+')
  local news = {provider = provider, state = state, at_ms = now, closed_ms = closed_ms, who = by and by.who, why = by and by.why,
    reason = state == 'held' and g.held or state == 'tripped' and 'trouble' or nil,
    until_ms = state == 'held' and math.floor(g.held_until) or state == 'tripped' and math.floor(g.tripped) or nil,
    waiting = redis.call('ZCARD', K.open(provider)) - redis.call('ZCARD', K.dead(provider))}
  if g.answer and (state == 'held' or state == 'tripped') then
    local answer = cjson.decode(g.answer)
    news.http_status, news.message = answer[4], answer[5]
  end
  redis.call('RPUSH', K.gate_news(), cjson.encode(news))
  redis.call('LTRIM', K.gate_news(), -100, -1)
end

-- Every change between open and closed, and from one closed state to another, begins a new epoch of the gate.
local function gate_turn(provider, g, changes, by)
  local was, word, closed_ms = gate_is_closed(g), gate_word(g), nil
  for f, v in pairs(changes) do g[f] = v or nil end
  changes.epoch = tostring(g.epoch + 1)
  if gate_is_closed(g) and not was then changes.closed_at = now
  elseif was and not gate_is_closed(g) then
    closed_ms = now - (g.closed_at or now)
    changes.closed_ms = (g.closed_ms or 0) + closed_ms
    changes.closed_at = false
  end
  gate_write(provider, changes)
  if by or gate_word(g) ~= word then gate_tells(provider, g, closed_ms, by) end
end
