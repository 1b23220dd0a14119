-- Take a node out of members' mailboxes.
--
-- KEYS  the mailboxes
-- ARGV  1 node

for _, mailbox in ipairs(KEYS) do
  redis.call('ZREM', mailbox, ARGV[1])
end
return #KEYS
