-- What was told before: the same event, or another event of the same act. Remembered of an event are its arrival, its digest,
-- its providers and, where another had told of its act, that one's id; of an act the arrival, the providers, the id of the
-- event that told of it first, a blank, and what that said.

-- An act comes as the 16 bytes of its identity, the event's id, a blank, and what the event says of it.
local function read_act(e, text)
  if text == '' then return end
  e.act, e.told = string.sub(text, 1, 16), string.sub(text, 17)
end

-- What is known of the event's act; from now on for as long again.
local function act_before(e)
  local known, is_old = seen_before(e.act)
  if is_old then remember(e.act, known) end
  return known
end

-- The answer to an event under a new id whose act another event told of; nil where none has.
local function known_act(e)
  local known = act_before(e)
  if not known then return end
  local seq, mask, first, said = string.match(known, '^(%d+)|(%d+)|(%S+) (.*)$')
  if said ~= string.match(e.told, ' (.*)$') then return {'other', first, said} end
  remember(e.identity, seq .. '|' .. e.digest .. '|' .. mask .. '|' .. first)
  return {'duplicate', seq, mask, first}
end

-- The answer to an event that was told before; nil where it is new.
local function known_arrival(e)
  local known, is_old = seen_before(e.identity)
  if not known then return e.act and known_act(e) end
  local seq, digest, mask, first = string.match(known, '^(%d+)|(%x+)|(%d+)|?(.*)$')
  if is_old then remember(e.identity, known) end
  if digest ~= e.digest then return {'reused'} end
  if e.act then act_before(e) end
  return {'duplicate', seq, mask, first}
end
