-- Read the kept frames after an offset, with what is needed to judge whether they are all there.
--
-- KEYS  1 meta  2 log
-- ARGV  1 epoch  2 offset; -1 = whatever the log holds  3 limit
-- Returns {epoch, offset, frames in the log, {entry, …}}; no entries if the epoch is another one or the log
-- does not reach back to the offset; nil = no hot state, or of another primary.

local state = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'run')
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if not state[1] or state[3] ~= run then return false end
local last, after, length = tonumber(state[2]), tonumber(ARGV[2]), redis.call('LLEN', KEYS[2])
local skip = after - (last - length)
if after < 0 then skip = 0 end
local entries = {}
if state[1] == ARGV[1] and after < last and skip >= 0 then
  entries = redis.call('LRANGE', KEYS[2], skip, skip + tonumber(ARGV[3]) - 1)
end
return {state[1], state[2], length, entries}
