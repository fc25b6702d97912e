-- with: clock state gate ready call lane dead seen told arrivals stale fan
-- KEYS[1] the ledger's prefix. ARGV: 1 reader queue or '', 2 reader token, then the events, see lib/arrivals.lua.
-- Returns for each event {'accepted', seq} | {'duplicate', seq, mask, id of the first event of its act or ''} | {'reused'} |
-- {'other', that id, what that event said} | {'table'} | {'full', why}, and last {provider, how many runners to call, and so
-- on}; or only {{'fenced'}}.
-- Atomic because: an event is known, stored and in all its lanes, or not accepted at all. What events of one step share is
-- most of the work.
if ARGV[1] ~= '' and redis.call('GET', K.reader(ARGV[1])) ~= ARGV[2] then return {{'fenced'}} end
local bars, arrivals, answers = bars_all(), read_arrivals(), {}
ask_seen(arrivals)
for i, e in ipairs(arrivals) do
  answers[i] = known_arrival(e) or bars or bars_arrival(e) or fan_out(e)
end
answers[#answers + 1] = write_gathered()
return answers
