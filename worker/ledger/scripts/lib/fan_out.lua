-- An event on its way into the lanes. What the events of one step write into the same keys is gathered and written at its
-- end. An order is known where it has had events before, so that its lanes may hold something.
local fan_out = {DAY_MS = 86400000, BANDS = 2000}

function fan_out.begin() r.listed, r.ids, r.bands, r.numbered = {}, {}, {}, 0 end

function fan_out.next_seq()
  r.last_seq = r.last_seq or tonumber(redis.call('GET', K.seq()) or 0)
  r.last_seq, r.numbered = r.last_seq + 1, r.numbered + 1
  return string.format('%.0f', r.last_seq)
end

-- The band of a source's lanes; the first source there is has band 0.
function fan_out.band_of(source)
  local band = r.bands[source] or redis.call('HGET', K.bands(), source)
  if band then
    r.bands[source] = tonumber(band)
    return r.bands[source]
  end
  local sources = redis.call('HLEN', K.bands())
  band = sources % fan_out.BANDS
  redis.call('HSET', K.bands(), source, band)
  redis.call('SADD', K.sources(), source)
  if sources == 1 then
    for _, p in ipairs(r.providers) do gate.write(p.name, {several = '1'}) end
  end
  return band
end

-- The order as the ledger knows it, and that this event is its newest; it is kept for so long from its last use. Gives
-- the band of its source.
function fan_out.list_order(e, seq, is_newest, is_known, band)
  local fields = is_newest and {'q', seq, 't', e.moment} or {}
  band = is_known and (tonumber(band) or 0) or fan_out.band_of(e.source)
  if is_newest and e.revision ~= '' then fields[5], fields[6] = 'r', e.revision end
  if not is_known then
    local n = #fields
    fields[n + 1], fields[n + 2], fields[n + 3], fields[n + 4] = 's', e.source, 'n', e.number
    fields[n + 5], fields[n + 6] = 'e', seq
    if band > 0 then fields[n + 7], fields[n + 8] = 'i', band end
  end
  if fields[1] then redis.call('HSET', K.order(e.order), unpack(fields)) end
  if is_known then
    local further = redis.call('RPUSH', K.order_events(e.order), seq)
    if further > 1 and redis.call('PTTL', K.order(e.order)) > r.keep_ms - fan_out.DAY_MS then return band end
    redis.call('PEXPIRE', K.order_events(e.order), r.keep_ms)
  end
  redis.call('PEXPIRE', K.order(e.order), r.keep_ms)
  return band
end

function fan_out.ids_beside(seq)
  local block = delivery.block_of(seq)
  local flat = r.ids[block] or {}
  r.ids[block] = flat
  return flat
end

function fan_out.write_ids()
  for block, flat in pairs(r.ids) do
    local fresh = redis.call('HSET', K.ids(block), unpack(flat))
    if redis.call('HLEN', K.ids(block)) == fresh then redis.call('ZADD', K.id_blocks(), block, block) end
  end
end

-- Two events of one step have their instants one after the other.
function fan_out.list_event(e, seq)
  local listed = r.listed
  listed[#listed + 1] = clock.instant(#listed / 2)
  listed[#listed + 1] = seq
  local record = {'a', r.now, 'b', e.body, 'o', e.order}
  if e.kind == 'a' then record[7], record[8] = 'k', 'a' end
  local beside = e.targets[1] and fan_out.ids_beside(seq)
  for _, target in ipairs(e.targets) do
    record[#record + 1] = target.provider.field
    record[#record + 1] = ''
    beside[#beside + 1] = delivery.short_id(target.id)
    beside[#beside + 1] = seq
    if target.link ~= '' then redis.call('HSETNX', K.order(e.order), 'l:' .. target.provider.name, target.link) end
  end
  redis.call('HSET', K.event(seq), unpack(record))
  if e.email ~= '' then redis.call('RPUSH', delivery.emails_beside(seq, string.byte(e.email)), e.email .. seq) end
end

-- place: among the ready ones. member: what stands for the lane where it is single.
function fan_out.into_lane(p, e, seq, first, place, member)
  p.open[#p.open + 1] = r.listed[#r.listed - 1]
  p.open[#p.open + 1] = seq
  p.lanes = p.lanes + 1
  if member then return single.enter(p, e.order, member, place) end
  local key, own = K.lane(p.name, e.order), seq .. e.kind
  redis.call('ZADD', key, seq, own)
  local last = redis.call('ZRANGE', key, 0, 1, 'REV')
  if not last[2] and not (first and single.keep_first(p, e.order, first)) then
    p.ready[#p.ready + 1] = place
    p.ready[#p.ready + 1] = e.order
  elseif last[1] ~= own and dead.arrives(p.name, e.order, seq, e.kind, last[1], e.seq ~= '') then
    return
  elseif e.kind == 's' and p.blocks then
    dead.heal_head(p.name, e.order)
  end
end

-- The answer to an event that is accepted.
function fan_out.accept(e)
  local known = redis.call('HMGET', K.order(e.order), 'r', 'q', 's', 'i', 'e', 't')
  local revision, newest, source, band, first, moment = unpack(known)
  local is_stale = newest and e.kind == 's' and stale.is_stale(e, newest, revision, moment)
  local seq = e.seq ~= '' and e.seq or fan_out.next_seq()
  dedupe.remember_event(e, seq, e.mask)
  if e.act then dedupe.remember_act(e, seq) end
  band = fan_out.list_order(e, seq, e.kind == 's' and not is_stale, source, band)
  fan_out.list_event(e, seq)
  local place, member = ready.place(band, seq), not source and single.member(e.order, seq, e.kind)
  for _, target in ipairs(e.targets) do
    local p = target.provider
    p.accepted = p.accepted + 1
    if is_stale and not p.keeps_all then
      delivery.close(p.name, seq, {state = 'superseded', reason = 'stale'}, true)
      counts.moved(p.name, nil, 'superseded')
    else
      fan_out.into_lane(p, e, seq, first, place, target.link == '' and member)
    end
  end
  return {'accepted', seq}
end

-- All that was gathered. Gives the providers that want runners, each followed by how many.
function fan_out.write_gathered()
  dedupe.write()
  if r.numbered > 0 then redis.call('INCRBY', K.seq(), r.numbered) end
  if r.listed[1] then redis.call('ZADD', K.events(), unpack(r.listed)) end
  fan_out.write_ids()
  local calls = {}
  for _, p in ipairs(r.providers) do
    if p.accepted > 0 then redis.call('HINCRBY', K.counts(p.name), 'accepted', p.accepted) end
    if p.open[1] then redis.call('ZADD', K.open(p.name), unpack(p.open)) end
    if p.ready[1] then redis.call('ZADD', K.ready(p.name, 'f'), unpack(p.ready)) end
    local wanted = p.lanes > 0 and wakeups.wake_runners(p.name, p.limit, p.lanes) or 0
    if wanted > 0 then
      calls[#calls + 1] = p.name
      calls[#calls + 1] = wanted
    end
  end
  return calls
end

return fan_out
