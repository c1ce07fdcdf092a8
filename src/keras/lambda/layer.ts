import { FoveaError } from '../../core/errors.ts';
import type { Emitter, Layer, LayerTable } from '../layer.ts';
import { operandOf, outputsOf } from '../operations/nodes.ts';
import { callOperation, knowsOperation } from '../operations/table.ts';
import { evaluate, type StoredFunction } from './evaluate.ts';
import { readCode } from './marshal.ts';

/**
 * keras.layers.Lambda. Keras keeps the function's compiled code in the file; here it is read as data and followed
 * symbolically. A function kept by name alone is taken for Keras's or TensorFlow's own where its module says so.
 */
const lambda: Emitter = (layer, inputs) => {
  const kwargs = {
    ...(operandOf(layer.setting('arguments') ?? {}) as Record<string, never>),
    ...(operandOf(layer.call.kwargs) as Record<string, never>),
  };
  const args = layer.call.args.length > 0 ? layer.call.args.map(operandOf) : [...inputs];
  const stated = layer.setting('function');
  const named = nameIn(stated);
  if (named !== undefined) {
    if (!named.own)
      throw layer.unsupported(
        `its function "${named.name}" is kept by name alone: its body is not in the file`,
      );
    return outputsOf(layer, callOperation(layer, named.name, args, kwargs));
  }
  const stored = functionIn(layer, stated);
  layer.warn(
    `Layer "${layer.spec.name}" is a Lambda: what it computes was read from its code, which was not run.`,
  );
  try {
    return outputsOf(layer, evaluate(layer, stored, args, kwargs));
  } catch (thrown) {
    if (thrown instanceof FoveaError) throw thrown;
    // Instructions that Python's compiler does not write can put anything anywhere.
    throw layer.unsupported('its code, which is read and not run, contradicts itself');
  }
};

/** A function kept by its name, and whether it is one of Keras's or TensorFlow's. */
function nameIn(stated: unknown): { readonly name: string; readonly own: boolean } | undefined {
  if (typeof stated === 'string') return { name: stated, own: false };
  const { class_name: className, config, module } = (stated ?? {}) as Record<string, unknown>;
  if (className !== 'function') return undefined;
  const name =
    typeof config === 'string' ? config : String((config as { name?: unknown } | null)?.name ?? '?');
  const library = /^(keras|tensorflow|tf)(\.|$)/.test(String(module));
  return { name: library ? `${module}.${name}` : name, own: library && knowsOperation(name) };
}

/** The code in either notation: `[code, defaults, closure]`, or Keras 3's `__lambda__`. */
function functionIn(layer: Layer, stated: unknown): StoredFunction {
  const config = Array.isArray(stated)
    ? { code: stated[0], defaults: stated[1], closure: stated[2] }
    : ((stated as { config?: Record<string, unknown> } | undefined)?.config ?? {});
  const { code, defaults, closure } = config as Record<string, unknown>;
  if (typeof code !== 'string') throw layer.unsupported('there is no code in it');
  const read = candidates(code)
    .map(readCode)
    .find((found) => found !== undefined);
  if (!read) throw layer.unsupported('its code is not a function that Python wrote');
  const list = (value: unknown) => (Array.isArray(value) ? value.map(operandOf) : []);
  return { code: read, defaults: list(defaults), closure: list(closure) };
}

/** Base64 since Keras 2.1; before, a text whose characters are the bytes. */
function candidates(code: string): Uint8Array[] {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const found = [bytes(code)];
  const packed = code.replace(/\s/g, '');
  if (/^[A-Za-z0-9+/]+=*$/.test(packed)) {
    try {
      found.unshift(bytes(atob(packed)));
    } catch {
      // Not base64 after all.
    }
  }
  return found;
}

export const lambdaLayers: LayerTable = { Lambda: lambda };
