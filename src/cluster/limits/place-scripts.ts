/**
 * Places are leased members of a sorted set: what a lost instance has taken comes back when its lease is over. The score is the end of the lease
 * by the clock of Redis, so that those of the instances do not matter. The set goes with its last member.
 */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Takes a place and counts it in the window.
 * KEYS places, rate · ARGV member, lease, places, turns in the window, window
 * @returns ['full'], ['spent', ms until the window is over] or ['taken', turns in the window, ms]
 */
export const TAKE_COUNTED = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return {'full'} end
local count = tonumber(redis.call('GET', KEYS[2]) or '0')
local left = redis.call('PTTL', KEYS[2])
if count >= tonumber(ARGV[4]) and left >= 0 then return {'spent', left} end
count = redis.call('INCR', KEYS[2])
if left < 0 then
  left = tonumber(ARGV[5])
  redis.call('PEXPIRE', KEYS[2], left)
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'taken', count, left}
`;

/**
 * Looks, and changes nothing.
 * KEYS places, rate
 * @returns [places that are taken, turns in the window, ms until it is over]
 */
export const LOOK = `${NOW}
return {
  redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf'),
  tonumber(redis.call('GET', KEYS[2]) or '0'),
  redis.call('PTTL', KEYS[2])
}
`;

/**
 * Gives places back and takes others, for an instance whose turns wait if it does not get them all. It takes none while others wait if it gives way to them.
 * KEYS places, waiting instances · ARGV lease, places, instance, ms for which it waits, 1 if it gives way, how many it wants and their members, members that it gives back
 * @returns [how many it gets, of those it has named first, how many other instances wait]
 */
export const EXCHANGE = `${NOW}
local wanted = tonumber(ARGV[6])
for i = 7 + wanted, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local others = redis.call('ZCARD', KEYS[2])
if redis.call('ZSCORE', KEYS[2], ARGV[3]) then others = others - 1 end
local room = tonumber(ARGV[2]) - redis.call('ZCARD', KEYS[1])
if ARGV[5] == '1' and others > 0 then room = 0 end
local granted = math.max(0, math.min(room, wanted))
for i = 7, 6 + granted do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
if granted > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
if granted < wanted and ARGV[4] ~= '0' then
  redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[3])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
else
  redis.call('ZREM', KEYS[2], ARGV[3])
end
return {granted, others}
`;

/**
 * Writes the places that an instance has, whether they are still known or not, and takes out those that it could not give back.
 * KEYS the set of each · ARGV lease, then for each its member, with + or - in front
 */
export const RENEW = `${NOW}
for i, set in ipairs(KEYS) do
  local member = string.sub(ARGV[i + 1], 2)
  if string.sub(ARGV[i + 1], 1, 1) == '+' then
    redis.call('ZADD', set, now + ARGV[1], member)
    redis.call('PEXPIRE', set, ARGV[1])
  else
    redis.call('ZREM', set, member)
  end
end
`;

/** KEYS places · ARGV member */
export const GIVE_BACK = `return redis.call('ZREM', KEYS[1], ARGV[1])`;
