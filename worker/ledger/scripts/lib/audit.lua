-- Who did what and why.
local audit = {KEPT = 10000}

function audit.note(verb, what, why, who)
  redis.call('XADD', K.audit(), 'MAXLEN', '~', audit.KEPT, '*', 'at', r.now, 'verb', verb, 'what', what, 'why', why, 'who', who)
end

return audit
