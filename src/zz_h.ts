import { openKeyValue } from './store/keyvalue.ts';
await openKeyValue({ redisUrl: 'redis://:x@127.0.0.1:6379', readyTimeoutMs: 300 }).catch(e => console.log(e.message));
console.time('exit redis://:x@127.0.0.1:6379'); process.on('exit', () => console.timeEnd('exit redis://:x@127.0.0.1:6379'));
