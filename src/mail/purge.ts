import { query, type Db } from '../store/database/database.ts';
import { BATCH_ROWS } from '../store/database/batch.ts';

/** Days for which a mail that is over is shown to operators. */
const KEPT_DAYS = 30;

/** Removes a batch of mails that were over long before `now`. Returns their number. */
export async function purgeMails(db: Db, now: Date): Promise<number> {
  const removed = await query(
    db,
    `delete from mails where id in (
       select id from mails where finished_at < ?::timestamptz - make_interval(days => ?) limit ${BATCH_ROWS} for update skip locked)
     returning id`,
    [now, KEPT_DAYS],
  );
  return removed.length;
}
