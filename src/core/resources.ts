import type { Requirements } from '../protocol/requirements.ts';
import type { Hardware } from '../protocol/worker.ts';

/** What one attempt takes from its worker while it holds the lease. */
export interface Reserve {
  /** 0 = sent ahead: the rest is taken only once there is room for it (C10). */
  readonly slots: number;
  readonly cpu: number;
  readonly memory_bytes: number;
  /** indices into the worker's GPUs */
  readonly gpus: readonly number[];
  /** on each of those GPUs */
  readonly vram_bytes: number;
}

/** What a worker has left, or has in all. Sizes in bytes. */
export interface Room {
  readonly slots: number;
  readonly cpu: number;
  readonly memory_bytes: number;
  /** free VRAM per GPU */
  readonly vram_bytes: readonly number[];
}

export function totalRoom(hardware: Hardware, slots: number): Room {
  return {
    slots,
    cpu: hardware.cpus,
    memory_bytes: hardware.memory_bytes,
    vram_bytes: hardware.gpus.map((gpu) => gpu.vram_bytes),
  };
}

export function subtract(room: Room, reserve: Reserve): Room {
  return {
    slots: room.slots - reserve.slots,
    cpu: room.cpu - reserve.cpu,
    memory_bytes: room.memory_bytes - reserve.memory_bytes,
    vram_bytes:
      reserve.gpus.length === 0
        ? room.vram_bytes
        : room.vram_bytes.map((free, gpu) => (reserve.gpus.includes(gpu) ? free - reserve.vram_bytes : free)),
  };
}

/** Gives back what was taken. */
export function restore(room: Room, reserve: Reserve): Room {
  return {
    slots: room.slots + reserve.slots,
    cpu: room.cpu + reserve.cpu,
    memory_bytes: room.memory_bytes + reserve.memory_bytes,
    vram_bytes:
      reserve.gpus.length === 0
        ? room.vram_bytes
        : room.vram_bytes.map((free, gpu) => (reserve.gpus.includes(gpu) ? free + reserve.vram_bytes : free)),
  };
}

/** Sums of fractions of a core drift in binary; a millionth of a core is no difference. */
const EPSILON = 1e-6;

/**
 * What the job would take from this room, or null when it does not fit. A GPU that is wanted without a figure for its
 * VRAM is taken whole; `preferred` takes one when it is there and none when it is not.
 */
export function fits(room: Room, needs: Requirements): Reserve | null {
  if (room.slots < 1 || room.cpu + EPSILON < needs.cpu || room.memory_bytes < needs.memory_bytes) return null;
  const gpus = needs.gpu === 'none' ? [] : pickGpus(room, needs);
  if (gpus === null && needs.gpu === 'required') return null;
  return {
    slots: 1,
    cpu: needs.cpu,
    memory_bytes: needs.memory_bytes,
    gpus: gpus ?? [],
    vram_bytes: gpus === null || gpus.length === 0 ? 0 : vramPerGpu(room, needs, gpus),
  };
}

/** The fullest GPUs that still fit, so that empty ones stay whole for big jobs. */
function pickGpus(room: Room, needs: Requirements): readonly number[] | null {
  const wanted = Math.max(1, needs.gpu_count);
  const candidates = room.vram_bytes
    .map((free, gpu) => ({ free, gpu }))
    .filter(({ free }) => free > 0 && free >= needs.vram_bytes)
    .sort((a, b) => a.free - b.free || a.gpu - b.gpu);
  return candidates.length < wanted ? null : candidates.slice(0, wanted).map(({ gpu }) => gpu);
}

function vramPerGpu(room: Room, needs: Requirements, gpus: readonly number[]): number {
  return needs.vram_bytes > 0 ? needs.vram_bytes : Math.min(...gpus.map((gpu) => room.vram_bytes[gpu] ?? 0));
}

/** What a job takes that is sent ahead of a free slot, or null when it may not be: one with a GPU never is. */
export function takesAhead(whole: Room, needs: Requirements): Reserve | null {
  const reserve = needs.gpu === 'none' ? fits(whole, needs) : null;
  return reserve === null ? null : { ...reserve, slots: 0 };
}

/** What it takes once it runs. */
export const asStarted = (reserve: Reserve): Reserve =>
  reserve.slots === 0 ? { ...reserve, slots: 1 } : reserve;

/** Whether the room still holds what a plan reserved in it. */
export function covers(room: Room, reserve: Reserve): boolean {
  return (
    room.slots >= reserve.slots &&
    room.cpu + EPSILON >= reserve.cpu &&
    room.memory_bytes >= reserve.memory_bytes &&
    reserve.gpus.every(
      (gpu) => (room.vram_bytes[gpu] ?? 0) > 0 && (room.vram_bytes[gpu] ?? 0) >= reserve.vram_bytes,
    )
  );
}
