import type { GroupId } from '../../protocol/ids.ts';
import type { Invariant } from '../invariant.ts';

/** A group is stored whole or not at all, and no crash takes a part of it. */
export const wholeGroups: Invariant = {
  name: 'a group is whole',
  watch({ world }, fail) {
    const sizeOf = (id: GroupId): number => {
      let size = 0;
      for (const { group_id } of world.store.tables.jobs.records()) if (group_id === id) size += 1;
      return size;
    };
    const checkAll = (): void => {
      for (const [id, size] of world.ledger.groups)
        if (sizeOf(id) !== size) fail(`${id} was acknowledged with ${size} jobs and has ${sizeOf(id)}`);
    };
    return {
      verb(seen) {
        if (seen.verb !== 'insertJobs' || seen.args[1]?.whole !== true) return;
        const id = seen.args[0][0]?.job.group_id ?? null;
        if (id === null || !seen.answer.some(({ kind }) => kind === 'created')) return;
        const size = seen.args[0].length;
        if (sizeOf(id) !== size) fail(`${id} of ${size} jobs was stored with ${sizeOf(id)}`);
      },
      rewound: checkAll,
      end: checkAll,
    };
  },
};
