-- Read one room's state and position in one atomic step.
--
-- KEYS  1 meta  2 items  3 pulses  4 comments
-- Returns {epoch, offset, {key, rev and record, …}, {key, record, …}, {record, …}}; nil = no hot state, or of
-- another primary, or half of it evicted.

local state = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'run', 'count')
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if not state[1] or state[3] ~= run or redis.call('HLEN', KEYS[2]) ~= tonumber(state[4]) then return false end
return {
  state[1],
  state[2],
  redis.call('HGETALL', KEYS[2]),
  redis.call('HGETALL', KEYS[3]),
  redis.call('LRANGE', KEYS[4], 0, -1),
}
