import { createBenchClient, login, refresh } from './client.ts';
import type { Figure } from './run.ts';
import type { BenchServer } from './server.ts';

const REFRESHES = 1_000;
const EVERY = 20;

/** What a session weighs while it is refreshed a thousand times: rows, and bytes of them as PostgreSQL stores them. */
export async function sessionSize({ url, admin, sql }: BenchServer): Promise<Figure[]> {
  const name = `rows and bytes of a session in ${REFRESHES} refreshes`;
  const wanted = 'one row, constant size';
  if (!sql) return [{ name, wanted, measured: "not measured: the database is the server's alone" }];

  const [before] = await sql('select count(*)::int as rows from sessions');
  const client = createBenchClient(url, 1);
  let token = await login(client, admin);
  const [newest] = await sql('select id from sessions order by created_at desc limit 1');
  const weigh = async () => {
    const [all] = await sql('select count(*)::int as rows from sessions');
    const [own] = await sql(
      `select pg_column_size(s.*)::int as bytes from sessions s where id = '${String(newest?.['id'])}'`,
    );
    return { rows: Number(all?.['rows']) - Number(before?.['rows']), bytes: Number(own?.['bytes']) };
  };

  const fresh = await weigh();
  const samples: { rows: number; bytes: number }[] = [];
  for (let done = 1; done <= REFRESHES; done += 1) {
    token = await refresh(client, token);
    if (done === 1 || done % EVERY === 0) samples.push(await weigh());
  }
  client.close();

  const rows = Math.max(...samples.map((sample) => sample.rows));
  const bytes = samples.map((sample) => sample.bytes);
  const [least, most] = [Math.min(...bytes), Math.max(...bytes)];
  return [
    {
      name,
      measured: `${rows} row${rows === 1 ? '' : 's'}, ${least === most ? least : `${least} to ${most}`} bytes (${fresh.bytes} before the first)`,
      wanted,
      reached: rows === 1 && least === most,
      samples: { fresh, samples },
    },
  ];
}
