-- An event on its way into the lanes. What the events of one step write into the same keys is gathered and written at its
-- end. An order is known where it has had events before, so that its lanes may hold something.
local DAY = 86400000
local listed, ids, bands, last_seq, numbered
local function fan_begins() listed, ids, bands, last_seq, numbered = {}, {}, {}, nil, 0 end

local function next_seq()
  last_seq = last_seq or tonumber(redis.call('GET', K.seq()) or 0)
  last_seq, numbered = last_seq + 1, numbered + 1
  return string.format('%.0f', last_seq)
end

-- The band of a source's lanes; the first source there is has band 0.
local function band_of(source)
  local band = bands[source] or redis.call('HGET', K.bands(), source)
  if band then
    bands[source] = tonumber(band)
    return bands[source]
  end
  local sources = redis.call('HLEN', K.bands())
  band = sources % 2000
  redis.call('HSET', K.bands(), source, band)
  redis.call('SADD', K.sources(), source)
  if sources == 1 then
    for _, p in ipairs(providers) do gate_write(p.name, {several = '1'}) end
  end
  return band
end

-- The order as the ledger knows it, and that this event is its newest; it is kept for so long from its last use. Gives
-- the band of its source.
local function list_order(e, seq, is_newest, is_known, band)
  local fields = is_newest and {'q', seq, 't', e.moment} or {}
  band = is_known and (tonumber(band) or 0) or band_of(e.source)
  if is_newest and e.revision ~= '' then fields[5], fields[6] = 'r', e.revision end
  if not is_known then
    local n = #fields
    fields[n + 1], fields[n + 2], fields[n + 3], fields[n + 4], fields[n + 5], fields[n + 6] = 's', e.source, 'n', e.number, 'e', seq
    if band > 0 then fields[n + 7], fields[n + 8] = 'i', band end
  end
  if fields[1] then redis.call('HSET', K.order(e.order), unpack(fields)) end
  if is_known then
    local further = redis.call('RPUSH', K.order_events(e.order), seq)
    if further > 1 and redis.call('PTTL', K.order(e.order)) > keep - DAY then return band end
    redis.call('PEXPIRE', K.order_events(e.order), keep)
  end
  redis.call('PEXPIRE', K.order(e.order), keep)
  return band
end

local function ids_beside(seq)
  local block = block_of(seq)
  local flat = ids[block] or {}
  ids[block] = flat
  return flat
end

local function write_ids()
  for block, flat in pairs(ids) do
    local fresh = redis.call('HSET', K.ids(block), unpack(flat))
    if redis.call('HLEN', K.ids(block)) == fresh then redis.call('ZADD', K.id_blocks(), block, block) end
  end
end

-- Two events of one step have their instants one after the other.
local function list_event(e, seq)
  listed[#listed + 1] = instant(#listed / 2)
  listed[#listed + 1] = seq
  local record = {'a', now, 'b', e.body, 'o', e.order}
  if e.kind == 'a' then record[7], record[8] = 'k', 'a' end
  local beside = e.targets[1] and ids_beside(seq)
  for _, target in ipairs(e.targets) do
    record[#record + 1] = target.provider.field
    record[#record + 1] = ''
    beside[#beside + 1] = short_id(target.id)
    beside[#beside + 1] = seq
    if target.link ~= '' then redis.call('HSETNX', K.order(e.order), 'l:' .. target.provider.name, target.link) end
  end
  redis.call('HSET', K.event(seq), unpack(record))
end

-- The order's first event becomes a lane where it is alone still; false where it is done, and the order has its link.
local function keep_first(p, order, first)
  local state, kind = unpack(redis.call('HMGET', K.event(first), '>' .. p.name, 'k'))
  if state ~= '' then
    adopt_link(p.name, order, first)
    return false
  end
  kind = kind or 's'
  local at = p.alone[order]
  if at then
    p.ready[at] = order
    redis.call('ZADD', K.lane(p.name, order), first, first .. kind)
    return true
  end
  if waits_as_lane(p.name, order, first, kind) then return true end
  local text = redis.call('HGET', K.claims(p.name), order)
  if not text then return false end
  local c = claim_parts(text)
  keep_lane(p.name, order, c)
  c.alone = false
  redis.call('HSET', K.claims(p.name), order, claim_text(c))
  return true
end

-- lone: the lane that it is by itself, where it is alone, and its place among the ready ones.
local function into_lane(p, e, seq, first, band, lone, lone_place)
  p.open[#p.open + 1] = listed[#listed - 1]
  p.open[#p.open + 1] = seq
  p.lanes = p.lanes + 1
  if lone then
    p.ready[#p.ready + 1] = lone_place
    p.ready[#p.ready + 1] = lone
    p.alone[e.order] = #p.ready
    return
  end
  local lane = K.lane(p.name, e.order)
  redis.call('ZADD', lane, seq, seq .. e.kind)
  local last = redis.call('ZRANGE', lane, 0, 1, 'REV')
  if not last[2] and not (first and keep_first(p, e.order, first)) then
    p.ready[#p.ready + 1] = place(band, seq)
    p.ready[#p.ready + 1] = e.order
  elseif last[1] ~= seq .. e.kind and dead.arrives(p.name, e.order, seq, e.kind, last[1], e.seq ~= '') then
    return
  elseif e.kind == 's' and p.blocks then
    dead.heal_head(p.name, e.order)
  end
end

local function fan_out(e)
  local r, q, source, band, first, t = unpack(redis.call('HMGET', K.order(e.order), 'r', 'q', 's', 'i', 'e', 't'))
  local stale = q and e.kind == 's' and is_stale(e, q, r, t)
  local seq = e.seq ~= '' and e.seq or next_seq()
  remember(e.identity, seq .. '|' .. e.digest .. '|' .. e.mask)
  if e.act then remember(e.act, seq .. '|' .. e.mask .. '|' .. e.told) end
  band = list_order(e, seq, e.kind == 's' and not stale, source, band)
  list_event(e, seq)
  local lone = not source and alone(e.order, seq, e.kind)
  local lone_place = lone and place(band, seq)
  for _, target in ipairs(e.targets) do
    target.provider.accepted = target.provider.accepted + 1
    if stale and not target.provider.keeps_all then
      pack(target.provider.name, seq, 'superseded', 'stale', nil, nil, true)
      count(target.provider.name, nil, 'superseded')
    else
      into_lane(target.provider, e, seq, first, band, target.link == '' and lone, lone_place)
    end
  end
  return {'accepted', seq}
end

-- All that was gathered. Gives the providers that want runners, each followed by how many.
local function write_gathered()
  write_remembered(keep)
  if numbered > 0 then redis.call('INCRBY', K.seq(), numbered) end
  if listed[1] then redis.call('ZADD', K.events(), unpack(listed)) end
  write_ids()
  local calls = {}
  for _, p in ipairs(providers) do
    if p.accepted > 0 then redis.call('HINCRBY', K.counts(p.name), 'accepted', p.accepted) end
    if p.open[1] then redis.call('ZADD', K.open(p.name), unpack(p.open)) end
    if p.ready[1] then redis.call('ZADD', K.ready(p.name, 'f'), unpack(p.ready)) end
    local wanted = p.lanes > 0 and summon(p.name, p.limit, p.lanes) or 0
    if wanted > 0 then
      calls[#calls + 1] = p.name
      calls[#calls + 1] = wanted
    end
  end
  return calls
end
