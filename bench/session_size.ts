import type { Benchmark } from './support/bench.ts';
import { connect } from './support/client.ts';
import { leftOut } from './support/figure.ts';
import { SMALL_HASHES } from './support/gatehouse.ts';
import { login, refresh } from './support/graphql.ts';
import { SERVERS } from './support/stores.ts';

const REFRESHES = 1_000;
const EVERY = 20;

/** Measures the size of a session over a thousand refreshes: rows, and their bytes as PostgreSQL stores them. */
export const sessionSize: Benchmark = async (bench) => {
  const name = `rows and bytes of a session in ${REFRESHES} refreshes`;
  if (!SERVERS) return [leftOut(name, "the database is the server's alone")];
  const { url, admin, sql } = await bench.gatehouse(SMALL_HASHES);
  const connection = await connect(url);
  let { refreshToken: token } = await login(connection, admin);
  const weigh = async () => {
    // The server is new, so all rows come from this one sign-in.
    const [all] = await sql!('select count(*)::int as rows, max(pg_column_size(s.*))::int as bytes from sessions s');
    return { rows: Number(all?.['rows']), bytes: Number(all?.['bytes']) };
  };

  const fresh = await weigh();
  const samples: { rows: number; bytes: number }[] = [];
  for (let done = 1; done <= REFRESHES; done += 1) {
    token = await refresh(connection, token);
    if (done === 1 || done % EVERY === 0) samples.push(await weigh());
  }

  connection.close();

  const rows = Math.max(...samples.map((sample) => sample.rows));
  const bytes = samples.map((sample) => sample.bytes);
  const [least, most] = [Math.min(...bytes), Math.max(...bytes)];
  const size = least === most ? `${least}` : `${least} to ${most}`;
  return [
    {
      name,
      measured: `${rows} row${rows === 1 ? '' : 's'}, ${size} bytes (${fresh.bytes} before the first)`,
      wanted: 'one row, constant size',
      reached: rows === 1 && least === most,
      samples: { fresh, samples },
    },
  ];
};
