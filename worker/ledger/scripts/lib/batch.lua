-- The events that a step of intake takes in: ARGV 3 version of the provider table, 4 days to keep (ms), 5 most that may be
-- open, 6 how many providers the table has, then for each its name, its limit, '1' where a dead head blocks, '1' where it
-- wants every event; then of each event: identity, body digest, order, source, number, revision or '', 's' or 'a', body,
-- arrival number or '', the snapshot's moment (see stale.lua) or the action's act (see dedupe.lua) or '', provider
-- mask, 12 bytes of its customer's e-mail (see customers.py) or '', how many providers, and for each its place in the table,
-- delivery id, link known from refs or ''.
local batch = {}

-- A provider, and what the step gathers for it: see fan_out.lua.
function batch.provider(args, at)
  return {name = args[at], field = '>' .. args[at], limit = tonumber(args[at + 1]), blocks = args[at + 2] == '1',
    keeps_all = args[at + 3] == '1', open = {}, ready = {}, single = {}, accepted = 0, lanes = 0}
end

-- An event, and where the next one begins.
function batch.event(args, at)
  local e = {identity = args[at], digest = args[at + 1], order = args[at + 2], source = args[at + 3], number = args[at + 4],
    revision = args[at + 5], kind = args[at + 6], body = args[at + 7], seq = args[at + 8], moment = args[at + 9],
    mask = args[at + 10], email = args[at + 11], targets = {}}
  if e.kind == 'a' then dedupe.read_act(e, e.moment) end
  local count = tonumber(args[at + 12])
  at = at + 13
  for i = 1, count do
    e.targets[i] = {provider = r.providers[tonumber(args[at])], id = args[at + 1], link = args[at + 2]}
    at = at + 3
  end
  return e, at
end

function batch.read(args)
  r.keep_ms, r.most_open, r.providers = tonumber(args[4]), tonumber(args[5]), {}
  local at, events = 7, {}
  for i = 1, tonumber(args[6]) do
    r.providers[i] = batch.provider(args, at)
    at = at + 4
  end
  while args[at] do events[#events + 1], at = batch.event(args, at) end
  return events
end

-- Why nothing new is accepted now, whatever it is; nil where it is.
function batch.bars_all(version)
  if (redis.call('HGET', K.table(), 'version') or '0') ~= version then return {'table'} end
  local full = redis.call('GET', K.full())
  return full and {'full', full}
end

-- Why this one is not accepted; nil where it is.
function batch.bars(e)
  local open = 0
  for _, target in ipairs(e.targets) do
    local p = target.provider
    p.was_open = p.was_open or redis.call('ZCARD', K.open(p.name))
    open = open + p.was_open + #p.open / 2
  end
  return open >= r.most_open and {'full', 'max_pending'}
end

return batch
