-- What has been accepted before, events and acts by identity, in generations of 30 days: what comes again is told by the
-- newest generation that knows it, and remembered anew, so that it is known for as long again.
local GENERATION = 2592000000
local remembered, current, older  -- in this step and in this generation, by identity; the earlier ones, once asked for
local function seen_begins() remembered, current, older = {}, {}, nil end

local function this_generation() return math.floor(now / GENERATION) end

local function older_generations()
  if older then return older end
  older = {}
  for _, generation in ipairs(redis.call('ZRANGE', K.generations(), 0, -1)) do
    if tonumber(generation) ~= this_generation() then older[#older + 1] = generation end
  end
  return older
end

-- What this generation knows of all of them, in one question.
local function ask_seen(arrivals)
  local identities = {}
  for _, e in ipairs(arrivals) do
    identities[#identities + 1] = e.identity
    if e.act then identities[#identities + 1] = e.act end
  end
  local known = redis.call('HMGET', K.seen(this_generation()), unpack(identities))
  for i, identity in ipairs(identities) do current[identity] = known[i] end
end

local function seen_before(identity)
  local known = remembered[identity] or current[identity]
  if known then return known end
  for _, generation in ipairs(older_generations()) do
    known = redis.call('HGET', K.seen(generation), identity)
    if known then return known, true end
  end
end

local function remember(identity, text) remembered[identity] = text end

local function write_remembered(keep)
  local flat = {}
  for identity, text in pairs(remembered) do
    flat[#flat + 1] = identity
    flat[#flat + 1] = text
  end
  if not flat[1] then return end
  local current = this_generation()
  local fresh = redis.call('HSET', K.seen(current), unpack(flat))
  if redis.call('HLEN', K.seen(current)) > fresh then return end
  redis.call('PEXPIRE', K.seen(current), keep + GENERATION)
  redis.call('ZADD', K.generations(), current, current)
  redis.call('ZREMRANGEBYSCORE', K.generations(), '-inf', current - math.ceil(keep / GENERATION) - 2)
end
