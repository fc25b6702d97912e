-- An event on its way into the lanes. is_known: the order has had events before, so that its lanes may hold something.
local DAY = 86400000

-- The band of a source's lanes; the first source there is has band 0.
local function band_of(source)
  local band = redis.call('HGET', K.bands(), source)
  if band then return tonumber(band) end
  band = redis.call('HLEN', K.bands()) % 2000
  redis.call('HSET', K.bands(), source, band)
  redis.call('SADD', K.sources(), source)
  return band
end

-- The order as the ledger knows it, and that this event is its newest; it is kept for so long from its last use. Gives
-- the band of its source.
local function list_order(order, seq, is_newest, is_known, keep, band)
  local fields = {}
  band = is_known and (tonumber(band) or 0) or band_of(ARGV[5])
  if not is_known then fields = band > 0 and {'s', ARGV[5], 'n', ARGV[6], 'i', band} or {'s', ARGV[5], 'n', ARGV[6]} end
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
  if is_known and redis.call('PTTL', K.order(order)) > keep - DAY then return band end
  redis.call('PEXPIRE', K.order(order), keep)
  redis.call('PEXPIRE', K.order_events(order), keep)
  return band
end

-- Gives how many runners are to be called.
local function fan_out(p, seq, kind, order, is_known, blocks, limit, band)
  redis.call('ZADD', K.open(p), instant, seq)
  local lane = K.lane(p, order)
  redis.call('ZADD', lane, seq, seq .. kind)
  if not is_known or redis.call('ZCARD', lane) == 1 then
    redis.call('ZADD', K.ready(p, 'f'), place(band, seq), order)
  elseif kind == 's' and blocks then
    heal_dead_head(p, order)
  end
  return summon(p, limit)
end
