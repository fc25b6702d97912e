-- The events that a step of intake takes in: ARGV 3 version of the provider table, 4 days to keep (ms), 5 most that may be
-- open, 6 how many providers the table has, then for each its name, its limit, '1' where a dead head blocks, '1' where it
-- wants every event; then of each event: identity, body digest, order, source, number, revision or '', 's' or 'a', body,
-- arrival number or '', the snapshot's moment (see lib/stale.lua) or the action's act (see lib/told.lua) or '', provider
-- mask, how many providers, and for each its place in the table, delivery id, link known from refs or ''.
local keep, most_open, providers, at
local function arrivals_begins()
  keep, most_open, providers, at = tonumber(ARGV[4]), tonumber(ARGV[5]), {}, 7
  for i = 1, tonumber(ARGV[6]) do
    providers[i] = {name = ARGV[at], field = '>' .. ARGV[at], limit = tonumber(ARGV[at + 1]), blocks = ARGV[at + 2] == '1', keeps_all = ARGV[at + 3] == '1',
      open = {}, ready = {}, alone = {}, accepted = 0, lanes = 0}
    at = at + 4
  end
end

local function next_arrival()
  local name = ARGV[at]
  local e = {identity = name, digest = ARGV[at + 1], order = ARGV[at + 2], source = ARGV[at + 3], number = ARGV[at + 4],
    revision = ARGV[at + 5], kind = ARGV[at + 6], body = ARGV[at + 7], seq = ARGV[at + 8], moment = ARGV[at + 9],
    mask = ARGV[at + 10], targets = {}}
  if e.kind == 'a' then read_act(e, e.moment) end
  local count = tonumber(ARGV[at + 11])
  at = at + 12
  for i = 1, count do
    e.targets[i] = {provider = providers[tonumber(ARGV[at])], id = ARGV[at + 1], link = ARGV[at + 2]}
    at = at + 3
  end
  return e
end

local function read_arrivals()
  local arrivals = {}
  while ARGV[at] do arrivals[#arrivals + 1] = next_arrival() end
  return arrivals
end

-- Why nothing new is accepted now, whatever it is; false where it is.
local function bars_all()
  if (redis.call('HGET', K.table(), 'version') or '0') ~= ARGV[3] then return {'table'} end
  local full = redis.call('GET', K.full())
  return full and {'full', full}
end

local function bars_arrival(e)
  local open = 0
  for _, target in ipairs(e.targets) do
    local p = target.provider
    p.was_open = p.was_open or redis.call('ZCARD', K.open(p.name))
    open = open + p.was_open + #p.open / 2
  end
  return open >= most_open and {'full', 'max_pending'}
end
