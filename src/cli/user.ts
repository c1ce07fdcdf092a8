import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { type Done, EXIT } from './exit.ts';
import { withStore } from './room.ts';

/** `fovea user add`: the first account, without which Fovea is not opened to others. */
export const userCommand = (done: Done): Command =>
  new Command('user').description('Accounts; more of it on the page, under Admin.').addCommand(
    new Command('add')
      .description('Add an account; its password is read from standard input.')
      .argument('<login>', 'what they log in with')
      .requiredOption('--name <name>', 'their name')
      .addOption(
        new Option('--role <role>', 'what they may do')
          .choices(['technician', 'reader', 'senior', 'admin'])
          .default('admin'),
      )
      .action(async (login: string, { name, role }: { name: string; role: 'admin' }) => {
        const [{ addUser, LOCAL }, { StoredPeople }] = await Promise.all([
          import('../people/index.ts'),
          import('../store/index.ts'),
        ]);
        if (process.stdin.isTTY) console.error('Password, then Enter and Ctrl+D:');
        const password = (await text(process.stdin)).replace(/\r?\n$/, '');
        const user = await withStore('user', ({ db }) =>
          addUser(new StoredPeople(db), LOCAL, { login, name, role, password }),
        );
        console.log(`${user.login} may log in as ${user.role}.`);
        done(EXIT.allDone);
      }),
  );
