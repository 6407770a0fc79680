// Prints how many transactions PostgreSQL has numbered and how many commands Redis has served, ever.
import { MikroORM } from '@mikro-orm/postgresql';
import { Redis } from 'ioredis';

const orm = await MikroORM.init({
  clientUrl: process.env.TEST_DATABASE_URL,
  entities: [],
  discovery: { warnWhenNoEntities: false },
});
const [{ id }] = await orm.em.getConnection().execute('select pg_current_xact_id()::text as id');
await orm.close();

const redis = new Redis(process.env.TEST_REDIS_URL);
const commands = /total_commands_processed:(\d+)/.exec(await redis.info('stats'))[1];
redis.disconnect();

console.log(id, commands);
