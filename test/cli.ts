import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a slash behind it. */
export const root = fileURLToPath(new URL('../', import.meta.url));

/** What a run of the command left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout, as JSON. */
  lines(): Record<string, never>[];
}

/** Runs the real `fovea` command in a process of its own. */
export async function fovea(args: readonly string[], dataFolder: string): Promise<Outcome> {
  const child = spawn(process.execPath, [join(root, 'bin/fovea.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, FOVEA_DATA: dataFolder },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const lines = () =>
    stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { status, stdout, stderr, lines };
}

/** An empty folder that goes with the test. */
export function temporaryFolder(test: { after(clean: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-test-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
