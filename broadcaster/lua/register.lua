-- Enter a node in members' mailboxes.
--
-- KEYS  the mailboxes; on a Cluster all of one bucket
-- ARGV  1 node  2 until_ms (when the entry stops to count)  3 keep_ms (when a mailbox nobody renews is forgotten)

if tonumber(ARGV[2]) == nil or tonumber(ARGV[3]) == nil then
  return redis.error_reply('ERR register: until_ms and keep_ms are numbers')
end
for _, mailbox in ipairs(KEYS) do
  redis.call('ZADD', mailbox, ARGV[2], ARGV[1])
  redis.call('PEXPIRE', mailbox, ARGV[3])
end
return #KEYS
