/** Resolves once a condition holds, asked for at every turn of the event loop. The test's own time limit is the bound. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
