import { failureOf, OFFLINE } from '../api.ts';
import { AlertIcon } from '../icons.tsx';
import { useHealth } from '../queries.ts';
import classes from './shell.module.css';

/** That the server is gone, as long as it is; what failed meanwhile is then asked for again. */
export function Offline() {
  const { error } = useHealth();
  const failure = error && failureOf(error);
  if (failure?.code !== OFFLINE) return null;
  return (
    <p className={classes.offline} role="alert">
      <AlertIcon /> {failure.message} {failure.hint}
    </p>
  );
}
