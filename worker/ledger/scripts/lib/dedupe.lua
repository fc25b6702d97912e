-- What has been accepted before, events and acts by identity, in generations of 30 days: what comes again is told by the
-- newest generation that knows it, and remembered anew, so that it is known for as long again.
-- Remembered of an event are its arrival, its digest, its providers and, where another had told of its act, that one's id:
-- seq|digest|providers|id. Of an act the arrival, the providers, the id of the event that told of it first, a blank, and what
-- that said: seq|providers|id said.
local dedupe = {GENERATION_MS = 2592000000, EVENT = '^(%d+)|(%x+)|(%d+)|?(.*)$', ACT = '^(%d+)|(%d+)|(%S+) (.*)$', ACT_ID = 16}

function dedupe.this_generation() return math.floor(r.now / dedupe.GENERATION_MS) end

-- The earlier ones, once they are asked for.
function dedupe.older_generations()
  if r.older then return r.older end
  r.older = {}
  for _, generation in ipairs(redis.call('ZRANGE', K.generations(), 0, -1)) do
    if tonumber(generation) ~= dedupe.this_generation() then r.older[#r.older + 1] = generation end
  end
  return r.older
end

-- What this generation knows of all events of the step, in one question.
function dedupe.ask(events)
  local identities = {}
  for _, e in ipairs(events) do
    identities[#identities + 1] = e.identity
    if e.act then identities[#identities + 1] = e.act end
  end
  local found = redis.call('HMGET', K.seen(dedupe.this_generation()), unpack(identities))
  r.remembered, r.known = {}, {}
  for i, identity in ipairs(identities) do r.known[identity] = found[i] end
end

-- What is remembered of an identity, and true where only an older generation knows it.
function dedupe.recall(identity)
  local text = r.remembered[identity] or r.known[identity]
  if text then return text end
  for _, generation in ipairs(dedupe.older_generations()) do
    text = redis.call('HGET', K.seen(generation), identity)
    if text then return text, true end
  end
end

function dedupe.remember(identity, text) r.remembered[identity] = text end

function dedupe.remember_event(e, seq, mask, first)
  dedupe.remember(e.identity, seq .. '|' .. e.digest .. '|' .. mask .. (first and '|' .. first or ''))
end

function dedupe.remember_act(e, seq) dedupe.remember(e.act, seq .. '|' .. e.mask .. '|' .. e.told) end

-- An act comes as the 16 bytes of its identity, the event's id, a blank, and what the event says of it.
function dedupe.read_act(e, text)
  if text == '' then return end
  e.act, e.told = string.sub(text, 1, dedupe.ACT_ID), string.sub(text, dedupe.ACT_ID + 1)
end

-- What is known of the event's act; from now on for as long again.
function dedupe.act_before(e)
  local text, is_old = dedupe.recall(e.act)
  if is_old then dedupe.remember(e.act, text) end
  return text
end

-- The answer to an event under a new id whose act another event told of; nil where none has.
function dedupe.known_act(e)
  local text = dedupe.act_before(e)
  if not text then return end
  local seq, mask, first, said = string.match(text, dedupe.ACT)
  if said ~= string.match(e.told, ' (.*)$') then return {'other', first, said} end
  dedupe.remember_event(e, seq, mask, first)
  return {'duplicate', seq, mask, first}
end

-- The answer to an event that was told before; nil where it is new.
function dedupe.known_event(e)
  local text, is_old = dedupe.recall(e.identity)
  if not text then return e.act and dedupe.known_act(e) end
  local seq, digest, mask, first = string.match(text, dedupe.EVENT)
  if is_old then dedupe.remember(e.identity, text) end
  if digest ~= e.digest then return {'reused'} end
  if e.act then dedupe.act_before(e) end
  return {'duplicate', seq, mask, first}
end

function dedupe.write()
  local flat = {}
  for identity, text in pairs(r.remembered) do
    flat[#flat + 1] = identity
    flat[#flat + 1] = text
  end
  if not flat[1] then return end
  local generation = dedupe.this_generation()
  local fresh = redis.call('HSET', K.seen(generation), unpack(flat))
  if redis.call('HLEN', K.seen(generation)) > fresh then return end
  redis.call('PEXPIRE', K.seen(generation), r.keep_ms + dedupe.GENERATION_MS)
  redis.call('ZADD', K.generations(), generation, generation)
  redis.call('ZREMRANGEBYSCORE', K.generations(), '-inf', generation - math.ceil(r.keep_ms / dedupe.GENERATION_MS) - 2)
end

return dedupe
