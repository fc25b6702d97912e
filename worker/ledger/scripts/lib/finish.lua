-- The end of an attempt, shared by settle, park and bury. ARGV[6..15]: the claim as its holder knows it (token, order, delivery,
-- attempt, kind of event, the gate's epoch), what the gate hears (kind of outcome, ms to wait, calls made, '1' where the
-- provider was asked, calls left or ''), the attempt, the link, the reason.
local token, order, heard, attempt, link, reason, clears_doubt
local plain = {}  -- what nearly all attempts end with, by its text: read once
local function read_heard(text)
  local kind, wait, calls, asked, left = string.match(text, '^(%a+)|(%d+)|(%d+)|(%d)|(.*)$')
  local read = {kind = kind, wait = tonumber(wait), calls = tonumber(calls), asked = asked == '1', left = tonumber(left)}
  if kind == 'accepted' and wait == '0' and left == '' and read.calls < 10 then plain[text] = read end
  return read
end

local function finish_begins()
  token, order, heard = ARGV[6], ARGV[7], plain[ARGV[12]] or read_heard(ARGV[12])
  attempt, link, reason, clears_doubt = ARGV[13], ARGV[14], ARGV[15], is_set(CLEARS_FLAG)
end

-- The claim as it stands if it is ours, else nil: then nothing of the delivery's state may be moved by it. What its holder
-- knows of it is not read again.
local function own_claim()
  local text = redis.call('HGET', K.claims(p), order)
  local ends = #token + 1
  if not text or string.sub(text, 1, ends) ~= token .. '|' then return end
  local past = tonumber(string.sub(text, ends + 1, ends + 1))
  local taken = plan.per_second > 0 and tonumber(string.match(text, '^%d+', ends + 3)) or 0
  return read_past({token = token, seq = ARGV[8], number = ARGV[9], kind = ARGV[10], epoch = ARGV[11], taken = taken}, past)
end

local function release(c)
  redis.call('HDEL', K.claims(p), order)
  gate_hears(p, order, c, plan, heard, attempt)
end

-- What was learned of the order at the provider; delivered: the snapshot that is there now, '' where none came to be.
-- is_first: nothing was delivered and nothing in doubt when the lane was claimed, and nobody else writes it since.
local function write_link(delivered, is_first)
  if link == '' and delivered == '' and not clears_doubt then return end
  local key = K.order(order)
  if is_first and link ~= '' and delivered ~= '' then
    return redis.call('HSET', key, 'l:' .. p, link, 'd:' .. p, delivered)
  end
  local known = redis.call('HMGET', key, 'l:' .. p, 'm:' .. p, 'd:' .. p)
  local fields = {}
  if link ~= '' and link ~= known[1] then fields = {'l:' .. p, link} end
  if delivered ~= '' and tonumber(delivered) > (tonumber(known[3]) or 0) then
    fields[#fields + 1] = 'd:' .. p
    fields[#fields + 1] = delivered
  end
  if fields[1] then redis.call('HSET', key, unpack(fields)) end
  if known[2] and (heard.kind == 'accepted' or clears_doubt) then redis.call('HDEL', key, 'm:' .. p) end
end

local function move(c, fields)
  fields.n = attempt ~= '' and c.number or c.number - 1
  fields.up = now
  local flat, gone_fields = {}, {}
  for f, v in pairs(fields) do
    if v == false then gone_fields[#gone_fields + 1] = f else flat[#flat + 1] = f; flat[#flat + 1] = tostring(v) end
  end
  redis.call('HSET', K.delivery(p, c.seq), unpack(flat))
  if #gone_fields > 0 then redis.call('HDEL', K.delivery(p, c.seq), unpack(gone_fields)) end
  push_attempt(p, c.seq, attempt)
end

-- The delivery's own doubt, and the order's: while a request may still be carried out there, nothing else of the order
-- may go out that it could undo, and where it may have created the order every later snapshot looks for it first.
local function doubt(fields, ago)
  fields.db = string.format('%.0f', now - tonumber(ago))
  redis.call('HSET', K.order(order), 'm:' .. p, fields.db)
end

-- A delivery comes to its final state. fresh, is_first, is_alone: as of its claim (lib/held.lua).
local function end_delivery(state, seq, kind, from, number, fresh, is_first, is_alone)
  if attempt ~= '' and not fresh and redis.call('EXISTS', K.delivery(p, seq)) == 1 then
    redis.call('HSET', K.delivery(p, seq), 'n', number)
    push_attempt(p, seq, attempt)
  end
  if is_alone and state == 'delivered' then return pack(p, seq, state, reason, nil, attempt, fresh, link) end
  pack(p, seq, state, reason, nil, attempt, fresh)
  count(p, from, state)
  if state ~= 'delivered' then count_minute(p, state) end
  write_link(state == 'delivered' and kind == 's' and seq or '', is_first)
end
