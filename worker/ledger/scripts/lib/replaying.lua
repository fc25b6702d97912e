-- A delivery that has stopped goes again from its old place in the lane: by a person (replay.lua), or by itself where it died
-- for want of its order (uo) and a snapshot of that has been delivered since. Those that wait so are named in the order,
-- by provider ("u:").
local replaying = {ROOM = 1000} -- characters there for their numbers

function replaying.restart(p, order, seq, kind, state, why)
  redis.call('HSET', K.delivery(p, seq), 'st', 'pending', 'rs', why, 'up', r.now,
    'oc', string.format('%.0f', gate.open_clock(gate.read(p))))
  redis.call('HDEL', K.delivery(p, seq), 'due', 't', 'ur', 'ua', 'pf', 'wl', 'uo')
  if state == 'dead' then dead.unlist(p, seq, true) end
  counts.moved(p, state, 'pending')
  if not redis.call('ZSCORE', K.lane(p, order), seq .. kind) then redis.call('ZADD', K.lane(p, order), seq, seq .. kind) end
end

-- An action has died because the provider does not know its order. What may have been done all the same waits for a person.
function replaying.wait_for_order(p, order, seq)
  local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'rs', 'db')
  local waiting = redis.call('HGET', K.order(order), 'u:' .. p) or ''
  if dead.is_in_doubt(past) or #waiting > replaying.ROOM then return end
  redis.call('HSET', K.delivery(p, seq), 'uo', '1')
  if string.find(' ' .. waiting .. ' ', ' ' .. seq .. ' ', 1, true) then return end
  redis.call('HSET', K.order(order), 'u:' .. p, waiting == '' and seq or waiting .. ' ' .. seq)
end

-- A snapshot of the order has been delivered: what waits for that goes again, once.
function replaying.order_came(p, order)
  local waiting = redis.call('HGET', K.order(order), 'u:' .. p)
  if not waiting then return end
  redis.call('HDEL', K.order(order), 'u:' .. p)
  for seq in string.gmatch(waiting, '%d+') do
    local past = redis.call('HMGET', K.delivery(p, seq), 'st', 'uo')
    if past[1] == 'dead' and past[2] then replaying.restart(p, order, seq, 'a', 'dead', 'order_delivered') end
  end
  dead.arrange(p, order)
end

return replaying
