import type { PlannerKind } from '../../src/gateway/planning/planner.ts';
import { type Instance, startInstance } from './instance.ts';

export const PLANNERS: readonly PlannerKind[] = ['native', 'javascript'];

/** One gateway as two replicas on the same stores, with different planners. */
export interface BothPlanners extends Readonly<Record<PlannerKind, Instance>> {
  close(): Promise<void>;
}

export async function startBothPlanners(env: Readonly<Record<string, string>>): Promise<BothPlanners> {
  const native = await startInstance({ env, planner: 'native' });
  const javascript = await native.planningBy('javascript');
  return {
    native,
    javascript,
    async close() {
      await javascript.stop();
      await native.close();
    },
  };
}
