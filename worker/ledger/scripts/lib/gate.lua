-- A provider's gate, one hash:
--   paused who/when/why as JSON · held reason · held_until next probe · probe_wait · tripped until · cool ms
--   limit now · ok successes since it grew · row troubles in a row, row_lanes the first three lanes of them
--   deny_lanes the first three unauthorized lanes · refused, refused_lanes fingerprint and lanes of rejections in a row,
--   none accepted since · epoch · probe lane of the probe · wait_until the provider's own word
--   tokens, tokens_at · usual calls of a conversation · behind, several, turn, at_f, at_r, at_b: see ready.lua
--   looked_at: see claim.lua
--   answer the last bad answer of the provider, see gate.note_answer
--   keeps_all where every event goes out and no snapshot stands for those before it, as the provider table says: apply.lua
--   waits_till: till when some runner waits that is barred, and comes by itself
--   closed_at, closed_ms: the clock of open hours · tested_at when the adapter's test last released it · ok_at when a
--   readable answer last came, to the second
--   of a ledger that is split, what this shard is lent: lent places, lent_no, lent_until, one_of its share of the rate
local gate = {TOLD_MOST = 100}

gate.NUMBERS = {held_until = 1, probe_wait = 1, tripped = 1, cool = 1, limit = 1, ok = 1, row = 1, tokens = 1,
  tokens_at = 1, usual = 1, turn = 1, at_f = 1, at_r = 1, at_b = 1, wait_until = 1, looked_at = 1, waits_till = 1, closed_at = 1,
  closed_ms = 1, tested_at = 1, ok_at = 1, lent = 1, lent_no = 1, lent_until = 1, one_of = 1}

-- Read once in a step: gate.write keeps it true.
function gate.read(p)
  if r.gates[p] then return r.gates[p] end
  local flat = redis.call('HGETALL', K.gate(p))
  local g = {}
  for i = 1, #flat, 2 do g[flat[i]] = gate.NUMBERS[flat[i]] and tonumber(flat[i + 1]) or flat[i + 1] end
  g.epoch = g.epoch or '1'
  r.gates[p] = g
  return g
end

function gate.write(p, changes)
  local set, del, g = {}, {}, gate.read(p)
  for f, v in pairs(changes) do
    g[f] = v or nil
    if v == false then del[#del + 1] = f else set[#set + 1] = f; set[#set + 1] = tostring(v) end
  end
  if #set > 0 then redis.call('HSET', K.gate(p), unpack(set)) end
  if #del > 0 then redis.call('HDEL', K.gate(p), unpack(del)) end
end

-- What changes with every attempt, and nobody asks the store for in the same step, is written once, at its end.
function gate.put_off(p, field, value)
  gate.read(p)[field] = value
  r.put_off = r.put_off or {}
  r.put_off[p] = r.put_off[p] or {}
  r.put_off[p][field] = value
end

-- Every step ends with this.
function gate.write_put_off()
  if not r.put_off then return end
  for p, fields in pairs(r.put_off) do gate.write(p, fields) end
end

function gate.is_closed(g) return g.paused or g.held or g.tripped end

-- Milliseconds the gate has been open since its beginning: what give_up_after_s is measured by.
function gate.open_clock(g)
  return r.now - (g.closed_ms or 0) - (g.closed_at and (r.now - g.closed_at) or 0)
end

-- The places that this shard is lent now; nil where the ledger is not split. A loan that would last longer than any can is
-- of a clock that has jumped.
function gate.lent_places(g)
  if not g.lent then return end
  local left = (g.lent_until or 0) - r.now
  return left > 0 and left <= loan.LENGTH_MS and g.lent or 0
end

-- Whether this shard is lent anything at all now, be it no places; true where the ledger is not split.
function gate.loan_stands(p)
  local g = redis.call('HMGET', K.gate(p), 'lent', 'lent_until')
  local left = (tonumber(g[2]) or 0) - r.now
  return not g[1] or (left > 0 and left <= loan.LENGTH_MS)
end

-- The tokens of the rate that are left, the most that there can be, and how many come in a second. A shard begins with
-- none, since another may have used them.
function gate.tokens_now(g, per_second, burst)
  local first = burst
  if g.lent then
    local part = loan.part_of(g.one_of or 0)
    per_second, burst, first = per_second * part, burst * part, 0
  end
  return math.min(burst, (g.tokens or first) + (r.now - (g.tokens_at or r.now)) * per_second / 1000), burst, per_second
end

-- What the gate last closed for, in the provider's own words, as a JSON array: ms, outcome, reason, HTTP status, message.
-- attempt: its text, see attempts.lua.
function gate.note_answer(p, attempt)
  if attempt == '' then return end
  local a = attempts.read(attempt)
  if a.reason == 'too_early' then return end -- we wait for an order to settle there: nobody answered badly
  gate.write(p, {answer = cjson.encode({r.now, a.outcome, a.reason, a.http_status, a.message})})
end

function gate.word(g)
  return g.paused and 'paused' or g.held and 'held ' .. g.held or g.tripped and 'tripped' or 'open'
end

-- What has changed goes on a list, for whoever ticks next to tell people: see news.lua, and GateNews in schemas/gate.py.
-- by: the person who did it.
function gate.tells(p, g, closed_ms, by)
  local state = string.match(gate.word(g), '%a+')
  local news = {provider = p, state = state, at_ms = r.now, closed_ms = closed_ms, who = by and by.who,
    why = by and by.why, reason = state == 'held' and g.held or state == 'tripped' and 'trouble' or nil,
    until_ms = state == 'held' and math.floor(g.held_until) or state == 'tripped' and math.floor(g.tripped) or nil,
    waiting = redis.call('ZCARD', K.open(p)) - redis.call('ZCARD', K.dead(p))}
  if g.answer and (state == 'held' or state == 'tripped') then
    local answer = cjson.decode(g.answer)
    news.http_status, news.message = answer[4], answer[5]
  end
  redis.call('RPUSH', K.gate_news(), cjson.encode(news))
  redis.call('LTRIM', K.gate_news(), -gate.TOLD_MOST, -1)
end

-- Every change between open and closed, and from one closed state to another, begins a new epoch of the gate.
function gate.turn(p, g, changes, by)
  local was, word, closed_ms = gate.is_closed(g), gate.word(g), nil
  for f, v in pairs(changes) do g[f] = v or nil end
  changes.epoch = tostring(g.epoch + 1)
  if gate.is_closed(g) and not was then changes.closed_at = r.now
  elseif was and not gate.is_closed(g) then
    closed_ms = r.now - (g.closed_at or r.now)
    changes.closed_ms = (g.closed_ms or 0) + closed_ms
    changes.closed_at = false
  end
  gate.write(p, changes)
  if by or gate.word(g) ~= word then gate.tells(p, g, closed_ms, by) end
end

-- Every hold and trip ends so; what comes back comes one at a time first.
function gate.opens(p, g, more, by)
  local changes = {tripped = false, held = false, held_until = false, probe_wait = false, cool = false, probe = false,
    row = false, row_lanes = false, deny_lanes = false, limit = 1, ok = 0}
  for f, v in pairs(more or {}) do changes[f] = v end
  gate.turn(p, g, changes, by)
  held_back.wake(p)
end

function gate.holds(p, g, why, probe_ms, more)
  local changes = {held = why, held_until = r.now + probe_ms, probe_wait = probe_ms, tripped = false, cool = false,
    probe = false}
  for f, v in pairs(more) do changes[f] = v end
  gate.turn(p, g, changes)
end

return gate
