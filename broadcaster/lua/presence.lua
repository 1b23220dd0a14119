-- Say how many viewers of a room one node has; return how many all nodes have.
--
-- KEYS  1 the room's counts by node
-- ARGV  1 node  2 count  3 now_ms  4 keep_ms
-- A node that says nothing for keep_ms is no longer counted.

local now, keep = tonumber(ARGV[3]), tonumber(ARGV[4])
if now == nil or keep == nil or tonumber(ARGV[2]) == nil then
  return redis.error_reply('ERR presence: count, now_ms and keep_ms are numbers')
end
if tonumber(ARGV[2]) > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], struct.pack('>dd', now + keep, tonumber(ARGV[2])))
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
local sum, nodes = 0, redis.call('HGETALL', KEYS[1])
for at = 1, #nodes, 2 do
  local until_ms, count = struct.unpack('>dd', nodes[at + 1])
  if until_ms < now then redis.call('HDEL', KEYS[1], nodes[at]) else sum = sum + count end
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return sum
