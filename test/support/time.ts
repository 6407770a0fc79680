import { jest } from '@jest/globals';
import { Redis } from 'ioredis';

/** Moves a store's time forward, so that tests need not wait for minutes. */
export interface Time {
  elapse(milliseconds: number): Promise<void>;
  /** Returns to the present. */
  restore(): Promise<void>;
}

/** Moves the time of this process: `Date.now` runs ahead. Timers are not affected. */
export function processTime(): Time {
  const realNow = Date.now.bind(Date);
  let ahead = 0;
  const spy = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead);
  return {
    elapse: async (milliseconds) => void (ahead += milliseconds),
    restore: async () => spy.mockRestore(),
  };
}

const AGE = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if left >= 0 and left <= tonumber(ARGV[1]) then
    redis.call('DEL', key)
  else
    if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[1]) end
    if redis.call('TYPE', key).ok == 'zset' then
      for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
        redis.call('ZINCRBY', key, -1000 * ARGV[1], member)
      end
    end
  end
end`;

/** Moves the time of a test's own Redis database: every key ages, and so do lines (scored in microseconds). */
export function redisTime(url: string): Time {
  const client = new Redis(url);
  client.on('error', () => {});
  return {
    elapse: async (milliseconds) => void (await client.eval(AGE, 0, milliseconds)),
    restore: async () => client.disconnect(),
  };
}
