-- What attempts came to, for those who look on: a stream that is capped, and how long what was delivered had taken since it
-- was accepted. A clean outcome is what nearly all are, and a write for each would be a tenth of a settle: of one provider
-- one in 50 ms is told, with how many were not told since the one before. All others are told.
-- An entry: provider|seq|state|outcome|reason|ms that the attempt took|ms|how many more.
-- What is between two writes is kept in the server's memory, by provider: a restart loses half a second of it, and no delivery.
local outcomes = {KEPT = 10000, APART_MS = 50, MINUTE_KEPT_S = 172800}
outcomes.seen = {} -- by the provider's index: when one was told last, how many were not since; deliveries by delay

function outcomes.of(p)
  local key = K.open(p)
  local own = outcomes.seen[key]
  if not own then
    own = {told_at = 0, more = 0, delays = {}, is_delayed = false}
    outcomes.seen[key] = own
  end
  return own
end

-- At a new epoch: what is in memory is of the one before, which a server may have outlived that was emptied.
function outcomes.forget() outcomes.seen = {} end

function outcomes.write(p, seq, state, more)
  local took = string.match(r.attempt, '^%[%d+,%d+,(%d+)') or ''
  redis.call('XADD', K.outcomes(), 'MAXLEN', '~', outcomes.KEPT, '*', 'o', p .. '|' .. seq .. '|' .. state .. '|'
    .. r.heard.kind .. '|' .. r.reason .. '|' .. took .. '|' .. r.now_text .. '|' .. more)
end

-- An attempt has ended otherwise than well.
function outcomes.unclean(seq, state)
  if r.attempt ~= '' then outcomes.write(r.provider, seq, state, 0) end
end

-- delay: the place of its delay among those that are told apart, see delays.py; nil where it is not known.
function outcomes.delivered(seq, delay)
  local p = r.provider
  local own = outcomes.of(p)
  if delay then own.delays[delay], own.is_delayed = (own.delays[delay] or 0) + 1, true end
  if math.abs(r.now - own.told_at) < outcomes.APART_MS then
    own.more = own.more + 1
    return
  end
  outcomes.write(p, seq, 'delivered', own.more)
  own.told_at, own.more = r.now, 0
end

-- Every tick writes into the minute what was delivered since the one before, by delay.
function outcomes.keep_delays(p)
  local own = outcomes.of(p)
  if not own.is_delayed then return end
  local minute = K.minute(math.floor(r.now / 60000))
  for delay, count in pairs(own.delays) do redis.call('HINCRBY', minute, p .. '|after' .. delay, count) end
  redis.call('EXPIRE', minute, outcomes.MINUTE_KEPT_S)
  own.delays, own.is_delayed = {}, false
end

return outcomes
