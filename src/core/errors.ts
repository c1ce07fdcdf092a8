/**
 * Every refusal the product can make, in one table: code → HTTP status, sentence, way out.
 *
 * A code is part of the public contract: once released it is never renamed. The sentence may carry
 * `{placeholders}`, filled from the details given where the error is raised.
 */
const table = {
  // files
  FILE_NOT_FOUND: [404, 'There is no file at "{path}".', 'Check the path.'],
  FILE_EMPTY: [
    400,
    'The file is empty (0 bytes).',
    'Copy or export it again; the transfer was probably interrupted.',
  ],
  FILE_TOO_LARGE: [
    413,
    'The file is larger than this program reads.',
    'Split it, or raise the stated limit.',
  ],
  FILE_IS_LFS_POINTER: [
    422,
    'This is a Git-LFS pointer, a note of about 130 bytes that stands for the real file.',
    'Run `git lfs pull` in the repository it came from, then use the real file.',
  ],
  FILE_IS_LINK: [
    422,
    'The entry of the archive is a link to another file.',
    'Put the file itself into the archive, or hand it over as it is.',
  ],
  FILE_LOCKED: [
    422,
    'The file is there and cannot be opened ({reason}).',
    'See who may read it and whether another program holds it, then hand it over again.',
  ],
  PATH_UNUSABLE: [
    422,
    'Nothing can be read from or written to "{path}": {reason}.',
    'Name a file in a folder that is there, or see who may write to it.',
  ],
  FILE_NOT_SENT: [
    422,
    'The table of the import names this file, and it never came.',
    'Hand it over in another import, or mend the name in the table.',
  ],
  // images
  IMAGE_UNRECOGNISED: [
    415,
    'The file is not an image in a format that Fovea reads.',
    'Save it as JPEG, PNG, TIFF, WebP or GIF.',
  ],
  IMAGE_DAMAGED: [
    422,
    'The image is truncated or damaged and cannot be decoded in full.',
    'Export it again from the camera or viewer.',
  ],
  IMAGE_TOO_LARGE: [413, 'The image has more pixels than this program decodes.', 'Scale it down first.'],
  IMAGE_MISSING: [400, 'No image was sent.', 'Attach one or more files in the form field "image".'],
  // models
  MODEL_UNRECOGNISED: [
    415,
    'The file is not a Keras or ONNX model.',
    'Save the model with `model.save("keras_model.h5")` or `model.save("model.keras")`.',
  ],
  MODEL_DAMAGED: [422, 'The model file is damaged: {reason}.', 'Copy or export it again.'],
  MODEL_WITHOUT_GRAPH: [
    422,
    'The file holds no model: {reason}.',
    'Save the whole model with `model.save(…)`, or give the architecture JSON beside the weights.',
  ],
  MODEL_TOO_LARGE: [
    413,
    'The model claims more than this program allocates: {reason}.',
    'Check where the file came from.',
  ],
  MODEL_CONFIG_INVALID: [
    422,
    "The model's configuration cannot be read: {reason}.",
    'Save it again with a current Keras.',
  ],
  LAYER_UNSUPPORTED: [
    422,
    'Layer "{layer}" ({className}) cannot be converted: {reason}.',
    'Replace the layer by built-in ones, or convert the model to ONNX with its own code and open that.',
  ],
  WEIGHTS_MISSING: [
    422,
    'Layer "{layer}" ({className}) lacks weights: {reason}.',
    'Save the whole model again.',
  ],
  MODEL_INPUT_NOT_IMAGE: [
    422,
    "The model's input is not an image.",
    'Choose a model whose input is height × width × channels.',
  ],
  MODEL_OUTPUT_NOT_CLASSES: [
    422,
    "The model's output is not a list of class scores.",
    'Choose a classification model: one output, one number a class.',
  ],
  MODEL_NOT_FOUND: [404, 'No model is called "{name}".', '`fovea models` lists the models at hand.'],
  MODEL_MANIFEST_INVALID: [422, 'model.json of "{name}" is not valid: {reason}.', 'Correct the named field.'],
  MODEL_READ_ONLY: [
    403,
    'The model "{name}" is shipped with Fovea and is not changed.',
    'Open a copy of it instead.',
  ],
  CONTRACT_INVALID: [422, 'The preprocessing contract is not valid: {reason}.', 'Correct the named field.'],
  OUTPUT_NOT_FINITE: [
    500,
    'The model answered with NaN or infinity.',
    'Check the preprocessing contract and the weights.',
  ],
  MODEL_STORAGE_UNSUPPORTED: [
    422,
    'The model file is stored in a way that this program does not read: {reason}.',
    'Load it with Keras and save it again, in one file and with no other compression than gzip.',
  ],
  // datasets
  DATASET_INVALID: [
    422,
    'The labelled pictures cannot be used: {reason}.',
    'Give a folder with one folder of pictures a class, or with a labels.csv of the columns file and label.',
  ],
  // outcomes
  RULE_INVALID: [
    422,
    'The rule of outcomes cannot be used: {reason}.',
    'See rules/icdr-referable.json for what a rule holds.',
  ],
  FINDINGS_INVALID: [
    422,
    'The findings cannot be used: {reason}.',
    'Give a CSV with the columns file, patient, eye, quality, and grade, oedema or labels.',
  ],
  // requests
  REQUEST_INVALID: [400, 'The request is not valid: {reason}.', 'See /api/docs for what it may hold.'],
  REQUEST_ABANDONED: [499, 'Nobody waits for the answer any more.', 'Ask again.'],
  NOT_FOUND: [
    404,
    'There is nothing at this address.',
    'Check the address; what it named may be gone. /api/docs lists those of the API.',
  ],
  INTERNAL: [500, 'Something went wrong inside Fovea.', 'Report it with the steps that led here.'],
  // gradients
  GRADIENT_UNSUPPORTED: [
    422,
    'No gradient goes through operator "{op}" ("{name}"): {reason}.',
    'Use a method that needs no gradient.',
  ],
  VALUE_NOT_FOUND: [
    404,
    'The value "{name}" cannot be used: {reason}.',
    'Name an input, an output or a value of the graph.',
  ],
  // explanations
  LABEL_UNKNOWN: [404, 'The model has no label "{label}".', 'Name one of its labels.'],
  EXPLANATION_IMPOSSIBLE: [
    422,
    'Method "{method}" cannot explain this model: {reason}.',
    'Use "occlusion" or "rise", which ask nothing of a model but its answers.',
  ],
  REGION_INVALID: [
    400,
    'The region lies outside the picture, or is empty.',
    'Give it in pixels of the picture as it is seen, from its upper left corner.',
  ],
  // the gate
  NOT_A_RETINA: [
    422,
    'This is no picture of a retina: {reason}',
    'Choose a photograph of the fundus, an OCT B-scan or an angiogram. If it is one, read it all the same by an override with a reason, which is recorded.',
  ],
  MODALITY_WRONG: [
    422,
    'This model reads {reads}; the picture is {is}.',
    'Choose a model for this kind of picture. If the gate is wrong, read it all the same by an override with a reason, which is recorded.',
  ],
  // phantoms
  PHANTOM_PARAMETER_INVALID: [
    400,
    'No eye can be drawn with {parameter} {received}.',
    'Choose a value within the allowed range.',
  ],
  // data sets and evaluations
  DATASET_COLUMN_MISSING: [
    422,
    'The table has no column "{column}".',
    'Name it with --file-column, --label-column, --patient-column or --split-column, or rename it in the table.',
  ],
  DATASET_FILES_MISSING: [422, '{count} files of the table are not there.', 'Check --root and the paths.'],
  DATASET_LABEL_UNKNOWN: [
    422,
    'The label "{label}" is none of the known.',
    'Map it with --labels from=to,from=to, or correct the table.',
  ],
  DATASET_PATIENT_IN_TWO_SPLITS: [
    422,
    '{count} patients stand in more than one split.',
    'Split by patient: `fovea dataset … --split split.csv --shares train=0.8,val=0.1,test=0.1`.',
  ],
  DATASET_CLASS_EMPTY: [
    422,
    'No picture has the label "{label}".',
    'Nothing can be said of this label here.',
  ],
  DATASET_ONE_CLASS: [
    422,
    'All pictures are of one class, "{label}".',
    'Give pictures of two classes or more.',
  ],
  OPERATING_POINT_UNKNOWN: [
    422,
    'The model "{model}" has no such operating point.',
    'Choose one of those named, or calibrate the model: `fovea calibrate`.',
  ],
  PREVALENCE_INVALID: [
    422,
    'A prevalence is a label of the model and a share above 0 and below 1, such as D=0.1.',
    'Name the label as the model does.',
  ],
  MODEL_HAS_NO_MANIFEST: [
    422,
    'There is no model.json beside "{path}" that a calibration could be written to.',
    'Open the model in Fovea first (drop it on the page), then calibrate it by its name.',
  ],
  CALIBRATION_TOO_SMALL: [
    422,
    'There are too few pictures to calibrate with: {reason}.',
    'Give more pictures of patients that the model was not taught with.',
  ],
  EVALUATION_TAINTED: [
    422,
    '{count} of the pictures were in the training of this model.',
    'Evaluate on other patients, or without --strict, which marks the report.',
  ],
  PREDICTIONS_INVALID: [
    422,
    'The table of predictions cannot be used: {reason}.',
    'Give a CSV with the column file and one column a label, a row a picture.',
  ],
  PREDICTION_NOT_A_PROBABILITY: [
    422,
    'A prediction is below 0 or above 1.',
    'Give probabilities, not logits or per cent.',
  ],
  // the reading room's store
  MODALITY_UNREAD: [
    422,
    'No model at hand reads this kind of picture ({modality}).',
    'Add a model for it on the page “Models”, then have the picture read anew.',
  ],
  DATABASE_UNAVAILABLE: [
    503,
    'The database cannot be reached: {reason}.',
    'Wait a moment and try again; nothing that was acknowledged is lost. If it stays away, see docs/reliability.md.',
  ],
  DATABASE_NEWER: [
    503,
    'The database was written by a later version of Fovea.',
    'Start that version, or restore a backup of this one into another folder.',
  ],
  DATA_FOLDER_TAKEN: [
    409,
    'Another Fovea already works with this data folder: {holder}.',
    'Use that one, stop it, or set FOVEA_DATA to another folder.',
  ],
  BLOB_MISSING: [
    410,
    'The file {sha256}… is not in the store any more.',
    'Import the picture again, or restore a backup.',
  ],
  BLOB_ALTERED: [
    500,
    'The file {sha256}… was changed or damaged on the disk since it was stored.',
    'Restore it from a backup, or import the picture again.',
  ],
  STORAGE_FULL: [
    507,
    'There is no space left on the disk where Fovea keeps its data.',
    'Free some, then do the same again: files that were taken already are known again.',
  ],
  STORAGE_FOREIGN: [
    409,
    'The pictures in this data folder were kept for another database: what this one does not know is left there.',
    'Set FOVEA_DATA to a folder of its own. Where this database has taken over from the other for good, remove the file blobs/owner in it.',
  ],
  NOT_WAITING: [409, 'This cannot be done now: {reason}.', 'Look at it again: somebody may have been at it.'],
  REVIEW_OUTDATED: [
    409,
    'Somebody else has signed this visit in the meantime.',
    'Look at their reading, then sign again where yours differs.',
  ],
  REVIEW_INVALID: [422, 'The reading cannot be signed: {reason}.', 'Give what is missing, then sign again.'],
  BACKUP_INVALID: [
    422,
    'The file is no backup that can be restored: {reason}.',
    'Give a file that `fovea backup` wrote, whole.',
  ],
  RESTORE_NOT_EMPTY: [
    409,
    'There is something in this data folder already.',
    'Restore into an empty one: FOVEA_DATA=/path/to/new/folder fovea restore FILE.',
  ],
  UPLOAD_OFFSET_WRONG: [
    409,
    'The upload goes on at another place.',
    'Ask with HEAD where it stands, and send from there.',
  ],
  ARCHIVE_TOO_LARGE: [
    413,
    'The archive holds more than is unpacked.',
    'Hand its files over in smaller archives, or as a folder.',
  ],
  ARCHIVE_DAMAGED: [
    422,
    'The archive cannot be unpacked: {reason}.',
    'Pack it anew as a plain ZIP without a password, or hand its files over as a folder.',
  ],
  // people
  LOGIN_REQUIRED: [401, 'Nobody is logged in.', 'Log in, or send a token: Authorization: Bearer fvt_….'],
  LOGIN_WRONG: [
    401,
    'Login and password do not belong together, or the account is disabled.',
    'Try again, or ask an administrator for a new password.',
  ],
  OPENID_UNAVAILABLE: [
    502,
    'The OpenID provider does not answer as one.',
    'Try again, or log in with the password; an administrator sees to FOVEA_OIDC_ISSUER.',
  ],
  OPENID_REFUSED: [
    401,
    'The log-in by the OpenID provider did not succeed: {reason}.',
    'Begin again, or ask an administrator for an account of that name.',
  ],
  TOKEN_INVALID: [
    401,
    'The token is unknown, revoked or expired.',
    'Make a new one in the administration, or with POST /api/tokens.',
  ],
  FORBIDDEN: [403, 'This is not yours to do: {reason}.', 'Ask somebody who may, or an administrator.'],
  TOO_MANY_REQUESTS: [
    429,
    'That was too often in a short time; it goes on in {seconds} s.',
    'Wait that long, then try again.',
  ],
  PASSWORD_WEAK: [
    422,
    'The password is not taken: {reason}.',
    'Take 12 characters or more that nobody else would think of: a few words in a row do.',
  ],
  LOGIN_TAKEN: [409, 'There is an account "{login}" already.', 'Choose another login.'],
  LAST_ADMIN: [
    409,
    'This is the last administrator.',
    'Make somebody else an administrator first: `fovea user add LOGIN --role admin`.',
  ],
  TLS_REQUIRED: [
    403,
    'Passwords and patients would go over the network unencrypted: {reason}.',
    'Give FOVEA_TLS_CERT and FOVEA_TLS_KEY (PEM files), or put a proxy that speaks TLS in front and name its address in FOVEA_TRUST_PROXY, or leave HOST out.',
  ],
  ACCOUNT_REQUIRED: [
    403,
    'Others could reach this server, and it has no accounts yet.',
    'Add an administrator first: `fovea user add LOGIN --role admin`.',
  ],
  PROXY_UNKNOWN: [
    403,
    'The request came through a proxy that this server was not told of.',
    'Name its address in FOVEA_TRUST_PROXY and add an account (`fovea user add LOGIN --role admin`), then start anew.',
  ],
} as const satisfies Record<string, readonly [status: number, sentence: string, hint: string]>;

