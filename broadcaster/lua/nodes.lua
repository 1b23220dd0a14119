-- Find the nodes at which some members are.
--
-- KEYS     mailbox of each member (sorted set: node → until when it is entered)
-- ARGV[1]  now, in ms
--
-- Returns the nodes of each.
local nodes = {}
for i, key in ipairs(KEYS) do
    nodes[i] = redis.call('ZRANGEBYSCORE', key, ARGV[1], '+inf')
end
return nodes
