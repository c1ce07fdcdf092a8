import { Command } from 'commander';
import { type Done, EXIT } from './exit.ts';
import { openRegistry } from './registry.ts';
import { printJson } from './text.ts';

/** `fovea models [--json]` */
export const modelsCommand = (done: Done): Command =>
  new Command('models')
    .description('List the models at hand: those shipped with Fovea, then yours.')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { readonly json?: boolean }) => {
      for (const { manifest, builtIn, isDefault, fileSize, folder } of await openRegistry().list()) {
        if (json) {
          printJson({ ...manifest, builtIn, isDefault, fileSize, folder });
          continue;
        }
        const notes = [
          isDefault && 'default',
          !builtIn && 'yours',
          manifest.guess && 'contract guessed',
        ].filter(Boolean);
        console.log(`${manifest.name} ${manifest.version}${notes.length ? ` (${notes.join(', ')})` : ''}`);
        console.log(`  ${manifest.title}`);
        console.log(`  ${manifest.labels.map(({ name }) => name).join(' · ')}`);
        console.log(`  ${folder}`);
      }
      done(EXIT.allDone);
    });
