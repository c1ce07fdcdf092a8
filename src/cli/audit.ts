import { Command } from 'commander';
import { type Done, EXIT } from './exit.ts';
import { withStore } from './room.ts';
import { printJson } from './text.ts';

/** `fovea audit verify`. */
export const auditCommand = (done: Done): Command =>
  new Command('audit').description('Look after the audit.').addCommand(
    new Command('verify')
      .description('Follow the chain of entries: was anything changed, left out or put in?')
      .option('--json', 'as JSON')
      .action(async ({ json }: { json?: boolean }) => {
        const { verifyAudit } = await import('../store/index.ts');
        const verdict = await withStore('audit', ({ db }) => verifyAudit(db));
        const { entries, intact, brokenAt, head } = verdict;
        if (json) printJson(verdict);
        else if (intact)
          console.log(`${entries} entries, unbroken.${head ? `\nThe last one's hash is ${head}.` : ''}`);
        else console.error(`The chain breaks at entry ${brokenAt} of ${entries}.`);
        done(intact ? EXIT.allDone : EXIT.someFailed);
      }),
  );
