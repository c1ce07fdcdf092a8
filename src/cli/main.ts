import { Command, CommanderError } from 'commander';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { type Done, EXIT, type ExitStatus } from './exit.ts';
import { asRefusal } from './refusal.ts';
import { describeError, lastWords } from './text.ts';
import { version } from './version.ts';

/** Each is loaded when it is asked for: to classify a picture needs no server. */
const COMMANDS: Readonly<Record<string, () => Promise<(done: Done) => Command>>> = {
  classify: async () => (await import('./classify.ts')).classifyCommand,
  calibrate: async () => (await import('./calibrate.ts')).calibrateCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  convert: async () => (await import('./convert.ts')).convertCommand,
  dataset: async () => (await import('./dataset.ts')).datasetCommand,
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand,
  familiar: async () => (await import('./familiar.ts')).familiarCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  outcome: async () => (await import('./outcome.ts')).outcomeCommand,
  phantom: async () => (await import('./phantom.ts')).phantomCommand,
  prepare: async () => (await import('./prepare.ts')).prepareCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  import: async () => (await import('./import.ts')).importCommand,
  watch: async () => (await import('./watch.ts')).watchCommand,
  worker: async () => (await import('./worker.ts')).workerCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  restore: async () => (await import('./backup.ts')).restoreCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  user: async () => (await import('./user.ts')).userCommand,
};

/**
 * The `fovea` command.
 *
 * @param argv as in `process.argv`
 * @returns the exit status
 */
export async function main(argv: readonly string[]): Promise<number> {
  process.on('uncaughtException', lastWords);
  let status: ExitStatus = EXIT.allDone;
  const program = new Command('fovea')
    .description(`Reads retinal images with any pre-trained Keras model.\n${DISCLAIMER}`)
    .version(version)
    .exitOverride()
    .showHelpAfterError('(`fovea --help` lists the commands)');
  const done: Done = (result) => {
    status = result;
  };
  const asked = Object.entries(COMMANDS).find(([name]) => name === argv[2]);
  for (const load of asked ? [asked[1]] : Object.values(COMMANDS)) {
    const command = (await load())(done).exitOverride().showHelpAfterError();
    for (const nested of command.commands) nested.copyInheritedSettings(command);
    program.addCommand(command);
  }
  try {
    await program.parseAsync(argv);
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.allDone : EXIT.wrongUsage;
    if (thrown instanceof RangeError) {
      console.error(thrown.message);
      return EXIT.wrongUsage;
    }
    console.error(describeError(asRefusal(thrown)));
    return EXIT.someFailed;
  }
}
