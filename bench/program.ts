import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What one run of a program over a list of pictures took, seen from outside. */
export interface Run {
  /** Milliseconds from starting the process to its first answer. */
  readonly coldStart: number;
  /** Milliseconds a picture, from the first answer to the last: pictures may be worked on side by side. */
  readonly perPicture: number;
  /** Largest resident memory of the process, MiB; NaN where the system does not tell (only Linux does). */
  readonly peakMemory: number;
}

/** How often the memory of a running program is looked at: its high-water mark never falls, so seldom is enough. */
const MEMORY_POLL_MS = 20;

/**
 * Runs a program that prints one JSON line an answer. Both sides of a comparison are measured by this same
 * stop-watch, whatever they say of themselves.
 *
 * @throws Error when it fails or gives fewer than two answers
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let peakMemory = Number.NaN;
  const poll = setInterval(() => {
    peakMemory = highWaterMark(child.pid!) ?? peakMemory;
  }, MEMORY_POLL_MS);
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const answers: number[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) answers.push(performance.now());
    peakMemory = highWaterMark(child.pid!) ?? peakMemory;
  });
  const status = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  clearInterval(poll);
  const [first, second] = answers;
  if (status !== 0 || first === undefined || second === undefined) {
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${complaint.slice(-2000)}`);
  }
  return {
    coldStart: first - start,
    perPicture: (answers.at(-1)! - first) / (answers.length - 1),
    peakMemory,
  };
}

/** VmHWM of proc(5), MiB. */
function highWaterMark(pid: number): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}

/** The middle value; of two, their mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
