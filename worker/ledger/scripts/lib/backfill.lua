-- A provider that was not there when an order's newest snapshot came in gets that snapshot now: the delivery is added to the
-- event that is kept, as fan_out.lua makes it of a fresh one, in its own place in the lane and behind live traffic.
local backfill = {}

-- What is remembered of the event names this provider too, so that a repeat of the event is answered with this delivery.
function backfill.remember(identity, bit)
  for _, generation in ipairs(redis.call('ZRANGE', K.generations(), 0, -1)) do
    local text = redis.call('HGET', K.seen(generation), identity)
    if text then
      local seq, digest, mask, first = string.match(text, dedupe.EVENT)
      local told = seq .. '|' .. digest .. '|' .. backfill.sum(mask, bit) .. (first ~= '' and '|' .. first or '')
      redis.call('HSET', K.seen(generation), identity, told)
    end
  end
end

-- Two whole numbers added in writing: a table of more than 53 providers has masks that no double holds.
function backfill.sum(one, other)
  local digits, carry = {}, 0
  for i = 1, math.max(#one, #other) do
    local both = carry + (tonumber(string.sub(one, -i, -i)) or 0) + (tonumber(string.sub(other, -i, -i)) or 0)
    table.insert(digits, 1, both % 10)
    carry = math.floor(both / 10)
  end
  return (carry > 0 and carry or '') .. table.concat(digits)
end

-- Into its place among what the lane has. Where it is the next one the lane is ready for it, behind live traffic; a lane
-- that is ready already, or in flight, keeps its turn.
function backfill.into_lane(p, order, seq)
  local first = redis.call('HGET', K.order(order), 'e')
  if first then single.keep_first({name = p, single = {}, ready = {}}, order, first) end
  local own, before = seq .. 's', lane.first(p, order)
  redis.call('ZADD', K.lane(p, order), seq, own)
  if before then dead.arrange(p, order) end
  if redis.call('HEXISTS', K.claims(p), order) == 1 then return end
  local head = lane.first(p, order)
  if head ~= own then return dead.heal_head(p, order) end
  for _, class in ipairs(ready.CLASSES) do
    if redis.call('ZSCORE', K.ready(p, class), order) then return end
  end
  redis.call('ZREM', K.parked(p), order)
  ready.add(p, 'b', order, r.now)
end

-- d: order, seq, id of the delivery, identity of the event, bit of the provider in its mask, link known from refs or ''.
-- Gives a word: 'added', 'already_there', 'not_kept', 'not_newest'.
function backfill.add(p, d)
  if redis.call('HGET', K.order(d.order), 'q') ~= d.seq then return 'not_newest' end
  local event = redis.call('HMGET', K.event(d.seq), 'a', '>' .. p)
  if not event[1] then return 'not_kept' end
  if event[2] then return 'already_there' end
  redis.call('HSET', K.event(d.seq), '>' .. p, '')
  local block = delivery.block_of(d.seq)
  redis.call('HSET', K.ids(block), delivery.short_id(d.id), d.seq)
  redis.call('ZADD', K.id_blocks(), block, block)
  if d.link ~= '' then redis.call('HSETNX', K.order(d.order), 'l:' .. p, d.link) end
  backfill.remember(d.identity, d.bit)
  redis.call('HINCRBY', K.counts(p), 'accepted', 1)
  redis.call('ZADD', K.open(p), event[1], d.seq)
  backfill.into_lane(p, d.order, d.seq)
  return 'added'
end

return backfill
