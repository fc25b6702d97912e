-- An event on its way into the lanes. is_known: the order has had events before, so that its lanes may hold something.
local DAY = 86400000

-- The order as the ledger knows it, and that this event is its newest; it is kept for so long from its last use.
local function list_order(order, seq, is_newest, is_known, keep)
  local fields = {}
  if not is_known then fields = {'s', ARGV[5], 'n', ARGV[6]} end
  if is_newest then
    fields[#fields + 1] = 'q'
    fields[#fields + 1] = seq
    if ARGV[7] ~= '' then
      fields[#fields + 1] = 'r'
      fields[#fields + 1] = ARGV[7]
    end
  end
  if fields[1] then redis.call('HSET', K.order(order), unpack(fields)) end
  redis.call('RPUSH', K.order_events(order), seq)
  if not is_known then redis.call('SADD', K.sources(), ARGV[5]) end
  if is_known and redis.call('PTTL', K.order(order)) > keep - DAY then return end
  redis.call('PEXPIRE', K.order(order), keep)
  redis.call('PEXPIRE', K.order_events(order), keep)
end

-- Gives how many runners are to be called.
local function fan_out(p, seq, kind, order, is_known, blocks, limit)
  redis.call('ZADD', K.open(p), instant, seq)
  local lane = K.lane(p, order)
  redis.call('ZADD', lane, seq, seq .. kind)
  if not is_known or redis.call('ZCARD', lane) == 1 then
    redis.call('ZADD', K.ready(p, 'f'), seq, order)
  elseif kind == 's' and blocks then
    local head = string.match(redis.call('ZRANGE', lane, 0, 0)[1], '%d+')
    if redis.call('HGET', K.delivery(p, head), 'st') == 'dead' then heal(p, order) end
  end
  return summon(p, limit)
end
