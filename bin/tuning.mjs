// How Fovea's processes are started, beside what the user says. Plain JavaScript, because any Node reads it.

/**
 * Decoded photographs are blocks of tens of megabytes that come and go. The C library of most Linux systems begins to keep
 * such blocks after the first few, a third more memory in a long batch, unless the process starts with this set.
 */
export const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) };

/** Of another Node than 24 nobody has tried any flag of V8. */
const isTried = Number(process.versions.node.split('.')[0]) === 24;

/**
 * V8 collects all garbage whenever 64 MB of typed arrays were made, which is with every second picture, and took a fifth of
 * a worker's time for it. Where they count as all else does (its flag-definitions.h) the young go with each small
 * collection, and a whole one is rare. A folder of small pictures is read in three quarters of the time, with 60 MiB more.
 */
export const FLAGS = isTried
  ? ['--external-memory-accounted-in-global-limit', '--initial-old-space-size=64']
  : [];

/**
 * A worker's heap is twice as large as that of `fovea classify`, and all of it was still collected with every seventh picture.
 * Now it may first grow to four times what the last collection left, which is with every sixteenth. With five times, workers
 * beside others without took 4 % and 24 % less of a core for a picture in two runs on an uneven machine, and 50 to 110 MiB
 * more. Not of the server: its memory would rise and fall by 150 MiB.
 */
export const WORKER_FLAGS = isTried ? ['--heap-growing-percent=300'] : [];
