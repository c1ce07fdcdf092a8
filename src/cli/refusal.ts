import { asFoveaError, FoveaError } from '../core/errors.ts';

/** What the system says of a path, errno(3), in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a file stands where a folder should',
  EEXIST: 'a file stands where a folder should',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the disk takes no changes',
};

/** Of files and folders; a program that cannot be started tells of a path too. */
const CALLS = /^(open|mkdir|rename|copyfile|scandir)$/;

/**
 * Any thrown value as a command tells it: like `asFoveaError`, but a path that cannot be used, as that of a `--out`, is
 * `PATH_UNUSABLE`. On a server it would be a fault of ours; here somebody has named it.
 */
export function asRefusal(thrown: unknown): FoveaError {
  const { code = '', syscall = '', path } = (thrown ?? {}) as NodeJS.ErrnoException;
  const reason = CALLS.test(syscall) ? REASONS[code] : undefined;
  return path && reason
    ? new FoveaError('PATH_UNUSABLE', { path, reason, received: code, cause: thrown })
    : asFoveaError(thrown);
}
