import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';

/** Sizes of a graph's input or output; null where any size goes. */
export type Shape = readonly (number | null)[];

export interface SessionOptions {
  /** Threads within an operator; 0 leaves the choice to ONNX Runtime (one a physical core). */
  readonly threads?: number;
  /** So many outputs it may have; default: one. */
  readonly outputs?: number;
}

/** One ONNX graph with one input, loaded and ready, asked for its first output or for all: the only place that knows ONNX Runtime. */
export class Session {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly #session: InferenceSession;
  readonly #input: string;
  readonly #outputs: readonly string[];

  private constructor(
    session: InferenceSession,
    input: InferenceSession.ValueMetadata,
    output: InferenceSession.ValueMetadata,
  ) {
    this.#session = session;
    this.#input = input.name;
    this.#outputs = session.outputNames;
    this.inputShape = shapeOf(input);
    this.outputShape = shapeOf(output);
  }

  /**
   * @param onnx the graph's bytes
   * @throws FoveaError `MODEL_DAMAGED` when ONNX Runtime refuses the graph, `MODEL_INPUT_NOT_IMAGE` and
   *   `MODEL_OUTPUT_NOT_CLASSES` when it has several inputs or more outputs than it may
   */
  static async open(onnx: Uint8Array, { threads = 0, outputs = 1 }: SessionOptions = {}): Promise<Session> {
    const session = await InferenceSession.create(onnx, {
      intraOpNumThreads: threads,
      // An arena keeps the largest batch's memory for ever; one picture at a time does without.
      enableCpuMemArena: false,
      // Threads that spin while they wait take the processor from the decoder of the next picture.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    }).catch((cause) => {
      const reason = 'ONNX Runtime refuses the graph';
      throw new FoveaError('MODEL_DAMAGED', { reason, received: String(cause), cause });
    });
    const [input, ...otherInputs] = session.inputMetadata;
    const [output] = session.outputMetadata;
    if (!input || otherInputs.length > 0) {
      const received = `${session.inputNames.length} inputs: ${session.inputNames.join(', ')}`;
      throw new FoveaError('MODEL_INPUT_NOT_IMAGE', { expected: 'one input', received });
    }
    if (!output || session.outputNames.length > outputs) {
      const received = `${session.outputNames.length} outputs: ${session.outputNames.join(', ')}`;
      throw new FoveaError('MODEL_OUTPUT_NOT_CLASSES', { expected: 'one output', received });
    }
    return new Session(session, input, output);
  }

  /** Runs the graph on one input; the first output's values in C order. */
  async run(input: Tensor<'float32'>): Promise<Float32Array> {
    return (await this.runAll(input))[0]!.data;
  }

  /** The same, with all outputs and their shapes. */
  async runAll({ data, shape }: Tensor<'float32'>): Promise<Tensor<'float32'>[]> {
    const results = await this.#session.run({ [this.#input]: new OrtTensor('float32', data, shape) });
    return this.#outputs.map((name) => {
      const { dims, data } = results[name]!;
      return { dtype: 'float32', shape: [...dims], data: data as Float32Array };
    });
  }

  /** Frees the graph's memory. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** A loaded graph with inputs and outputs by name, for what looks into a model rather than asks it. */
export class GraphSession {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @throws FoveaError `MODEL_DAMAGED` when ONNX Runtime refuses the graph */
  static async open(onnx: Uint8Array): Promise<GraphSession> {
    const session = await InferenceSession.create(onnx, {
      enableCpuMemArena: false,
      logSeverityLevel: 3,
    }).catch((cause) => {
      const reason = 'ONNX Runtime refuses the graph';
      throw new FoveaError('MODEL_DAMAGED', { reason, received: String(cause), cause });
    });
    return new GraphSession(session);
  }

  /** @returns the outputs by name, single precision */
  async run(feeds: Readonly<Record<string, Tensor<'float32'>>>): Promise<Record<string, Tensor<'float32'>>> {
    const given = Object.entries(feeds).map(
      ([name, { data, shape }]) => [name, new OrtTensor('float32', data, shape)] as const,
    );
    const results = await this.#session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [
        name,
        { dtype: 'float32', shape: [...dims], data: data as Float32Array } as const,
      ]),
    );
  }

  /** Frees the graph's memory. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** ONNX names unknown sizes (a string) or gives them as −1. */
const shapeOf = (value: InferenceSession.ValueMetadata): Shape =>
  value.isTensor ? value.shape.map((d) => (typeof d === 'number' && d > 0 ? d : null)) : [];
