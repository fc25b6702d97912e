-- The first event of an order of which the provider is known to have nothing is single: a lane by itself, which nothing tells
-- but its member "<order>|<seq><kind>" among the ready ones of class f. It is kept as a lane from when more comes in or is
-- known, or when it is not done at its first try. What it learns of its order it keeps itself: see delivery.adopt_link.
local single = {ORDER = 20} -- an order is 20 characters

function single.member(order, seq, kind) return order .. '|' .. seq .. kind end

-- The order, seq and kind that a member tells of.
function single.read(member)
  return string.sub(member, 1, single.ORDER), string.sub(member, single.ORDER + 2, -2), string.sub(member, -1)
end

-- Into a lane of its own, while a step of intake gathers what is ready at p, of that step's providers.
function single.enter(p, order, member, place)
  p.ready[#p.ready + 1] = place
  p.ready[#p.ready + 1] = member
  p.single[order] = #p.ready
end

-- What was claimed single is a lane now.
function single.keep(p, order, c)
  if c.single then redis.call('ZADD', K.lane(p, order), c.seq, c.seq .. c.kind) end
end

-- True where it waited single, and waits as a lane now.
function single.keep_waiting(p, order, seq, kind)
  local member = single.member(order, seq, kind)
  local since = redis.call('ZSCORE', K.ready(p, 'f'), member)
  if not since then return false end
  redis.call('ZREM', K.ready(p, 'f'), member)
  redis.call('ZADD', K.ready(p, 'f'), since, order)
  redis.call('ZADD', K.lane(p, order), seq, seq .. kind)
  return true
end

-- It waits no more.
function single.leave(p, order, seq, kind) redis.call('ZREM', K.ready(p, 'f'), single.member(order, seq, kind)) end

-- Another event of the order has come: its first becomes a lane where it is single still, wherever it is; false where it is
-- done, and the order has its link. p: of the step's providers.
function single.keep_first(p, order, first)
  local packed, kind = unpack(redis.call('HMGET', K.event(first), '>' .. p.name, 'k'))
  if packed ~= '' then
    delivery.adopt_link(p.name, order, first)
    return false
  end
  kind = kind or 's'
  local at = p.single[order]
  if at then
    p.ready[at] = order
    redis.call('ZADD', K.lane(p.name, order), first, first .. kind)
    return true
  end
  if single.keep_waiting(p.name, order, first, kind) then return true end
  local text = redis.call('HGET', K.claims(p.name), order)
  if not text then return false end
  local c = claim_record.parse(text)
  single.keep(p.name, order, c)
  c.single = false
  redis.call('HSET', K.claims(p.name), order, claim_record.format(c))
  return true
end

return single
