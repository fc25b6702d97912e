-- KEYS[1] the ledger's prefix. ARGV: 1 reader queue or '', 2 reader token, then the events, see batch.lua.
-- Returns for each event {'accepted', seq} | {'duplicate', seq, mask, id of the first event of its act or ''} | {'reused'} |
-- {'other', that id, what that event said} | {'table'} | {'full', why}, and last {provider, how many runners to call, and so
-- on}; or only {{'fenced'}}.
-- Atomic because: an event is known, stored and in all its lanes, or not accepted at all. What events of one step share is
-- most of the work.
if ARGV[1] ~= '' and redis.call('GET', K.reader(ARGV[1])) ~= ARGV[2] then return {{'fenced'}} end
local bars, events, answers = batch.bars_all(ARGV[3]), batch.read(ARGV), {}
dedupe.ask(events)
fan_out.begin()
for i, e in ipairs(events) do
  answers[i] = dedupe.known_event(e) or bars or batch.bars(e) or fan_out.accept(e)
end
answers[#answers + 1] = fan_out.write_gathered()
return answers
