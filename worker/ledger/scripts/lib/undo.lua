-- What a person does with one delivery that has stopped: replay and discard. Each gives a word, and where that is 'refused'
-- why, in a word. Whoever calls it wakes runners for what has become ready.
local undo = {}

-- forced: a snapshot goes over newer ones, an action in doubt counts as not done. edited: the body that is sent instead, or ''.
function undo.replay(p, seq, order, kind, forced, edited)
  local first = redis.call('HGET', K.order(order), 'e')
  if first then delivery.adopt_link(p, order, first) end
  local event = redis.call('HMGET', K.event(seq), '>' .. p, 'a', 'x')
  if not event[1] then return 'refused', 'not_found' end
  if event[3] then return 'refused', 'erased' end
  local final = event[1] ~= '' and delivery.unpack(event[1])
  local state = final and final.state or redis.call('HGET', K.delivery(p, seq), 'st') or 'pending'
  if state == 'pending' or state == 'attempting' then return 'refused', 'not_finished' end
  if state == 'superseded' and not forced then return 'refused', 'superseded' end
  if state == 'delivered' and kind == 'a' then return 'refused', 'delivered_action' end
  if state == 'delivered' and not forced then return 'refused', 'delivered' end
  if kind == 's' and not forced and not gate.read(p).keeps_all then
    local last = tonumber(redis.call('HGET', K.order(order), 'd:' .. p))
    if last and last > tonumber(seq) then return 'refused', 'older' end
  end
  if final then
    local number = final.number ~= '' and final.number or final.attempt ~= '' and '1' or '0'
    redis.call('HSET', K.delivery(p, seq), 'n', number, 'ed', final.edits)
    redis.call('HSET', K.event(seq), '>' .. p, '')
    if state ~= 'delivered' then redis.call('ZREM', K.closed(p, state), seq) end
    if redis.call('EXISTS', K.attempts(p, seq)) == 0 then attempts.push(p, seq, final.attempt) end
  end
  replaying.restart(p, order, seq, kind, state, 'replayed')
  -- 0: whoever forces it vouches that it was not done.
  if forced and kind == 'a' then redis.call('HSET', K.delivery(p, seq), 'db', '0') end
  if edited ~= '' then
    local edit = redis.call('HINCRBY', K.delivery(p, seq), 'ed', 1)
    redis.call('HSET', K.event(seq), 'e' .. edit .. ':' .. p, edited)
  end
  redis.call('ZADD', K.open(p), event[2], seq)
  dead.arrange(p, order)
  if redis.call('HEXISTS', K.claims(p), order) == 0 then
    redis.call('ZREM', K.parked(p), order)
    ready.remove(p, order)
    ready.add(p, 'b', order, r.now)
  end
  return 'replayed'
end

-- reason: in a word.
function undo.discard(p, seq, order, kind, reason)
  local packed = redis.call('HGET', K.event(seq), '>' .. p)
  if not packed then return 'refused', 'not_found' end
  if packed ~= '' then return 'refused', 'final' end
  local past = redis.call('HGET', K.delivery(p, seq), 'st')
  local state = past or 'pending'
  if state == 'attempting' then return 'refused', 'attempting' end
  local claimed = redis.call('HGET', K.claims(p), order)
  if claimed and claim_record.parse(claimed).seq == seq then return 'refused', 'attempting' end
  local head = lane.first(p, order)
  redis.call('ZREM', K.lane(p, order), seq .. kind)
  single.leave(p, order, seq, kind)
  if state == 'dead' then dead.unlist(p, seq) end
  delivery.close(p, seq, {state = 'discarded', reason = reason, attempt = redis.call('LINDEX', K.attempts(p, seq), -1)})
  counts.moved(p, state, 'discarded')
  counts.in_minute(p, 'discarded')
  if kind == 'a' and past then dead.arrange(p, order) end
  if not claimed and lane.first(p, order) ~= head then
    redis.call('ZREM', K.parked(p), order)
    ready.remove(p, order)
    dead.rouse(p, order)
  elseif not claimed then
    dead.heal_head(p, order)
  end
  return 'discarded'
end

return undo
