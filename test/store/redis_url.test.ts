import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from '../../src/store/keyvalue/redis_url.ts';

describe('REDIS_URL', () => {
  it.each([
    ['redis://localhost', { form: 'single', tls: false, hosts: [{ host: 'localhost', port: 6379 }], db: 0 }],
    ['redis://localhost:6380/5', { hosts: [{ host: 'localhost', port: 6380 }], db: 5 }],
    ['rediss://:p%40ss%3Aw%2Frd@cache.example/', { tls: true, username: undefined, password: 'p@ss:w/rd', db: 0 }],
    ['redis://localhost:1/0', { hosts: [{ host: 'localhost', port: 1 }], db: 0 }],
    ['redis://localhost:65535/9999', { hosts: [{ host: 'localhost', port: 65_535 }], db: 9999 }],
    ['redis://user:@h', { username: 'user', password: undefined }],
    ['redis://user:a:b@h', { username: 'user', password: 'a:b' }],
    ['REDIS://[::1]:7000/1', { hosts: [{ host: '::1', port: 7000 }], db: 1 }],
    [
      'redis-sentinel://:pw@a:1,b,[::2]:3/main/2?sentinelPassword=o%26ther',
      {
        form: 'sentinel',
        password: 'pw',
        master: 'main',
        db: 2,
        sentinelPassword: 'o&ther',
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
          { host: '::2', port: 3 },
        ],
      },
    ],
    ['rediss-sentinel://a/main', { form: 'sentinel', tls: true, master: 'main', db: 0, sentinelPassword: undefined }],
    [
      'redis-cluster://u:p@a:1,b:2',
      {
        form: 'cluster',
        tls: false,
        username: 'u',
        password: 'p',
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
    ['rediss-cluster://a', { form: 'cluster', tls: true, hosts: [{ host: 'a', port: 6379 }] }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis:/localhost',
    'redis://',
    'redis:///1',
    'redis://a,b',
    'redis://a/one',
    'redis://a/10000',
    'redis://a/1/2',
    'redis://a:0',
    'redis://a:65536',
    'redis://a:port',
    'redis://a b',
    'redis://::1',
    'redis://%zz:p@a',
    'redis-sentinel://a',
    'redis-sentinel://a,/main',
    'redis-sentinel://a/main/x',
    'redis-cluster://a/0',
    'redis-other://a',
    'redis://a?db=1',
    'redis://a?sentinelPassword=x',
    'redis-sentinel://a/main?password=x',
  ])('rejects %p', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(Error);
  });

  it('never repeats the password', () => {
    for (const url of ['http://:s3cret@a', 'redis://:s3cret@a:x', 'redis://:s3cret@a/x', 'redis://:s3cret%zz@a']) {
      expect(() => parseRedisUrl(url)).toThrow(/^(?!.*s3cret)/);
    }
  });
});
