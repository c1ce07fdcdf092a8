/** Exit statuses of every command. */
export const EXIT = { allDone: 0, someFailed: 1, wrongUsage: 2 } as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** How a command tells its exit status. */
export type Done = (status: ExitStatus) => void;
