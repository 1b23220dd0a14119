-- Read the stored positions of many rooms of one partition.
--
-- KEYS  the rooms' meta
-- Returns {epoch, offset, …} in the order of KEYS; epoch false = no hot state, or of another primary.

local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local positions = {}
for at, meta in ipairs(KEYS) do
  local state = redis.call('HMGET', meta, 'epoch', 'offset', 'run')
  local live = state[1] and state[3] == run
  positions[2 * at - 1] = live and state[1] or false
  positions[2 * at] = live and state[2] or false
end
return positions
