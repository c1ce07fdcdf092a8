import { Command, CommanderError } from 'commander';
import { asFoveaError } from '../core/errors.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { auditCommand } from './audit.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { calibrateCommand } from './calibrate.ts';
import { checkCommand } from './check.ts';
import { classifyCommand } from './classify.ts';
import { convertCommand } from './convert.ts';
import { datasetCommand } from './dataset.ts';
import { evaluateCommand } from './evaluate.ts';
import { type Done, EXIT, type ExitStatus } from './exit.ts';
import { explainCommand } from './explain.ts';
import { familiarCommand } from './familiar.ts';
import { importCommand } from './import.ts';
import { modelsCommand } from './models.ts';
import { outcomeCommand } from './outcome.ts';
import { phantomCommand } from './phantom.ts';
import { prepareCommand } from './prepare.ts';
import { serveCommand } from './serve.ts';
import { describeError, lastWords } from './text.ts';
import { userCommand } from './user.ts';
import { version } from './version.ts';
import { watchCommand } from './watch.ts';
import { workerCommand } from './worker.ts';

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
  for (const command of [
    classifyCommand,
    calibrateCommand,
    checkCommand,
    convertCommand,
    datasetCommand,
    evaluateCommand,
    familiarCommand,
    explainCommand,
    modelsCommand,
    outcomeCommand,
    phantomCommand,
    prepareCommand,
    serveCommand,
    importCommand,
    watchCommand,
    workerCommand,
    backupCommand,
    restoreCommand,
    auditCommand,
    userCommand,
  ]) {
    program.addCommand(command(done).exitOverride().showHelpAfterError());
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
    console.error(describeError(asFoveaError(thrown)));
    return EXIT.someFailed;
  }
}
