import { Type } from 'typebox';
import { proportion, roomPerformance } from '../../flows/room-performance.ts';
import { openRule } from '../../flows/rules.ts';
import { roomSettings } from '../../jobs/index.ts';
import { type Database, performanceRecords } from '../../store/index.ts';
import { DaySchema, type Performance, PerformanceSchema } from '../clinic-contract.ts';
import { whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import type { RoomRoutes } from './room.ts';

/** `/api/performance`: how well the room works. */
export const performanceRoutes: RoomRoutes = async (app, { room: { store } }) => {
  app.get(
    '/performance',
    {
      ...whoMay('see performance'),
      schema: {
        tags: ['room'],
        summary: 'How models, readers and cameras do',
        querystring: Type.Object({ from: Type.Optional(DaySchema), to: Type.Optional(DaySchema) }),
        response: answers(200, PerformanceSchema),
      },
    },
    ({ query }) => measurePerformance(store.db, query),
  );
};

/** Of what was signed and imported within some days. */
export async function measurePerformance(
  db: Database,
  days: { readonly from?: string; readonly to?: string } = {},
): Promise<Performance> {
  const { rule, blindedFirst } = await roomSettings(db);
  const { signed, cameras, operators, weeks } = await performanceRecords(db, { ...days, blindedFirst });
  const levels = (await openRule(rule)).levels.map(({ name }) => name);
  const sources = (records: typeof cameras) =>
    records.map(({ notGradable, ...record }) => ({
      ...record,
      notGradable: proportion(notGradable, record.images),
    }));
  return {
    ...(roomPerformance(signed, levels) as Omit<Performance, 'cameras' | 'operators' | 'weeks'>),
    cameras: sources(cameras),
    operators: sources(operators),
    weeks,
  };
}
