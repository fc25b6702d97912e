-- KEYS[1] the ledger's prefix. ARGV: of each of several attempts sixteen: 1-5 lib/claim.lua, 6-15 ending.lua, 16 final state
-- and behind '|' the place of its delay.
-- Returns for each what claim returns; its first word has '!' before it where the old claim was not ours any more.
-- Atomic because: the delivery ends, its lane, counters, link and gate follow, and the next lane is taken, or none of it.
-- What attempts of one step share is a third of the work.
local answers = {}
for at = 0, #ARGV - 1, 16 do
  claim.read(ARGV, at)
  ending.read(ARGV, at)
  answers[#answers + 1] = settle_one.settle(ARGV[at + 16])
end
return answers
