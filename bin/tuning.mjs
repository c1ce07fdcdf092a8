// How Fovea's processes are started, beside what the user says. Plain JavaScript, because any Node reads it.

/**
 * Decoded photographs are blocks of tens of megabytes that come and go. The C library of most Linux systems begins to keep
 * such blocks after the first few, a third more memory in a long batch, unless the process starts with this set.
 */
export const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) };

/**
 * V8 collects all garbage whenever 64 MB of typed arrays were made, which is with every second picture, and took a fifth of
 * a worker's time for it. Where they count as all else does (its flag-definitions.h) the young go with each small
 * collection, and a whole one comes when the heap is four times what the last one left: of a worker with every twentieth
 * picture. A folder of small pictures is read in three quarters of the time, with 100 MiB more. Of another Node than 24
 * nobody has tried these.
 */
export const FLAGS =
  Number(process.versions.node.split('.')[0]) === 24
    ? [
        '--external-memory-accounted-in-global-limit',
        '--initial-old-space-size=64',
        '--heap-growing-percent=300',
      ]
    : [];
