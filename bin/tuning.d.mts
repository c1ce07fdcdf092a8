export const ALLOCATOR: Readonly<Record<string, string>>;
export const FLAGS: readonly string[];
export const WORKER_FLAGS: readonly string[];
