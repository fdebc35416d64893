import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newJob } from '../../core/job.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import { idOf, START, specOf } from '../conformance/fixture.ts';
import { decodeEvents } from './event-codec.ts';
import { EventTape, type TakenEvents } from './event-tape.ts';
import { type JobSlot, slotOf } from './job-rows.ts';

const JOBS = 4;
const slots = (): JobSlot[] =>
  Array.from({ length: JOBS }, (_, index) => {
    const job = newJob(specOf(idOf('job', index + 1), START));
    return slotOf(index, job, job);
  });

type Told = Omit<HiveEvent, 'seq'>;

function eventOf(job: number | null, state: 'queued' | 'starting' | 'running', attempt: number): Told {
  const at = new Date(START + attempt).toISOString();
  const reason = { code: state, message: `it is ${state}` };
  if (job === null) return { at, type: 'worker.online', worker_id: idOf('wrk', 1), state: 'online', reason };
  return { at, type: `job.${state}`, job_id: idOf('job', job + 1), state, reason, attempt };
}

const read = ({ row }: TakenEvents): HiveEvent[] => {
  if (row?.kind !== 'insert') return [];
  const [first, n, at, doc] = row.values;
  const events = decodeEvents(Number(first), Number(at), String(doc));
  expect(events).toHaveLength(Number(n));
  return events;
};

const step = fc.record({
  job: fc.option(fc.nat(JOBS - 1)),
  state: fc.constantFrom('queued' as const, 'starting' as const, 'running' as const),
  attempt: fc.integer({ min: 1, max: 3 }),
});
const told = ({ seq: _, ...event }: HiveEvent): Told => event;

test('§4 history: each job’s events come back in their order, whatever they were written with', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 40 }), (steps, cut) => {
      const tape = new EventTape(7, 1);
      const known = slots();
      const kept = steps.slice(0, cut).map(({ job, state, attempt }) => {
        const event = eventOf(job, state, attempt);
        tape.append(event, job === null ? null : (known[job] ?? null), false);
        return event;
      });
      // A verb that throws takes its own events back and nothing else.
      const mark = tape.mark();
      for (const { job, state, attempt } of steps.slice(cut))
        tape.append(eventOf(job, state, attempt), job === null ? null : (known[job] ?? null), false);
      tape.dropSince(mark);
      const events = read(tape.take());
      expect(events.map(({ seq }) => seq)).toEqual(kept.map((_, index) => 8 + index));
      for (const id of [undefined, ...known.map(({ job }) => job.id)]) {
        const of = (all: readonly Told[]) => all.filter(({ job_id }) => job_id === id);
        expect(of(events.map(told))).toEqual(of(kept));
      }
    }),
  );
});

test('C12: events of claims wait for the rows of their jobs, also when a group in between fails', () => {
  const tape = new EventTape(0, 1);
  const [a, b] = slots();
  if (a === undefined || b === undefined) throw new Error('no slots');
  for (const slot of [a, b]) {
    slot.rides = true;
    tape.append(eventOf(slot.n, 'starting', 1), slot, true);
  }
  expect(read(tape.take())).toEqual([]);
  a.rides = false;
  tape.append(eventOf(0, 'running', 1), a, false);
  const failing = tape.take();
  expect(read(failing).map(({ state }) => state)).toEqual(['starting', 'running']);
  tape.rewind(failing);
  tape.append(eventOf(0, 'running', 1), a, false);
  expect(read(tape.take()).map(({ job_id, state }) => [job_id, state])).toEqual([
    [a.job.id, 'starting'],
    [a.job.id, 'running'],
  ]);
  b.rides = false;
  expect(read(tape.take()).map(({ seq, job_id }) => [seq, job_id])).toEqual([[3, b.job.id]]);
});
