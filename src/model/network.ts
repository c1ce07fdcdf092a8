import type { Tensor } from '../core/tensor.ts';
import { sha256 } from './graph.ts';
import { Session, type SessionOptions, type Shape } from './session.ts';
import type { SplitGraph } from './split.ts';

/** What is inside a network while it answers. */
export interface Look {
  /** What its last matrix is given. */
  readonly features: Float32Array;
  /** Means of the channels of its middle convolution; null where it has too few. */
  readonly channels: Float32Array | null;
}

/** What a graph makes of an input, in C order. */
export interface Answer {
  readonly output: Float32Array;
  /** What the picture looks like to it, where the graph is known in two parts. */
  readonly look: Look | null;
}

/** A loaded graph that answers, whole or in two parts. */
export interface Network {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  run(input: Tensor<'float32'>): Promise<Answer>;
  /** Frees its memory. */
  close(): Promise<void>;
}

/** @throws FoveaError as {@link Session.open} */
export async function wholeNetwork(onnx: Uint8Array, options: SessionOptions): Promise<Network> {
  const session = await Session.open(onnx, options);
  return {
    inputShape: session.inputShape,
    outputShape: session.outputShape,
    run: async (input) => ({ output: await session.run(input), look: null }),
    close: () => session.close(),
  };
}

/**
 * A graph in two parts. Models of one trunk share it, and what it makes of an input it makes once, for all of them that are
 * given that very input.
 *
 * @throws FoveaError as {@link Session.open}
 */
export async function splitNetwork({ trunk, head }: SplitGraph, options: SessionOptions): Promise<Network> {
  const shared = await Trunk.of(trunk, options);
  try {
    const last = await Session.open(head, options);
    return {
      inputShape: shared.session.inputShape,
      outputShape: last.outputShape,
      run: async (input) => {
        const [features, channels] = await shared.run(input);
        const look = { features: features!.data, channels: channels?.data ?? null };
        return { output: await last.run(features!), look };
      },
      close: async () => {
        await last.close();
        await shared.close();
      },
    };
  } catch (cause) {
    await shared.close();
    throw cause;
  }
}

/** Trunks that are loaded, by hash and threads. Models that nobody holds any more take theirs with them. */
const trunks = new Map<string, Promise<WeakRef<Trunk> | undefined>>();

class Trunk {
  readonly session: Session;
  readonly #made = new WeakMap<Tensor<'float32'>, Promise<Tensor<'float32'>[]>>();
  #users = 0;

  private constructor(session: Session) {
    this.session = session;
  }

  static async of(onnx: Uint8Array, options: SessionOptions): Promise<Trunk> {
    const key = `${sha256(onnx)} ${options.threads ?? 0}`;
    const loaded = trunks.has(key) ? (await trunks.get(key))?.deref() : undefined;
    const trunk = loaded && loaded.#users > 0 ? loaded : await Trunk.#load(key, onnx, options);
    trunk.#users++;
    return trunk;
  }

  static #load(key: string, onnx: Uint8Array, options: SessionOptions): Promise<Trunk> {
    const loading = Session.open(onnx, { ...options, outputs: 2 }).then((session) => new Trunk(session));
    trunks.set(
      key,
      loading.then(
        (trunk) => new WeakRef(trunk),
        () => undefined,
      ),
    );
    return loading;
  }

  run(input: Tensor<'float32'>): Promise<Tensor<'float32'>[]> {
    const made = this.#made.get(input) ?? this.session.runAll(input);
    this.#made.set(input, made);
    return made;
  }

  async close(): Promise<void> {
    if (--this.#users === 0) await this.session.close();
  }
}
