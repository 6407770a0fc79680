import { Refusal } from '../kernel/errors.ts';
import { stopwatch } from '../kernel/metrics.ts';
import type { Attributes, Tracing } from '../kernel/tracing.ts';
import type { Database } from './database/database.ts';
import type { KeyValue } from './keyvalue/keyvalue.ts';
import type { Limiter } from './keyvalue/limiter.ts';
import type { Store, StoreMetrics } from './metrics.ts';

type Observe = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Returns the database with every round trip timed. Statements are not recorded, because they contain values. */
export function observedDatabase(database: Database, metrics: StoreMetrics, tracing: Tracing): Database {
  const observe = observer('database', { 'db.system.name': 'postgresql' }, { metrics, tracing });
  return {
    ...database,
    run: (work) => observe('database read', () => database.run(work)),
    transaction: (work) => observe('database transaction', () => database.transaction(work)),
    checkWritable: () => observe('database checkWritable', database.checkWritable),
  };
}

/** Returns the store with every round trip timed. */
export function observedKeyValue(keyValue: KeyValue, metrics: StoreMetrics, tracing: Tracing): KeyValue {
  const { kind } = keyValue;
  const observe = observer('keyvalue', { 'db.system.name': kind }, { metrics, tracing });
  return {
    ...keyValue,
    getMany: (keys) => observe('keyvalue getMany', () => keyValue.getMany(keys)),
    getWithReplicationId: (keys) => observe('keyvalue getWithLineage', () => keyValue.getWithReplicationId(keys)),
    set: (...call) => observe('keyvalue set', () => keyValue.set(...call)),
    setMany: (entries) => observe('keyvalue setMany', () => keyValue.setMany(entries)),
    setIfAbsent: (...call) => observe('keyvalue setIfAbsent', () => keyValue.setIfAbsent(...call)),
    replaceIf: (...call) => observe('keyvalue replaceIf', () => keyValue.replaceIf(...call)),
    delete: (keys) => observe('keyvalue delete', () => keyValue.delete(keys)),
    join: (...call) => observe('keyvalue join', () => keyValue.join(...call)),
    leave: (...call) => observe('keyvalue leave', () => keyValue.leave(...call)),
    limiter: (options) => observedLimiter(keyValue.limiter(options), observe),
    ping: () => observe('keyvalue ping', keyValue.ping),
    checkSafe: () => observe('keyvalue checkSafe', keyValue.checkSafe),
  };
}

function observedLimiter(limiter: Limiter, observe: Observe): Limiter {
  return {
    get: (key) => observe('keyvalue limiter get', () => limiter.get(key)),
    penalty: (key) => observe('keyvalue limiter penalty', () => limiter.penalty(key)),
    consume: (key) => observe('keyvalue limiter consume', () => limiter.consume(key)),
    block: (...call) => observe('keyvalue limiter block', () => limiter.block(...call)),
    delete: (key) => observe('keyvalue limiter delete', () => limiter.delete(key)),
  };
}

function observer(
  store: Store,
  attributes: Attributes,
  { metrics, tracing }: { readonly metrics: StoreMetrics; readonly tracing: Tracing },
): Observe {
  return async (name, work) => {
    const seconds = stopwatch();
    try {
      return await tracing.clientStep(name, attributes, work);
    } catch (error) {
      // Any other error comes from the work itself: the store responded.
      if (error instanceof Refusal && error.kind === 'SERVICE_UNAVAILABLE') metrics.failed(store, error);
      throw error;
    } finally {
      metrics.answered(store, seconds());
    }
  };
}
