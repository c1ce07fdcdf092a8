import { FoveaError } from './errors.ts';

/**
 * Refuses the two things that are mistaken for files of every kind: nothing at all, and a Git-LFS pointer
 * (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: under 1024 bytes, first line `version <url>`).
 *
 * @throws FoveaError `FILE_EMPTY` or `FILE_IS_LFS_POINTER`
 */
export function refuseHollowFile(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new FoveaError('FILE_EMPTY', { received: '0 bytes' });
  if (bytes.length >= 1024) return;
  const text = new TextDecoder('latin1').decode(bytes);
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(text)?.[1];
    throw new FoveaError('FILE_IS_LFS_POINTER', {
      ...(size && { expected: `the real file of ${size} bytes` }),
      received: `a pointer of ${bytes.length} bytes`,
    });
  }
}