/** A stable error code, as it stands in CLI and API answers. */
export type ErrorCode = keyof typeof table;

/** What is known where the error is raised; `expected` and `received` are shown, the rest fills the sentence. */
export interface ErrorDetails {
  readonly expected?: string;
  readonly received?: string;
  /** Replaces the table's way out where a better one is known. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly [placeholder: string]: unknown;
}

/** An error as it leaves the product: on the CLI's `--json`, in the API and on the page. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly expected?: string;
  readonly received?: string;
  readonly hint?: string;
}

/** The one error class. `message` is a whole sentence for a person; `code` is for a program. */
export class FoveaError extends Error {
  override readonly name = 'FoveaError';
  readonly code: ErrorCode;
  /** HTTP status the server answers with. */
  readonly status: number;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const [status, sentence] = table[code];
    super(
      sentence.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? '?')),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.status = status;
    this.details = details;
  }

  /** The plain object that answers carry. */
  toJSON(): ErrorBody {
    const { expected, received, hint = table[this.code][2] } = this.details;
    return {
      code: this.code,
      message: this.message,
      ...(expected !== undefined && { expected }),
      ...(received !== undefined && { received }),
      hint,
    };
  }
}

/** Of the system (errno(3)), and of PostgreSQL (errcodes appendix, disk_full): no space, or no more of it for this user. */
const FULL = /^(ENOSPC|EDQUOT|53100)$/;

/** What a full disk says, as `STORAGE_FULL`; undefined for everything else. */
export function fullDisk(thrown: unknown): FoveaError | undefined {
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && FULL.test(code)
    ? new FoveaError('STORAGE_FULL', { cause: thrown })
    : undefined;
}

/**
 * Any thrown value as a FoveaError: ours as it is, that of a full disk as `STORAGE_FULL` wherever it comes from, another's as
 * `INTERNAL`; the original is its cause.
 */
export function asFoveaError(thrown: unknown): FoveaError {
  if (thrown instanceof FoveaError) return thrown;
  return fullDisk(thrown) ?? new FoveaError('INTERNAL', { cause: thrown });
}

/** All codes, for the documentation and the tests. */
export const errorCodes = Object.keys(table) as ErrorCode[];
