-- A claim as it is kept: token, delivery, attempt, when it began, the gate's epoch, kind of event, whether the delivery
-- had no past, the end of the lease, and the tokens of the rate that it took.
local function claim_parts(text)
  local token, seq, number, started, epoch, kind, fresh, ends, taken =
    string.match(text, '^(.-)|(%d+)|(%d+)|(%d+)|(%d+)|(%a)|(%d)|(%d+)|(%d+)$')
  return {token = token, seq = seq, number = number, started = started, epoch = tonumber(epoch), kind = kind,
    fresh = fresh == '1', ends = tonumber(ends), taken = tonumber(taken)}
end

local function claim_text(c)
  return table.concat({c.token, c.seq, c.number, string.format('%.0f', c.started), c.epoch, c.kind, c.fresh and '1' or '0',
    string.format('%.0f', c.ends), c.taken}, '|')
end
